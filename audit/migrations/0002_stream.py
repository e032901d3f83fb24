from pathlib import Path

from django.db import migrations

from saas.kernel.isolation import Isolate

SQL = Path(__file__).resolve().parent.parent / "stream.sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_tables"), ("accounts", "0002_isolation")]

    operations = [
        Isolate("Event", keyed=False, writable=False),
        Isolate("ChainHead", keyed=False, writable=False),
        Isolate("Notification"),
        Isolate("ReaderPosition", keyed=False),
        migrations.RunSQL(SQL.read_text()),
    ]
