from pathlib import Path

from django.db import migrations

from saas.kernel.isolation import Isolate

SQL = Path(__file__).resolve().parent.parent / "ledger.sql"


class Migration(migrations.Migration):
    dependencies = [("tokens", "0001_tables"), ("audit", "0002_stream")]

    operations = [
        Isolate("Account", keyed=False, writable=False),
        Isolate("Bucket", writable=False),
        Isolate("Hold", keyed=False, writable=False),
        Isolate("Entry", keyed=False, writable=False),
        Isolate("Quota", keyed=False, writable=False),
        migrations.RunSQL(SQL.read_text()),
    ]
