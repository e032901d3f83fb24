"""Trials, and the claims that remember who had one: functions of the owner alone read and write those."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import saas.accounts.tenancy
import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate

SEALED = """
    ALTER TABLE plans_trial_claim ENABLE ROW LEVEL SECURITY;
    ALTER TABLE plans_trial_claim FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON plans_trial_claim FROM app_web, app_system;
    GRANT SELECT ON plans_trial_claim TO app_system;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_who_is_staff"),
        ("plans", "0011_refuse_large_grants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TrialClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_hash", models.BinaryField(max_length=32, unique=True)),
            ],
            options={
                "db_table": "plans_trial_claim",
            },
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("plan_key", models.SlugField(max_length=40)),
                ("tokens", models.PositiveIntegerField()),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("warned_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_as",
                    models.CharField(
                        blank=True,
                        choices=[("expired", "Expired"), ("upgraded", "Upgraded"), ("closed", "Closed")],
                        max_length=8,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=saas.accounts.tenancy._current_organization,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("ended_at", None)), fields=["ends_at"], name="trial_running")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organization",), name="trial_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("started_at")), ("tokens__gt", 0)),
                        name="trial_lasts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_as", ""), ("ended_at", None)),
                            models.Q(("ended_as__in", ["expired", "upgraded", "closed"]), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="trial_end_known",
                    ),
                ],
            },
        ),
        Isolate("Trial"),
        migrations.RunSQL(SEALED, reverse_sql=migrations.RunSQL.noop),
    ]
