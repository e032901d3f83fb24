from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0009_sql_hashes")]

    operations = [frozen_sql(__file__, "c17e03294cb112c47c0c7edd1d2e7f9838e7e13f2e2e149dc751a54c7d6b62aa")]
