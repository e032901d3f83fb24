from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_notification_choices")]

    operations = [frozen_sql(__file__, "01fda0120762e93158ebc042ebdb9fdd9911d5997992381408bdbc1d3e2acb72")]
