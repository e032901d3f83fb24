from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0010_openings"), ("kernel", "0003_set_aside_isolation")]

    operations = [frozen_sql(__file__, "e3240fd259af784139970e41e1c57bf96bb480bb74e940531f89f0c453157ee8")]
