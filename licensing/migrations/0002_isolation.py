from pathlib import Path

from django.db import migrations

from saas.kernel.isolation import Isolate

SQL = Path(__file__).resolve().parent.parent / "news.sql"


class Migration(migrations.Migration):
    dependencies = [("licensing", "0001_tables"), ("accounts", "0002_isolation"), ("audit", "0002_stream")]

    operations = [Isolate("License"), migrations.RunSQL(SQL.read_text())]
