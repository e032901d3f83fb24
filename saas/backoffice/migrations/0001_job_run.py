from django.db import migrations, models
from django.db.models.functions import Now

# Jobs belong to no organization: workers write the rows, /metrics and staff read them.
JOBS = """
    ALTER TABLE backoffice_job_run ENABLE ROW LEVEL SECURITY;
    ALTER TABLE backoffice_job_run FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("every", models.DurationField()),
                ("known_since", models.DateTimeField(db_default=Now(), editable=False)),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("took", models.DurationField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
            ],
            options={"db_table": "backoffice_job_run"},
        ),
        migrations.RunSQL(JOBS, migrations.RunSQL.noop),
    ]
