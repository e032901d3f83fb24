from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("plans", "0017_paused")]

    operations = [frozen_sql(__file__, "37679578574b7fdb04653c16816b3f6193ca02112e3650ec256388b5c0946305")]
