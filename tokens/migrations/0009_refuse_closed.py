from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("tokens", "0008_warn_of_running_out")]

    operations = [
        frozen_sql(__file__, "f55f19d410384fe199bb935d94f50c29c6dd528f992a7b5e7f8de9b7db9dee3a"),
    ]
