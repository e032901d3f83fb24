from django.db import migrations, models

import saas.kernel.ids
from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_many_at_once")]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("organization_id", models.UUIDField()),
                ("number", models.IntegerField()),
                ("event_seq", models.BigIntegerField()),
                ("entry_seq", models.BigIntegerField()),
                ("text", models.TextField()),
                ("signature", models.CharField(max_length=128)),
                ("key", models.CharField(max_length=8)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["organization_id", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "number"), name="audit_opening_once")
                ],
            },
        ),
        Isolate("Opening", writable=False),
    ]
