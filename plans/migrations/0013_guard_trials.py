from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("plans", "0012_trials")]

    operations = [frozen_sql(__file__, "be209f8e6116f4d443560470c8914cd736c3f7c85a0aa8f28e93a31bd634978e")]
