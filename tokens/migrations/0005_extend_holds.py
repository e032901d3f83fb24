from importlib import import_module

from django.db import migrations

anew = import_module("tokens.migrations.0004_overage").anew


class Migration(migrations.Migration):
    dependencies = [("tokens", "0004_overage")]

    operations = [migrations.RunSQL(anew("tokens_hold_extend"))]
