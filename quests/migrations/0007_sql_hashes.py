from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("quests", "0006_pushed_changes")]

    operations = [frozen_sql(__file__, "d9d19d4ce7a54c51c6ceb36d48c51cf4d2fb821f647ad649babc1930bcbcc725")]
