from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0008_refuse_closed")]

    operations = [frozen_sql(__file__, "379c7a8cdfb48b056ec06cdc8133c79fc3eafb11f3ec2e60f1e7c768ce688df8")]
