from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("plans", "0009_sql_hashes")]

    operations = [frozen_sql(__file__, "ba811efee460901d06ee3c24675aa6d6239a42b2b7928c919e53e1fb7d5449a4")]
