from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("licensing", "0003_sql_hashes"), ("audit", "0009_many_at_once")]

    operations = [frozen_sql(__file__, "b3b4f0ca20818781d0f2ad7c38800f58f7df8e1836eb643bb612ebe8cefd869c")]
