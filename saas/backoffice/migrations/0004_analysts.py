from django.db import migrations

# What the reporting views are made of, column by column; which rows, the policies say. Nothing is granted to be written.
COLUMNS = """
    GRANT SELECT (id, sandbox_of_id) ON accounts_organization TO app_analyst;
    GRANT SELECT (id, created_at, organization_id, user_id, operation, status, tokens, settled_tokens, absorbed_tokens,
        details, ended_at) ON tokens_hold TO app_analyst;
    GRANT SELECT (id, organization_id, source) ON tokens_bucket TO app_analyst;
    GRANT SELECT (organization_id, bucket_id, kind, outside, created_at) ON tokens_entry TO app_analyst;
    GRANT SELECT (id, started_at, organization_id, user_id, rule, tokens, "limit", status) ON abuse_flag TO app_analyst;
    GRANT SELECT (id, created_at, organization_id, kind, data, reason) ON audit_event TO app_analyst;
    GRANT SELECT (id, organization_id, pack_key) ON marketplace_order TO app_analyst;
    GRANT SELECT (organization_id, order_id, mode, plan_key, paid_cents, reversed_cents, currency, paid_at)
        ON marketplace_payment TO app_analyst;
    GRANT SELECT (organization_id, mode, plan_subscription_id, plan_key, billed_cents, anchor_at, past_due_at, cancels_at,
        duplicate, ended_at) ON marketplace_paidsubscription TO app_analyst;
    GRANT SELECT ON ai_token_usage_log, reporting_tokens_daily, reporting_payments, reporting_subscriptions TO app_analyst;
"""


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0003_reporting_views")]

    operations = [migrations.RunSQL(COLUMNS, migrations.RunSQL.noop)]
