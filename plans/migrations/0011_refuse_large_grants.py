from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("plans", "0010_roll_over_upgrades"), ("tokens", "0010_sql_hashes")]

    operations = [frozen_sql(__file__, "69093fe51729c39173cdbd71fbdaa0d31cc0ab2a6b2011dc3e266079db23383b")]
