from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0012_find_by_time")]

    operations = [frozen_sql(__file__, "a7874065b3f698cba81731245a2478e7ec987a5665f0a9cc9b24353063dedf2f")]
