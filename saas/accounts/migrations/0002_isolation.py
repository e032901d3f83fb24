from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate, frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables")]

    operations = [
        Isolate("Organization", column="id", keyed=False),
        Isolate("Department"),
        Isolate("Membership"),
        Isolate("Invitation"),
        Isolate("ApiKey"),
        frozen_sql(__file__, "49c1329309ab89fbf3e00a27a6df60301bcb2bce9cd144aa0416075db99bd77f"),
    ]
