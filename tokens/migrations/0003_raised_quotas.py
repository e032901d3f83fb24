"""Quotas can be raised for the present period; their functions are in a file of their own."""

from django.db import migrations, models

from saas.kernel.migration_helpers.v1 import frozen_sql


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
        frozen_sql(__file__, "613b1fcac28751eb677da2c3b25934b8c3bb73f13ea3d1b13309f3303f81a672"),
    ]
