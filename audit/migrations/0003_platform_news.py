"""News of the platform's own chain belong to no organization."""

import django.db.models.deletion
from django.db import migrations, models

import saas.kernel.tenancy


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_stream")]

    operations = [
        migrations.AlterField(
            "notification",
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
        migrations.RemoveConstraint("notification", "notified_once"),
        migrations.AddConstraint(
            "notification",
            models.UniqueConstraint(
                fields=("organization", "user", "event_id"), name="notified_once", nulls_distinct=False
            ),
        ),
    ]
