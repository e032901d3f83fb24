from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quests", "0010_revenue_by_day")]

    operations = [
        migrations.AddField(
            model_name="revenueforecast",
            name="made_from",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=64),
        ),
    ]
