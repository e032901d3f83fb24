from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_notifications_are_an_app")]

    operations = [frozen_sql(__file__, "2a0b3cec7f9acba272b189d7c88e27bf76ca22418941e8774be0dbcf455e360c")]
