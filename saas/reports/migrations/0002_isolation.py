from django.db import migrations

from saas.kernel.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_file"), ("accounts", "0002_isolation")]

    operations = [Isolate("ReportFile")]
