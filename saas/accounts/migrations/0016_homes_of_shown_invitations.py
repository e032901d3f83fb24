from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_shown_invitation_links")]

    operations = [frozen_sql(__file__, "c13318e6f38cb2ab4be6d4f579142fc29ddd989577830271269e9fb2745746ed")]
