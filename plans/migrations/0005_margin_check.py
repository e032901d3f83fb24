"""The monthly check of the margin: for the system's eyes only, and never changed."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

SEALED = """
    ALTER TABLE plans_margin_check ENABLE ROW LEVEL SECURITY;
    ALTER TABLE plans_margin_check FORCE ROW LEVEL SECURITY;
    CREATE POLICY of_system ON plans_margin_check TO app_system USING (true) WITH CHECK (true);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON plans_margin_check
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER no_truncate BEFORE TRUNCATE ON plans_margin_check
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("plans", "0004_payment_fee"), ("audit", "0002_stream")]

    operations = [
        migrations.CreateModel(
            name="MarginCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mode", models.CharField(max_length=7)),
                ("month", models.DateField(help_text="Its first day.")),
                ("paid", models.DecimalField(decimal_places=2, max_digits=14)),
                ("reversed", models.DecimalField(decimal_places=2, max_digits=14)),
                ("fees", models.DecimalField(decimal_places=2, max_digits=14)),
                ("tokens", models.BigIntegerField()),
                ("cost_by_rule", models.DecimalField(decimal_places=2, max_digits=14)),
                ("cost_measured", models.DecimalField(decimal_places=8, max_digits=18)),
                ("attempts_unpriced", models.PositiveIntegerField()),
                ("price_book_version", models.PositiveIntegerField()),
                ("checked_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "db_table": "plans_margin_check",
                "ordering": ["-month", "mode"],
                "constraints": [
                    models.UniqueConstraint(fields=("mode", "month"), name="margin_checked_once"),
                    models.CheckConstraint(condition=Q(month__day=1), name="margin_month_by_first_day"),
                ],
            },
        ),
        migrations.RunSQL(SEALED, reverse_sql=migrations.RunSQL.noop),
    ]
