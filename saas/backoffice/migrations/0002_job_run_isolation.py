from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0001_job_run")]

    operations = [frozen_sql(__file__, "1b67e58cfe54fe594122626c1ca00fef7944f51fb6f28ac92a775d84cb400101")]
