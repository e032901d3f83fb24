from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_names_for_staff")]

    operations = [frozen_sql(__file__, "941bca8da2732935ad966ee2ed880bb082dd352f339b8a22029d43d5bf3adc6f")]
