from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("marketplace", "0007_gifts")]

    operations = [frozen_sql(__file__, "a0ba6c74659c54501077d9d55db6f771bddcbdaac7d749418209d522dcda5c77")]
