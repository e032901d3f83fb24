from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("licensing", "0004_record_many")]

    operations = [frozen_sql(__file__, "05f39f277baaaadef12637b83a531027e7a5f86bac490bef7ee4197143c5adad")]
