"""Overage as a source of tokens. The functions it changed are made anew, so that a database in use has them too."""

from django.db import migrations, models

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0003_raised_quotas")]

    operations = [
        migrations.AlterField(
            model_name="bucket",
            name="source",
            field=models.CharField(
                choices=[
                    ("plan", "Plan"),
                    ("purchase", "Purchase"),
                    ("gift", "Gift"),
                    ("promo", "Promo"),
                    ("adjustment", "Adjustment"),
                    ("overage", "Overage"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="bucket", name="bucket_source_known"),
        migrations.AddConstraint(
            model_name="bucket",
            constraint=models.CheckConstraint(
                condition=models.Q(source__regex="^(plan|purchase|gift|promo|adjustment|overage)$"),
                name="bucket_source_known",
            ),
        ),
        frozen_sql(__file__, "4511d533879992de7b9998d2451355bd64c4f830c41cd000cba14bfa881cce29"),
    ]
