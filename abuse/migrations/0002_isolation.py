from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("abuse", "0001_tables"), ("accounts", "0002_isolation")]

    operations = [Isolate("Block"), Isolate("Flag")]
