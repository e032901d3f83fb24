from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0002_job_run_isolation"),
        ("abuse", "0003_sql_hashes"),
        ("accounts", "0016_homes_of_shown_invitations"),
        ("audit", "0005_sql_hashes"),
        ("marketplace", "0012_event_cursor_isolation"),
        ("metering", "0004_usage_log_without_tests"),
        ("tokens", "0010_sql_hashes"),
    ]

    operations = [frozen_sql(__file__, "6ae03ad212482f6ac05b8b2e5b9d93422dec13f37ed921a9190c1e4578248367")]
