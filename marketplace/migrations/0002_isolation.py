from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate

# Events come before anybody knows whose they are, and carry personal data: the system's eyes only.
INBOX = """
    ALTER TABLE marketplace_stripe_event ENABLE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_stripe_event FORCE ROW LEVEL SECURITY;
    CREATE POLICY of_system ON marketplace_stripe_event TO app_system USING (true) WITH CHECK (true);
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_tables"), ("accounts", "0002_isolation"), ("audit", "0002_stream")]

    operations = [
        Isolate("Customer"),
        Isolate("Order"),
        Isolate("Payment"),
        Isolate("PaidSubscription"),
        Isolate("TopUp"),
        migrations.RunSQL(INBOX),
    ]
