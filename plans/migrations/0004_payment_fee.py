"""What payments cost us is data of the price book."""

from decimal import Decimal

from django.db import migrations, models
from django.db.models import Q

SOURCE = "Stripe's list price for domestic cards: stripe.com/us/pricing"


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_overage_price")]

    operations = [
        migrations.AddField(
            "pricebook",
            "fee_percent",
            models.DecimalField(
                "payment fee, percent",
                max_digits=5,
                decimal_places=2,
                default=Decimal("2.90"),
                help_text="Of each payment.",
            ),
        ),
        migrations.AddField(
            "pricebook",
            "fee_fixed",
            models.DecimalField(
                "payment fee, fixed",
                max_digits=6,
                decimal_places=2,
                default=Decimal("0.30"),
                help_text="Added to each payment.",
            ),
        ),
        migrations.AddField(
            "pricebook", "fee_source", models.CharField("source of the fee", max_length=200, default=SOURCE)
        ),
        migrations.AddConstraint(
            "pricebook",
            models.CheckConstraint(
                condition=Q(fee_percent__gte=0, fee_percent__lt=100, fee_fixed__gte=0), name="payment_fee_possible"
            ),
        ),
    ]
