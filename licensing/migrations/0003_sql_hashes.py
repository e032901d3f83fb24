from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("licensing", "0002_isolation")]

    operations = [frozen_sql(__file__, "bdd7caabe57c1bcddc2871834ab3325c6c1a0dce3cfad5254706a77da1e65816")]
