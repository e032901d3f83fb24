"""A link of its own for the inviter, who has not the invited person's mailbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_names")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="shown_secret_hash",
            field=models.BinaryField(editable=False, max_length=32, null=True, unique=True),
        ),
    ]
