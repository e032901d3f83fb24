from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_endings")]

    operations = [frozen_sql(__file__, "b5d348b209f6b14b3f7735c499b0ba8da645ba1d6c82f1e1744aca8340ab916c")]
