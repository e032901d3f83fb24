from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_canonical_addresses")]

    operations = [frozen_sql(__file__, "b85dbc6854add7cc722e60b83d1c314f3a615ecff973b0c47970784ab9b34a0a")]
