from django.db import migrations


class Migration(migrations.Migration):
    """The tables stay, with their policies; `saas.notifications` takes their models over."""

    dependencies = [("audit", "0006_find_by_time")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel("NotificationChoice"),
                migrations.DeleteModel("Notification"),
            ]
        )
    ]
