from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0012_head_in_the_organizations_row")]

    operations = [frozen_sql(__file__, "52e5456b6a6b723bf437d37fe1385d29976a380da8078185aa3cbf2855c3edc7")]
