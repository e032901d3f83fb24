from django.db import migrations

from saas.kernel.isolation import refused_when_closed


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("tokens", "0008_warn_of_running_out")]

    operations = [
        migrations.RunSQL(refused_when_closed("tokens_hold")),
        migrations.RunSQL(refused_when_closed("tokens_bucket")),
    ]
