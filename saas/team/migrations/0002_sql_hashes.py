from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("team", "0001_token_requests")]

    operations = [frozen_sql(__file__, "20c878fafe310cf092231fd0fe806bfdbb0fcbf6b8c1c70f81baba2ff7f17115")]
