"""What jobs set aside, for staff and the jobs; an organization's own context shows its rows alone."""

import django.db.models.functions.datetime
from django.db import migrations, models

import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="SetAsideItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("job", models.CharField(max_length=60)),
                ("item", models.CharField(max_length=255)),
                ("organization_id", models.UUIDField(null=True)),
                ("error", models.CharField(max_length=200)),
                ("place", models.CharField(max_length=200)),
                ("attempts", models.IntegerField(default=1)),
                ("may_pass", models.BooleanField(default=False)),
                ("first_seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("last_seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("retry_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("alerted_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "item set aside",
                "verbose_name_plural": "items set aside",
                "db_table": "kernel_set_aside",
                "constraints": [models.UniqueConstraint(fields=("job", "item"), name="set_aside_once")],
            },
        ),
        Isolate("SetAsideItem", keyed=False),
    ]
