from django.db import migrations, models

# Months belong to no organization: workers write the rows, staff read them.
MONTHS = """
    ALTER TABLE backoffice_month_mrr ENABLE ROW LEVEL SECURITY;
    ALTER TABLE backoffice_month_mrr FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0004_analysts")]

    operations = [
        migrations.CreateModel(
            name="MonthMrr",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mode", models.CharField(max_length=7)),
                ("month", models.DateField(help_text="Its first day.")),
                ("customers", models.PositiveIntegerField()),
                ("mrr", models.DecimalField(decimal_places=2, max_digits=14)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "db_table": "backoffice_month_mrr",
                "verbose_name": "MRR of a month",
                "verbose_name_plural": "MRR by month",
                "ordering": ["-month", "mode"],
                "constraints": [models.UniqueConstraint(fields=["mode", "month"], name="mrr_of_month_once")],
            },
        ),
        migrations.RunSQL(MONTHS, migrations.RunSQL.noop),
    ]
