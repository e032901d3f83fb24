CREATE OR REPLACE VIEW reporting_subscriptions WITH (security_invoker = true) AS
SELECT organization_id, mode, plan_key, billed_cents, anchor_at AS started_at, past_due_at, cancels_at, ended_at,
    paused_at, held_back
FROM marketplace_paidsubscription
WHERE NOT duplicate AND plan_subscription_id IS NOT NULL
    AND organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL);
COMMENT ON VIEW reporting_subscriptions IS 'sha256:67172ef851164c16';
