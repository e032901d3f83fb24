from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0017_openings")]

    operations = [frozen_sql(__file__, "e8735f78c19e18118d90aa0a9d890a530473290bd9ba95de5faac1a4a988c36c")]
