from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("web", "0001_tables"), ("accounts", "0002_isolation")]

    operations = [Isolate("IdempotencyRecord", keyed=False)]
