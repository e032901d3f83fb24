from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0024_bill_reminders")]

    operations = [frozen_sql(__file__, "28033a5c0f629d93b664edc0c4fa7a38a01d4475070dd73c325f3d5b7b6183c2")]
