from django.db import migrations

from saas.kernel.isolation import refused_when_closed


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("webhooks", "0002_isolation")]

    operations = [migrations.RunSQL(refused_when_closed("webhooks_endpoint"))]
