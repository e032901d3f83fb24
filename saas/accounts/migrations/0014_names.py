"""Names are cleaned by their field, whichever way they are written."""

from django.db import migrations

import saas.accounts.models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_second_factor_required")]

    operations = [
        migrations.AlterField(
            model_name="organization", name="name", field=saas.accounts.models.NameField(max_length=120)
        ),
        migrations.AlterField(
            model_name="user", name="name", field=saas.accounts.models.NameField(blank=True, max_length=120)
        ),
    ]
