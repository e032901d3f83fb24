from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("metering", "0003_sql_hashes")]

    operations = [frozen_sql(__file__, "1aaa46de6110192b501a8f053c7a647df30678440da93b0eec8541f8ca1f4cb4")]
