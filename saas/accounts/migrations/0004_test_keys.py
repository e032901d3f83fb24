import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_key_rotation")]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="sandbox_of",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sandbox",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="mode",
            field=models.CharField(
                choices=[("live", "Live"), ("test", "Test")], default="live", editable=False, max_length=4
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sandbox_of", None), models.Q(("sandbox_of", models.F("id")), _negated=True), _connector="OR"
                ),
                name="organization_sandbox_of_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["live", "test"])), name="api_key_mode_known"
            ),
        ),
    ]
