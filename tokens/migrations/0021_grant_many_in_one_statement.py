from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0020_only_whole_history_leaves")]

    operations = [frozen_sql(__file__, "c368debf1de57f3856e31fa3dcd979db6a950a19418ba64c0b74f3deb41d213d")]
