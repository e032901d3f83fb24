from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_currency_and_trade")]

    operations = [frozen_sql(__file__, "ffe0d13fa2fe886b0f540597a6e2c3a432e4472c1001536c86f52c51ae1355be")]
