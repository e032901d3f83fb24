-- What analysts read: `app_analyst` sees the reporting views below and ai_token_usage_log, with the columns that they
-- are made of (granted in the migration) and these policies, and no other row or column. Test organizations are in none.
CREATE POLICY of_analyst ON accounts_organization FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON tokens_hold FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON tokens_bucket FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON tokens_entry FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON abuse_flag FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON marketplace_order FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON marketplace_payment FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON marketplace_paidsubscription FOR SELECT TO app_analyst USING (true);
CREATE POLICY of_analyst ON audit_event FOR SELECT TO app_analyst USING (true);
-- The policy of organizations is everybody's, so an analyst who sets app.current_org is under it, too.
CREATE POLICY refusals_only ON audit_event AS RESTRICTIVE FOR SELECT TO app_analyst USING (kind = 'operation.refused');

-- Tokens that came and went, by day (UTC), organization and source. Overage is a permission to spend: it is burnt when it
-- is spent, and neither granted nor expired.
CREATE VIEW reporting_tokens_daily WITH (security_invoker = true) AS
SELECT date_trunc('day', e.created_at, 'UTC')::date AS day, e.organization_id, coalesce(b.source, '') AS source,
    coalesce(-sum(e.outside) FILTER (
        WHERE e.kind IN ('grant', 'gift', 'adjust') AND b.source IS DISTINCT FROM 'overage'), 0) AS tokens_granted,
    coalesce(sum(e.outside) FILTER (WHERE e.kind = 'settle'), 0) AS tokens_burnt,
    coalesce(sum(e.outside) FILTER (
        WHERE e.kind = 'expire' AND b.source IS DISTINCT FROM 'overage'), 0) AS tokens_expired,
    coalesce(sum(e.outside) FILTER (WHERE e.kind IN ('clawback', 'debt', 'reinstate')), 0) AS tokens_taken_back
FROM tokens_entry e
LEFT JOIN tokens_bucket b ON b.organization_id = e.organization_id AND b.id = e.bucket_id
WHERE e.organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL)
GROUP BY 1, 2, 3;

-- Payments of plans and packs: what was paid, and what of it was given back since. `mode` says whether it was money.
CREATE VIEW reporting_payments WITH (security_invoker = true) AS
SELECT p.paid_at, p.organization_id, p.mode, CASE WHEN o.id IS NULL THEN 'plan' ELSE 'pack' END AS kind,
    coalesce(o.pack_key, p.plan_key) AS key, p.paid_cents, p.reversed_cents, p.currency
FROM marketplace_payment p
LEFT JOIN marketplace_order o ON o.organization_id = p.organization_id AND o.id = p.order_id
WHERE p.organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL);

-- Paid subscriptions with what each is billed a month. MRR is the sum where `ended_at` and `paused_at` are null and
-- `held_back` is not 'trial'.
CREATE VIEW reporting_subscriptions WITH (security_invoker = true) AS
SELECT organization_id, mode, plan_key, billed_cents, anchor_at AS started_at, past_due_at, cancels_at, ended_at,
    paused_at, held_back
FROM marketplace_paidsubscription
WHERE NOT duplicate AND plan_subscription_id IS NOT NULL
    AND organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL);
