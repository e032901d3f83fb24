from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0015_entry_bucket_unchecked"), ("audit", "0009_many_at_once")]

    operations = [
        frozen_sql(__file__, "3542e47c095a0041359e11602ee2bebf4275e0c9d6a36f2c24a9f82f371596d0"),
        migrations.RunSQL(
            "REVOKE EXECUTE ON FUNCTION tokens_grant_many(jsonb, jsonb), tokens_sweep_many(uuid[], jsonb) FROM app_web",
            migrations.RunSQL.noop,
        ),
    ]
