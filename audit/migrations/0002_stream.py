from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate, frozen_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_tables"), ("accounts", "0002_isolation")]

    operations = [
        Isolate("Event", keyed=False, writable=False),
        Isolate("ChainHead", keyed=False, writable=False),
        Isolate("Notification"),
        Isolate("ReaderPosition", keyed=False),
        frozen_sql(__file__, "19dd7f698c2a0a3d0a87ee612c463fa3736e3b0d77bc4be54829277e7ef022a0"),
    ]
