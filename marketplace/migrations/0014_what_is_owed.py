from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0013_ended_unpaid")]

    operations = [
        migrations.AddField("paidsubscription", "open_invoice_cents", models.PositiveBigIntegerField(null=True)),
    ]
