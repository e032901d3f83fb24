import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import saas.accounts.tenancy
import saas.kernel.ids
import saas.kernel.tenancy


class Migration(migrations.Migration):
    """The tables were made by `audit`; the permissions on them move along."""

    initial = True

    dependencies = [
        ("accounts", "0018_who_is_staff"),
        ("audit", "0007_notifications_are_an_app"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Notification",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("event_id", models.UUIDField()),
                        ("kind", models.CharField(max_length=60)),
                        ("title", models.CharField(max_length=200)),
                        ("body", models.TextField()),
                        ("created_at", models.DateTimeField()),
                        ("in_app", models.BooleanField(default=True)),
                        ("by_mail", models.BooleanField(default=True)),
                        ("read_at", models.DateTimeField(null=True)),
                        ("emailed_at", models.DateTimeField(null=True)),
                        (
                            "email_claim_ends_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                default=saas.kernel.tenancy.acting_for,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "audit_notification",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("by_mail", True), ("emailed_at", None)),
                                fields=["email_claim_ends_at"],
                                name="notification_to_mail",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "user", "event_id"), name="notified_once", nulls_distinct=False
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationChoice",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("topic", models.CharField(max_length=12)),
                        ("in_app", models.BooleanField()),
                        ("by_mail", models.BooleanField()),
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
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "audit_notificationchoice",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "user", "topic"), name="notification_chosen_once"
                            )
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(
            "UPDATE django_content_type SET app_label = 'notifications'"
            " WHERE app_label = 'audit' AND model IN ('notification', 'notificationchoice')",
            "UPDATE django_content_type SET app_label = 'audit' WHERE app_label = 'notifications'",
        ),
    ]
