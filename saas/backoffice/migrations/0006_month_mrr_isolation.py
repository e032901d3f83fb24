from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0005_month_mrr")]

    operations = [frozen_sql(__file__, "8dbe5556f89b7b7e9b2305ba5890f02f0b83df1a9e9550ba1b9f322201d76e0d")]
