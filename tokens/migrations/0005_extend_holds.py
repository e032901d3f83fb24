from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0004_overage")]

    operations = [frozen_sql(__file__, "e2e1df3cd235c846e46df8d1e687b69a3f59f1223c442c9f8207a85d94f9fd9d")]
