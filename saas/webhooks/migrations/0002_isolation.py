from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_tables"), ("accounts", "0002_isolation"), ("audit", "0002_stream")]

    operations = [Isolate("Endpoint"), Isolate("Secret"), Isolate("Delivery"), Isolate("Attempt")]
