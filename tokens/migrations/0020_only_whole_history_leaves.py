from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0019_one_row_a_hold")]

    operations = [frozen_sql(__file__, "ff341ae29c6dab88cbf1882f03e2b698cfe973910aa9f7898220f89fc3b3e7e1")]
