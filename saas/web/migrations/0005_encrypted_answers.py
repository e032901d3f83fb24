"""Answers that show a secret: encrypted beside the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0004_counters")]

    operations = [
        migrations.AddField("idempotencyrecord", "encrypted_answer", models.TextField(null=True)),
    ]
