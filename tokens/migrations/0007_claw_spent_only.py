from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0006_gauge")]

    operations = [frozen_sql(__file__, "ca1510725f5887e747ece903b5c0b299cec0f341c43ceac72d168dd5b3a64064")]
