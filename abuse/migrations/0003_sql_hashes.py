from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("abuse", "0002_isolation")]

    operations = [frozen_sql(__file__, "b8a8bc9e684b5be8c75f7165c514f68fff30250bc744bf4f770721af98f559a0")]
