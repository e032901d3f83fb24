from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("metering", "0002_usage_log")]

    operations = [frozen_sql(__file__, "75e0227c6ba82bd38c4bf09d28bac5a3b428224de8491b5922e9caf5996faf9f")]
