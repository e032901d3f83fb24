import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import saas.accounts.tenancy
import saas.kernel.clock
import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_who_is_staff"),
        ("quests", "0012_times_by_the_organizations_clock"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("secret_hash", models.BinaryField(max_length=32, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=saas.kernel.clock.OrganizationNow(), editable=False),
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
                    "user",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "quests_calendar_feed",
                "constraints": [models.UniqueConstraint(fields=("organization", "user"), name="calendar_feed_once")],
            },
        ),
        Isolate("CalendarFeed"),
    ]
