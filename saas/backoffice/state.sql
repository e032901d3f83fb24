-- How the business stands between two instants, in one row: who pays, what came and went, what is left to be served.
-- A subscription that gives nothing, a duplicate or one never paid, is none. Churn counts customers who paid when the
-- time began and have no paid subscription left. Test organizations count nowhere; closed ones are served nothing.
-- MRR is what the subscriptions are billed, not today's list. Overage is a permission to spend, no grant: it is neither
-- granted nor expired nor outstanding, and burnt when it is spent.
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
    SELECT count(*) AS customers, coalesce(sum(billed), 0) AS mrr,
        count(*) FILTER (WHERE past_due_at IS NOT NULL) AS overdue,
        coalesce(sum(billed) FILTER (WHERE past_due_at IS NOT NULL), 0) AS mrr_overdue
    FROM (
        -- A row from before amounts were stored is priced by the book, until the daily comparison has seen it.
        SELECT s.past_due_at, coalesce(s.billed_cents / 100.0, (a.prices ->> s.plan_key)::numeric) AS billed
        FROM asked a, subscribed s WHERE s.ended_at IS NULL
    ) AS s
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
    SELECT coalesce(-sum(e.outside) FILTER (
            WHERE e.kind IN ('grant', 'gift', 'adjust', 'reinstate') AND b.source IS DISTINCT FROM 'overage'), 0) AS granted,
        coalesce(sum(e.outside) FILTER (WHERE e.kind = 'settle'), 0) AS burnt,
        coalesce(sum(e.outside) FILTER (
            WHERE e.kind = 'expire' AND b.source IS DISTINCT FROM 'overage'), 0) AS expired,
        coalesce(sum(e.outside) FILTER (WHERE e.kind IN ('clawback', 'debt')), 0) AS clawed
    FROM asked a JOIN tokens_entry e ON e.created_at >= a.since AND e.created_at < a.until
    LEFT JOIN tokens_bucket b ON b.organization_id = e.organization_id AND b.id = e.bucket_id
    WHERE e.organization_id NOT IN (SELECT id FROM sandboxes)
),
unserved AS (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL OR closed_at IS NOT NULL),
outstanding AS (
    SELECT coalesce(sum(available + held), 0) - (
            SELECT coalesce(sum(remaining + held), 0) FROM tokens_bucket
            WHERE source = 'overage' AND expired_at IS NULL AND organization_id NOT IN (SELECT id FROM unserved)
        ) AS tokens,
        coalesce(sum(debt), 0) AS debt
    FROM tokens_account WHERE organization_id NOT IN (SELECT id FROM unserved)
)
SELECT p.customers, p.mrr, p.overdue, p.mrr_overdue, (SELECT count(*) FROM began), c.customers,
    m.granted, m.burnt, m.expired, m.clawed, o.tokens, o.debt
FROM paying p, churned c, moved m, outstanding o
