from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_isolation")]

    operations = [frozen_sql(__file__, "4353a64dc86c0108e3498493c471ff867b7ea6edbf2a447682a4c0cc0cd12dec")]
