from django.db import migrations
from django.db.models import Manager

MODELS = ["customer", "order", "overage", "overageuse", "paidsubscription", "payment", "stripeevent", "topup"]


class Migration(migrations.Migration):
    """Note which manager Django reads by: the one of all modes. No statement is run."""

    dependencies = [("marketplace", "0015_fake_stripe_is_an_app")]

    operations = [migrations.AlterModelManagers(name, [("of_all_modes", Manager())]) for name in MODELS]
