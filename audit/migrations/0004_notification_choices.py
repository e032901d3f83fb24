import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import saas.accounts.tenancy
import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_platform_news"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField("notification", "in_app", models.BooleanField(default=True)),
        migrations.AddField("notification", "by_mail", models.BooleanField(default=True)),
        migrations.RemoveIndex("notification", "notification_to_mail"),
        migrations.AddIndex(
            "notification",
            models.Index(
                condition=models.Q(("by_mail", True), ("emailed_at", None)),
                fields=["email_claim_ends_at"],
                name="notification_to_mail",
            ),
        ),
        migrations.CreateModel(
            name="NotificationChoice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "user", "topic"), name="notification_chosen_once")
                ],
            },
        ),
        Isolate("NotificationChoice"),
    ]
