-- How the business stands between two instants, in one row: who pays, what came and went, what is left to be served.
-- A subscription that gives nothing, a duplicate or one never paid, is none. Churn counts customers who paid when the
-- time began and have no paid subscription left. Sandboxes count nowhere; closed organizations are served nothing.
WITH asked AS (
    SELECT %(mode)s::text AS mode, %(since)s::timestamptz AS since, %(until)s::timestamptz AS until,
        %(prices)s::jsonb AS prices
),
sandboxes AS (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL),
subscribed AS (
    SELECT s.* FROM asked a JOIN marketplace_paidsubscription s ON s.mode = a.mode
    WHERE NOT s.duplicate AND s.plan_subscription_id IS NOT NULL
        AND s.organization_id NOT IN (SELECT id FROM sandboxes)
),
paying AS (
    SELECT count(*) AS customers, coalesce(sum((a.prices ->> s.plan_key)::numeric), 0) AS mrr,
        count(*) FILTER (WHERE s.past_due_at IS NOT NULL) AS overdue,
        coalesce(sum((a.prices ->> s.plan_key)::numeric) FILTER (WHERE s.past_due_at IS NOT NULL), 0) AS mrr_overdue
    FROM asked a, subscribed s WHERE s.ended_at IS NULL
),
began AS (
    SELECT DISTINCT s.organization_id FROM asked a, subscribed s
    WHERE s.anchor_at < a.since AND (s.ended_at IS NULL OR s.ended_at >= a.since)
),
churned AS (
    SELECT count(*) AS customers FROM began b, asked a
    WHERE NOT EXISTS (
        SELECT FROM subscribed s WHERE s.organization_id = b.organization_id AND s.anchor_at < a.until
            AND (s.ended_at IS NULL OR s.ended_at >= a.until))
),
moved AS (
    SELECT coalesce(-sum(outside) FILTER (WHERE kind IN ('grant', 'gift', 'adjust', 'reinstate')), 0) AS granted,
        coalesce(sum(outside) FILTER (WHERE kind = 'settle'), 0) AS burnt,
        coalesce(sum(outside) FILTER (WHERE kind = 'expire'), 0) AS expired,
        coalesce(sum(outside) FILTER (WHERE kind IN ('clawback', 'debt')), 0) AS clawed
    FROM asked a JOIN tokens_entry e ON e.created_at >= a.since AND e.created_at < a.until
    WHERE e.organization_id NOT IN (SELECT id FROM sandboxes)
),
outstanding AS (
    SELECT coalesce(sum(available + held), 0) AS tokens, coalesce(sum(debt), 0) AS debt
    FROM tokens_account WHERE organization_id NOT IN (
        SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL OR closed_at IS NOT NULL)
)
SELECT p.customers, p.mrr, p.overdue, p.mrr_overdue, (SELECT count(*) FROM began), c.customers,
    m.granted, m.burnt, m.expired, m.clawed, o.tokens, o.debt
FROM paying p, churned c, moved m, outstanding o
