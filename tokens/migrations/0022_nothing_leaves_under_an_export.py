from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0021_grant_many_in_one_statement")]

    operations = [frozen_sql(__file__, "4ab07265cde06395d335bc4ecb30978791b24d9d46a6cc0a5aaf8cc2960a94ca")]
