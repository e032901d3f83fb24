from django.db import migrations

from saas.kernel.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables")]

    operations = [
        Isolate("Organization", column="id", keyed=False),
        Isolate("Department"),
        Isolate("Membership"),
        Isolate("Invitation"),
        Isolate("ApiKey"),
    ]
