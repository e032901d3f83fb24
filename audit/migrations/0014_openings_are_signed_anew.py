from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_trigger_reads_public_tables")]

    operations = [
        frozen_sql(__file__, "516bc224a5db2ba29b9f66b8aceb19ea3d1383df22a3d2d079f62072d1329c5e"),
        migrations.RunSQL(
            "REVOKE EXECUTE ON FUNCTION audit_sign_opening(uuid, text, text, text, jsonb) FROM app_web",
            migrations.RunSQL.noop,
        ),
    ]
