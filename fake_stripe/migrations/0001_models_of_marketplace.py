import time

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import saas.accounts.tenancy
import saas.kernel.ids
import saas.kernel.isolation


class Migration(migrations.Migration):
    """The tables were made by `marketplace`; the permissions on them move along."""

    initial = True

    dependencies = [
        ("accounts", "0018_who_is_staff"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("marketplace", "0015_fake_stripe_is_an_app"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SandboxAnswer",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("key", models.CharField(max_length=255, unique=True)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("status", models.PositiveSmallIntegerField()),
                        ("body", models.JSONField()),
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "marketplace_sandbox_answer",
                    },
                ),
                migrations.CreateModel(
                    name="SandboxEvent",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("stripe_id", models.CharField(max_length=80, unique=True)),
                        ("type", models.CharField(max_length=80)),
                        ("data", models.JSONField()),
                        ("position", models.BigIntegerField(default=time.time_ns)),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                default=saas.accounts.tenancy._current_organization,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "marketplace_sandbox_event",
                    },
                ),
                migrations.CreateModel(
                    name="SandboxDelivery",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("held", "Held"),
                                    ("delivered", "Delivered"),
                                    ("lost", "Lost"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=9,
                            ),
                        ),
                        ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("answer", models.CharField(blank=True, max_length=200)),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                default=saas.accounts.tenancy._current_organization,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                        (
                            "event",
                            saas.kernel.isolation.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="fake_stripe.sandboxevent",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "marketplace_sandbox_delivery",
                    },
                ),
                migrations.CreateModel(
                    name="SandboxObject",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("stripe_id", models.CharField(max_length=80, unique=True)),
                        ("kind", models.CharField(max_length=48)),
                        ("data", models.JSONField()),
                        ("hidden", models.JSONField(default=dict)),
                        ("position", models.BigIntegerField(default=time.time_ns)),
                        ("due_at", models.DateTimeField(null=True)),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                default=saas.accounts.tenancy._current_organization,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "marketplace_sandbox_object",
                    },
                ),
                migrations.AddIndex(
                    model_name="sandboxevent",
                    index=models.Index(fields=["organization", "position"], name="sandbox_event_list"),
                ),
                migrations.AddIndex(
                    model_name="sandboxdelivery",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="sandbox_delivery_due"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="sandboxdelivery",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "held", "delivered", "lost", "failed"])),
                        name="sandbox_delivery_state_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="sandboxobject",
                    index=models.Index(fields=["organization", "kind", "position"], name="sandbox_object_list"),
                ),
                migrations.AddIndex(
                    model_name="sandboxobject",
                    index=models.Index(
                        condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="sandbox_object_due"
                    ),
                ),
            ]
        ),
        migrations.RunSQL(
            "UPDATE django_content_type SET app_label = 'fake_stripe'"
            " WHERE app_label = 'marketplace' AND model LIKE 'sandbox%'",
            "UPDATE django_content_type SET app_label = 'marketplace' WHERE app_label = 'fake_stripe'",
        ),
    ]
