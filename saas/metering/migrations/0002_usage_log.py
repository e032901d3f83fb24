from pathlib import Path

from django.db import migrations

from saas.kernel.isolation import Isolate

SQL = Path(__file__).resolve().parent.parent / "usage_log.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0001_tables"),
        ("tokens", "0002_ledger"),
        ("abuse", "0002_isolation"),
        ("audit", "0002_stream"),
    ]

    operations = [
        Isolate("AttemptRecord"),
        migrations.RunSQL(SQL.read_text(), reverse_sql="DROP VIEW ai_token_usage_log"),
    ]
