from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quests", "0009_names_for_staff")]

    operations = [
        migrations.AddIndex(
            model_name="revenueentry",
            index=models.Index(fields=["organization", "received_on", "id"], name="revenue_by_day"),
        ),
    ]
