"""Whether an organization requires a second factor of its people."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_people_of_the_release_before")]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="second_factor_required",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
