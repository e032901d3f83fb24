"""When an organization was closed, and what it gets no more of from then on."""

from django.db import migrations, models

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_test_keys")]

    operations = [
        migrations.AddField(
            model_name="organization", name="closed_at", field=models.DateTimeField(editable=False, null=True)
        ),
        frozen_sql(__file__, "60c6931b7653ad30bf9be80da1879866a84d76c5dc8a2ed97c55d188a61f51b3"),
    ]
