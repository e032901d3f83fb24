from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0003_refuse_closed")]

    operations = [frozen_sql(__file__, "a8834a01ef92835c4e5cf051fb97621d7201643814193a18bf877db7765a6905")]
