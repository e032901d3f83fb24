from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate, frozen_sql


class Migration(migrations.Migration):
    dependencies = [("licensing", "0001_tables"), ("accounts", "0002_isolation"), ("audit", "0002_stream")]

    operations = [
        Isolate("License"),
        frozen_sql(__file__, "1d6810038b80e08787281f3b2d35e150ef1717c6b5f7212f758fbd6cafed4d3b"),
    ]
