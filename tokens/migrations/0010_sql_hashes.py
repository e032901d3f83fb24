from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0009_refuse_closed")]

    operations = [frozen_sql(__file__, "976a22c49b5d99540956cdb2b333be69978d6c0c22919e41cb21ad25370b15af")]
