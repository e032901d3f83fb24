from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_installation")]

    operations = [frozen_sql(__file__, "8765fb3f51e26f0c2e95f83342498b2f7ab878925f45b2fbf248c1d1b75478e0")]
