from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("quests", "0007_sql_hashes")]

    operations = [frozen_sql(__file__, "f8cf6ffe03c7c670f22aa806ee064d62ad9820276377d8b5164899de21886de0")]
