from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0027_cancel_reason")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="former_ids",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="stripesubscription",
            name="quantity",
            field=models.PositiveIntegerField(db_default=1),
        ),
    ]
