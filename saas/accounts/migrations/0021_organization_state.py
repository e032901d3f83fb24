from django.db import migrations, models

from saas.kernel.migration_helpers.v1 import frozen_sql

# Instants, but for the locks. A chain may be of no organization: the reference goes. Somebody who writes meanwhile may have
# the second table and wait for the first: then it is the migration that gives way, before PostgreSQL's deadlock_timeout
# of a second chooses.
ADD_HEAD = """
    ALTER TABLE tokens_account
        ADD COLUMN event_seq bigint DEFAULT 0 NOT NULL,
        ADD COLUMN event_hash bytea DEFAULT '\\x' NOT NULL,
        ALTER COLUMN available SET DEFAULT 0,
        ALTER COLUMN held SET DEFAULT 0,
        ALTER COLUMN debt SET DEFAULT 0,
        ALTER COLUMN entry_seq SET DEFAULT 0;
    SET LOCAL lock_timeout = '500ms';
    ALTER TABLE tokens_account DROP CONSTRAINT tokens_account_organization_id_56a4ad07_fk_accounts_;
"""


class Migration(migrations.Migration):
    """The table was made by `tokens`, and its first columns."""

    dependencies = [("accounts", "0020_many_at_once"), ("tokens", "0018_holds_step_by_step")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(ADD_HEAD)],
            [
                migrations.CreateModel(
                    name="OrganizationState",
                    fields=[
                        ("organization_id", models.UUIDField(primary_key=True, serialize=False)),
                        ("available", models.IntegerField(db_default=0)),
                        ("held", models.IntegerField(db_default=0)),
                        ("debt", models.IntegerField(db_default=0)),
                        ("entry_seq", models.BigIntegerField(db_default=0)),
                        ("suspended_at", models.DateTimeField(null=True)),
                        ("period_started_at", models.DateTimeField(null=True)),
                        ("resets_at", models.DateTimeField(null=True)),
                        ("event_seq", models.BigIntegerField(db_default=0)),
                        ("event_hash", models.BinaryField(db_default=b"", max_length=32)),
                    ],
                    options={
                        "db_table": "tokens_account",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("available__gte", 0)), name="account_available_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("held__gte", 0)), name="account_held_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("debt__gte", 0)), name="account_debt_not_negative"
                            ),
                        ],
                    },
                ),
            ],
        ),
        frozen_sql(__file__, "ee51dc595be7db96861f3f3999eb8e7fcc4716a6e1dcef86b2713955827bc7e6"),
    ]
