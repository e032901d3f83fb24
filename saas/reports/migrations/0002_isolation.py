from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_file"), ("accounts", "0002_isolation")]

    operations = [Isolate("ReportFile")]
