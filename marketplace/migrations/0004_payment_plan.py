"""A payment knows its plan, so that what a plan earned stays true when its customer changes to another."""

from django.db import migrations, models

# The owner too is bound by the table's policies, so they are lifted for the one statement.
FILL = """
    ALTER TABLE marketplace_payment NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_paidsubscription NO FORCE ROW LEVEL SECURITY;
    UPDATE marketplace_payment p SET plan_key = s.plan_key FROM marketplace_paidsubscription s
    WHERE p.order_id IS NULL AND s.organization_id = p.organization_id
        AND p.business_key LIKE 'allowance:' || s.plan_subscription_id || ':%';
    ALTER TABLE marketplace_paidsubscription FORCE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_payment FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0003_sandbox")]

    operations = [
        migrations.AddField("payment", "plan_key", models.SlugField(blank=True, default="", max_length=40), False),
        migrations.RunSQL(FILL, reverse_sql=migrations.RunSQL.noop),
    ]
