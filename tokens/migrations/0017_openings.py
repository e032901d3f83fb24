from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0016_many_at_once"), ("audit", "0011_openings")]

    operations = [
        frozen_sql(__file__, "1fda25c4b7e067df9cb0bcf9c00d092ec644688b0b6a9147a09d2ae2289907d1"),
        migrations.RunSQL(
            "REVOKE EXECUTE ON FUNCTION tokens_detach(text, text, text, jsonb) FROM app_web", migrations.RunSQL.noop
        ),
    ]
