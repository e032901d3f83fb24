from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0011_catch_up_cursor_and_order_quantity")]

    operations = [frozen_sql(__file__, "60e408e9aba805844325f6fff99e194652de236dd80c715fef57c0791ad09f7c")]
