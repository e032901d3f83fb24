import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.models
import saas.accounts.tenancy
import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate

MODES = [("sandbox", "Sandbox"), ("test", "Test"), ("live", "Live")]


def own_id() -> tuple[str, models.Field]:  # type: ignore[type-arg]
    """Return the primary key."""
    return "id", models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)


def mode() -> tuple[str, models.Field]:  # type: ignore[type-arg]
    """Return the column of the mode."""
    return "mode", models.CharField(choices=MODES, default=marketplace.models.present_mode, max_length=7)


def organization() -> tuple[str, models.Field]:  # type: ignore[type-arg]
    """Return the reference to whose row it is."""
    return "organization", models.ForeignKey(
        db_index=False,
        default=saas.accounts.tenancy._current_organization,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="accounts.organization",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_isolation"),
        ("marketplace", "0005_tried_card"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("paidsubscription", "overage_item_id", models.CharField(blank=True, max_length=255)),
        migrations.CreateModel(
            name="Overage",
            fields=[
                own_id(),
                mode(),
                ("enabled", models.BooleanField(default=False)),
                ("monthly_cap", models.DecimalField(decimal_places=2, max_digits=12)),
                ("token_price", models.DecimalField(decimal_places=4, max_digits=10)),
                ("changed_at", models.DateTimeField()),
                ("stopped_reason", models.CharField(blank=True, max_length=200)),
                ("allotted_until", models.DateTimeField(null=True)),
                ("collected_seq", models.BigIntegerField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("drift_tokens", models.IntegerField(default=0)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                organization(),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "mode"), name="overage_once"),
                    models.CheckConstraint(
                        condition=models.Q(monthly_cap__gt=0, token_price__gt=0), name="overage_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(enabled=False) | models.Q(finished_at=None), name="overage_finished_is_off"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OverageUse",
            fields=[
                own_id(),
                mode(),
                ("entry_id", models.UUIDField()),
                ("tokens", models.PositiveIntegerField()),
                ("used_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("told", "Told"), ("absorbed", "Absorbed")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("told_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField()),
                ("error", models.CharField(blank=True, max_length=500)),
                organization(),
            ],
            options={
                "db_table": "marketplace_overage_use",
                "indexes": [
                    models.Index(condition=models.Q(status="waiting"), fields=["retry_at"], name="overage_use_waiting")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entry_id",), name="overage_use_once"),
                    models.CheckConstraint(
                        condition=models.Q(status__in=["waiting", "told", "absorbed"], tokens__gt=0),
                        name="overage_use_sound",
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(status="told") | models.Q(told_at__isnull=False),
                        name="overage_use_told_at_an_instant",
                    ),
                ],
            },
        ),
        Isolate("Overage"),
        Isolate("OverageUse"),
    ]
