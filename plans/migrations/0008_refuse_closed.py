from django.db import migrations

from saas.kernel.isolation import refused_when_closed


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("plans", "0007_gift_limits")]

    operations = [migrations.RunSQL(refused_when_closed("plans_subscription"))]
