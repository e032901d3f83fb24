from importlib import import_module

from django.db import migrations

anew = import_module("tokens.migrations.0004_overage").anew


class Migration(migrations.Migration):
    dependencies = [("tokens", "0006_gauge")]

    operations = [migrations.RunSQL(anew("tokens_claw"))]
