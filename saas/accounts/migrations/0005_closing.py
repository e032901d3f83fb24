"""When an organization was closed, and what it gets no more of from then on."""

from pathlib import Path

from django.db import migrations, models

from saas.kernel.isolation import refused_when_closed

SQL = Path(__file__).resolve().parent.parent / "closed.sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_test_keys")]

    operations = [
        migrations.AddField(
            model_name="organization", name="closed_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.RunSQL(SQL.read_text()),
        migrations.RunSQL(refused_when_closed("accounts_apikey")),
        migrations.RunSQL(refused_when_closed("accounts_invitation")),
    ]
