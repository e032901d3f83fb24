import django.db.models.deletion
from django.db import migrations, models

import saas.kernel.isolation


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_isolation")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="replaces",
            field=saas.kernel.isolation.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.apikey",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("organization", "replaces"),
                name="api_key_replaced_once",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE accounts_apikey ADD CONSTRAINT accounts_apikey_replaces_id_in_organization"
            " FOREIGN KEY (organization_id, replaces_id) REFERENCES accounts_apikey (organization_id, id)"
            " DEFERRABLE INITIALLY DEFERRED"
        ),
    ]
