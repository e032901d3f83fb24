"""Quotas can be raised for the present period; their functions are in a file of their own."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "quotas.sql"


class Migration(migrations.Migration):
    dependencies = [("tokens", "0002_ledger")]

    operations = [
        migrations.AddField("quota", "raised_tokens", models.IntegerField(default=0)),
        migrations.RemoveConstraint("quota", "quota_not_negative"),
        migrations.AddConstraint(
            "quota",
            models.CheckConstraint(
                condition=models.Q(limit_tokens__gte=0, raised_tokens__gte=0, used_tokens__gte=0),
                name="quota_not_negative",
            ),
        ),
        migrations.RunSQL(SQL.read_text()),
    ]
