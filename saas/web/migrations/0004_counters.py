"""Counters of attempts: logins, sign-ups, mails to addresses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0003_sql_hashes")]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "db_table": "web_counter",
                "indexes": [models.Index(fields=["ends_at"], name="counter_by_end")],
            },
        ),
    ]
