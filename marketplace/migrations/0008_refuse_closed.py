from django.db import migrations

from saas.kernel.isolation import refused_when_closed


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("marketplace", "0007_gifts")]

    operations = [migrations.RunSQL(refused_when_closed("marketplace_order"))]
