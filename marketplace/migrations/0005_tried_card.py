"""A subscription remembers with which card its open bill was tried, and whether a person must confirm."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0004_payment_plan")]

    operations = [
        migrations.AddField(
            "paidsubscription", "tried_card", models.CharField(blank=True, default="", max_length=255), False
        ),
        migrations.AddField("paidsubscription", "needs_customer", models.BooleanField(default=False)),
    ]
