from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("quests", "0001_tables"), ("accounts", "0002_isolation")]

    operations = [Isolate("Goal"), Isolate("RevenueEntry"), Isolate("Quest"), Isolate("LeadList")]
