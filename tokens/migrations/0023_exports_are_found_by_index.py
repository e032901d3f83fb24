from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0022_nothing_leaves_under_an_export")]

    operations = [frozen_sql(__file__, "82e3666b7619a15e09d518d2629af11b412e85a6bba8b1e392e02308fd36c8a2")]
