from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql

CONSTRAINTS = ("account_available_not_negative", "account_held_not_negative", "account_debt_not_negative")
# The two policies are those of OrganizationState by now, in whose migration they are frozen: the frozen text here takes
# them off the list of this app, and so from the table.
POLICIES = """
    CREATE POLICY of_organization ON tokens_account USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
    COMMENT ON POLICY of_organization ON tokens_account IS 'sha256:a0835816cf5a2d9a';
    CREATE POLICY of_system ON tokens_account TO app_system USING (true) WITH CHECK (true);
    COMMENT ON POLICY of_system ON tokens_account IS 'sha256:404fef3979ec4a74';
"""


class Migration(migrations.Migration):
    dependencies = [("tokens", "0018_holds_step_by_step"), ("audit", "0012_head_in_the_organizations_row")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [],
            [
                *(migrations.RemoveConstraint("account", name) for name in CONSTRAINTS),
                migrations.AlterModelOptions(
                    "account",
                    {"managed": False, "verbose_name": "token account", "verbose_name_plural": "token accounts"},
                ),
            ],
        ),
        frozen_sql(__file__, "1ad719b597b26705ca48b3e6f23cd004bfbbcfc657f98493f431cfa7c84dfe70"),
        migrations.RunSQL(POLICIES),
    ]
