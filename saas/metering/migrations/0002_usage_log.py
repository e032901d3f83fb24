from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate, frozen_sql


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0001_tables"),
        ("tokens", "0002_ledger"),
        ("abuse", "0002_isolation"),
        ("audit", "0002_stream"),
    ]

    operations = [
        Isolate("AttemptRecord"),
        frozen_sql(
            __file__,
            "7d79b40c6122a1fb55724aed90448b23c3e6f43b0f17e36ea8941acd06f01583",
            reverse_sql="DROP VIEW ai_token_usage_log",
        ),
    ]
