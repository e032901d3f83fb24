from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql

# The owner too is bound by the tables' policies, so they are lifted for the one statement. Who gives way to whom: see
# 0021_organization_state of accounts.
COPY = """
    ALTER TABLE tokens_account NO FORCE ROW LEVEL SECURITY;
    SET LOCAL lock_timeout = '500ms';
    ALTER TABLE audit_chain_head NO FORCE ROW LEVEL SECURITY;
    INSERT INTO tokens_account (organization_id, event_seq, event_hash)
    SELECT organization_id, seq, hash FROM audit_chain_head
    ON CONFLICT (organization_id) DO UPDATE SET event_seq = excluded.event_seq, event_hash = excluded.event_hash;
    ALTER TABLE tokens_account FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0011_openings"), ("accounts", "0021_organization_state")]

    operations = [
        migrations.SeparateDatabaseAndState([], [migrations.AlterModelOptions("chainhead", {"managed": False})]),
        migrations.RunSQL(COPY),
        frozen_sql(__file__, "a33b7ea4b4d1890e54d012854363a011ac70606be512f5ce9a6cd8c346dddbf7"),
        migrations.RunSQL("REVOKE INSERT, UPDATE, DELETE ON audit_chain_head FROM app_web, app_system"),
    ]
