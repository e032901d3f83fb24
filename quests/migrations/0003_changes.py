import django.db.models.deletion
from django.db import migrations, models

import saas.accounts.tenancy
import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate, frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_isolation"), ("quests", "0002_isolation")]

    operations = [
        migrations.AddField(
            model_name="revenueentry",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.CreateModel(
            name="ChangeHead",
            fields=[
                ("organization_id", models.UUIDField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
            ],
            options={
                "db_table": "quests_change_head",
            },
        ),
        migrations.CreateModel(
            name="Change",
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
                ("seq", models.BigIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("edited_version", models.PositiveIntegerField()),
                ("removed", models.JSONField(null=True)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "type", "record_id"), name="change_of_record_once"),
                    models.UniqueConstraint(fields=("organization", "seq"), name="change_number_once"),
                ],
            },
        ),
        Isolate("Change", keyed=False, writable=False),
        Isolate("ChangeHead", keyed=False, writable=False),
        frozen_sql(__file__, "07d1f83fbfb72c3020d57bcff54ed7308b29cd276254b239fbada8916cb31322"),
    ]
