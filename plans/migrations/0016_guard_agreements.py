from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("plans", "0015_agreements")]

    operations = [frozen_sql(__file__, "c88e6837ff362f2889655d5f987f4f8723b6e2537b08c3da18313737f230923a")]
