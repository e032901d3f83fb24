DROP POLICY IF EXISTS of_analyst ON accounts_organization;
CREATE POLICY of_analyst ON accounts_organization FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON accounts_organization IS 'sha256:d72cb297dc756918';

DROP POLICY IF EXISTS of_analyst ON tokens_hold;
CREATE POLICY of_analyst ON tokens_hold FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON tokens_hold IS 'sha256:936d1d7f3e3f8c9c';

DROP POLICY IF EXISTS of_analyst ON tokens_bucket;
CREATE POLICY of_analyst ON tokens_bucket FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON tokens_bucket IS 'sha256:7795a3c58ea58e8b';

DROP POLICY IF EXISTS of_analyst ON tokens_entry;
CREATE POLICY of_analyst ON tokens_entry FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON tokens_entry IS 'sha256:306f2d12d711da2f';

DROP POLICY IF EXISTS of_analyst ON abuse_flag;
CREATE POLICY of_analyst ON abuse_flag FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON abuse_flag IS 'sha256:3711fadbb8f09100';

DROP POLICY IF EXISTS of_analyst ON marketplace_order;
CREATE POLICY of_analyst ON marketplace_order FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON marketplace_order IS 'sha256:5d17735d5b2d9d49';

DROP POLICY IF EXISTS of_analyst ON marketplace_payment;
CREATE POLICY of_analyst ON marketplace_payment FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON marketplace_payment IS 'sha256:26b3f4f4198d2e9f';

DROP POLICY IF EXISTS of_analyst ON marketplace_paidsubscription;
CREATE POLICY of_analyst ON marketplace_paidsubscription FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON marketplace_paidsubscription IS 'sha256:e9e2f1564304ebe3';

DROP POLICY IF EXISTS of_analyst ON audit_event;
CREATE POLICY of_analyst ON audit_event FOR SELECT TO app_analyst USING (true);
COMMENT ON POLICY of_analyst ON audit_event IS 'sha256:b0067298f931ddbb';

DROP POLICY IF EXISTS refusals_only ON audit_event;
CREATE POLICY refusals_only ON audit_event AS RESTRICTIVE FOR SELECT TO app_analyst USING (kind = 'operation.refused');
COMMENT ON POLICY refusals_only ON audit_event IS 'sha256:ce0ba2295e839f13';

CREATE OR REPLACE VIEW reporting_tokens_daily WITH (security_invoker = true) AS
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
COMMENT ON VIEW reporting_tokens_daily IS 'sha256:13d826b383e2acf7';

CREATE OR REPLACE VIEW reporting_payments WITH (security_invoker = true) AS
SELECT p.paid_at, p.organization_id, p.mode, CASE WHEN o.id IS NULL THEN 'plan' ELSE 'pack' END AS kind,
    coalesce(o.pack_key, p.plan_key) AS key, p.paid_cents, p.reversed_cents, p.currency
FROM marketplace_payment p
LEFT JOIN marketplace_order o ON o.organization_id = p.organization_id AND o.id = p.order_id
WHERE p.organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL);
COMMENT ON VIEW reporting_payments IS 'sha256:531f6fafc42f4fc8';

CREATE OR REPLACE VIEW reporting_subscriptions WITH (security_invoker = true) AS
SELECT organization_id, mode, plan_key, billed_cents, anchor_at AS started_at, past_due_at, cancels_at, ended_at
FROM marketplace_paidsubscription
WHERE NOT duplicate AND plan_subscription_id IS NOT NULL
    AND organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL);
COMMENT ON VIEW reporting_subscriptions IS 'sha256:5d937175d956e1e8';
