from pathlib import Path

from django.db import migrations

from saas.kernel.isolation import Isolate

SQL = Path(__file__).resolve().parent.parent / "organization.sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables")]

    operations = [
        Isolate("Organization", column="id", keyed=False),
        Isolate("Department"),
        Isolate("Membership"),
        Isolate("Invitation"),
        Isolate("ApiKey"),
        migrations.RunSQL(SQL.read_text()),
    ]
