from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("plans", "0008_refuse_closed")]

    operations = [frozen_sql(__file__, "c0bda0e57f4d292a6c7360af509ffde6e1b73203cf0ef9f37f1601946b49866b")]
