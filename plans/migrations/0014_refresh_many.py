from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("plans", "0013_guard_trials"), ("tokens", "0016_many_at_once")]

    operations = [frozen_sql(__file__, "ef2e3bc4acc591e22673b52b9eda8cdeab18f5f6b47c6b143034625a06cc27a9")]
