from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("webhooks", "0002_isolation")]

    operations = [frozen_sql(__file__, "6ade4221b9dabd75f95fc88074b3b14441c4ba79b63f7053322e35da72971026")]
