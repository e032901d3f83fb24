import django.db.models.deletion
from django.db import migrations, models

from saas.kernel.migration_helpers.v1 import Isolate


class Migration(migrations.Migration):
    dependencies = [("tokens", "0005_extend_holds")]

    operations = [
        migrations.CreateModel(
            name="Gauge",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
                ("entry_seq", models.BigIntegerField()),
                ("total", models.IntegerField()),
                ("reference", models.IntegerField()),
                ("reference_until", models.DateTimeField(null=True)),
                ("level", models.SmallIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__gte", 0), ("level__lte", 3)), name="gauge_level_known"
                    )
                ],
            },
        ),
        Isolate("Gauge", keyed=False),
    ]
