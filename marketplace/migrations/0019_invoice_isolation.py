from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0018_invoices")]

    operations = [frozen_sql(__file__, "6289fbd1b5eca2793c1da33820dfabf5352de5f2660faa50edf9620e7196a22f")]
