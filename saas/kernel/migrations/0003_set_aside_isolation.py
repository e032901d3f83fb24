from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_readiness_probe")]

    operations = [frozen_sql(__file__, "3aeee9f14b93f1928e1c5bf1d402dff66f2fe64e89aad86b4a6ec64999239d75")]
