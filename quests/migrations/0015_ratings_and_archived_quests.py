from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_who_is_staff"),
        ("quests", "0014_calendar_feed_isolation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="quest",
            name="archived_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="quest",
            name="rating",
            field=models.SmallIntegerField(choices=[(-1, "Not Useful"), (1, "Useful")], null=True),
        ),
        migrations.AddConstraint(
            model_name="quest",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating", None), ("rating__in", [-1, 1]), _connector="OR"),
                name="quest_rating_known",
            ),
        ),
    ]
