from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("plans", "0007_gift_limits")]

    operations = [frozen_sql(__file__, "113c2d0365bd99d213b76f8852b94cf9f20460bc671e56da32439eff8e51fd9e")]
