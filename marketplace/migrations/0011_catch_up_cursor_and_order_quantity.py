from django.db import migrations, models

import marketplace.models

# The cursor belongs to no organization: like the inbox it is for the system's eyes only.
CURSOR = """
    ALTER TABLE marketplace_event_cursor ENABLE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_event_cursor FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0010_gift_home")]

    operations = [
        migrations.CreateModel(
            name="EventCursor",
            fields=[
                (
                    "mode",
                    models.CharField(
                        choices=[("sandbox", "Sandbox"), ("test", "Test"), ("live", "Live")],
                        default=marketplace.models.present_mode,
                        max_length=7,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("read_until", models.DateTimeField()),
            ],
            options={"db_table": "marketplace_event_cursor"},
        ),
        migrations.AddField(
            model_name="order",
            name="quantity",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="paidsubscription",
            name="billed_cents",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunSQL(CURSOR, migrations.RunSQL.noop),
    ]
