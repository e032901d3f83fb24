from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_hash_in_one_place"), ("accounts", "0020_many_at_once")]

    operations = [
        frozen_sql(__file__, "74160888ca4b1ad300f4d4ac22b744c0f861cf6f36409d0bb0970aaabe98cc3d"),
        migrations.RunSQL(
            "REVOKE EXECUTE ON FUNCTION audit_append_many(jsonb, jsonb) FROM app_web", migrations.RunSQL.noop
        ),
    ]
