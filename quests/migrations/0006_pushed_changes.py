import django.db.models.deletion
import django.db.models.functions.datetime
import rest_framework.utils.encoders
from django.conf import settings
from django.db import migrations, models

import quests.models
import saas.accounts.tenancy
import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_isolation"),
        ("quests", "0005_revenue_import"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="removed",
            field=models.JSONField(decoder=quests.models.ExactDecoder, null=True),
        ),
        migrations.CreateModel(
            name="PushedChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("client_change_id", models.CharField(max_length=64)),
                ("request_hash", models.BinaryField(max_length=32)),
                ("result", models.JSONField(encoder=rest_framework.utils.encoders.JSONEncoder)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
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
            ],
            options={
                "db_table": "quests_pushed_change",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "client_change_id"), name="pushed_change_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SyncConflict",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[("goal", "Goal"), ("quest", "Quest"), ("revenue_entry", "Revenue Entry")],
                        max_length=16,
                    ),
                ),
                ("record_id", models.UUIDField()),
                ("client_change_id", models.CharField(max_length=64)),
                ("base_version", models.PositiveIntegerField()),
                ("mine", models.JSONField(null=True)),
                ("theirs", models.JSONField(encoder=rest_framework.utils.encoders.JSONEncoder, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("kept", models.CharField(blank=True, choices=[("mine", "Mine"), ("theirs", "Theirs")], max_length=6)),
                ("resolved_at", models.DateTimeField(editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "resolved_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "quests_sync_conflict",
                "indexes": [
                    models.Index(
                        condition=models.Q(("kept", "")), fields=["organization", "id"], name="sync_conflict_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kept", ""), ("resolved_at", None), ("resolved_by", None)),
                            models.Q(
                                ("kept__in", ["mine", "theirs"]),
                                ("resolved_at__isnull", False),
                                ("resolved_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="sync_conflict_resolved_whole",
                    )
                ],
            },
        ),
        Isolate("PushedChange", keyed=False),
        Isolate("SyncConflict"),
    ]
