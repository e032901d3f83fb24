-- How the business stands between two instants, in one row: who pays, what came and went, what is left to be served.
-- A subscription that gives nothing, a duplicate or one never paid, is none. Churn counts customers who paid when the
-- time began and have no paid subscription left. Test organizations count nowhere; closed ones are served nothing.
-- MRR is what the subscriptions are billed, not today's list; those that are paused, or on a trial at Stripe, are billed
-- nothing. Overage is a permission to spend, no grant: it is neither
-- granted nor expired nor outstanding, and burnt when it is spent. What was taken back and returned (a dispute that was
-- won) is neither taken back nor granted.
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
live AS (
    -- A row from before amounts were stored is priced by the book, until the daily comparison has seen it.
    SELECT s.organization_id, coalesce(s.billed_cents / 100.0, (a.prices ->> s.plan_key)::numeric) AS billed, s.cancels_at,
        coalesce((SELECT g.monthly_price FROM plans_agreement g
            WHERE g.organization_id = s.organization_id AND g.subscription_id = s.plan_subscription_id
                AND g.plan_key = s.scheduled_plan_key AND g.starts_at >= s.period_ends_at
            ORDER BY g.starts_at LIMIT 1),
            (a.prices ->> nullif(s.scheduled_plan_key, ''))::numeric, 0) AS billed_later, s.scheduled_plan_key,
        CASE WHEN s.past_due_at IS NULL THEN NULL
            WHEN l.recorded_state IN ('offline', 'suspended') THEN l.recorded_state ELSE 'grace' END AS stage
    FROM asked a, subscribed s LEFT JOIN licensing_license l ON l.organization_id = s.organization_id
    WHERE s.ended_at IS NULL AND s.paused_at IS NULL AND s.held_back <> 'trial'
),
paying AS (
    SELECT count(*) AS customers, coalesce(sum(billed), 0) AS mrr, count(stage) AS overdue,
        coalesce(sum(billed) FILTER (WHERE stage IS NOT NULL), 0) AS mrr_overdue,
        count(cancels_at) AS cancelling, coalesce(sum(billed) FILTER (WHERE cancels_at IS NOT NULL), 0) AS mrr_cancelling,
        count(*) FILTER (WHERE cancels_at IS NULL AND billed_later BETWEEN 0.01 AND billed - 0.01) AS downgrading,
        coalesce(sum(billed - billed_later) FILTER (
            WHERE cancels_at IS NULL AND billed_later BETWEEN 0.01 AND billed - 0.01), 0) AS mrr_downgrading
    FROM live
),
paused AS (
    SELECT count(*) AS customers, coalesce(sum(coalesce(s.billed_cents / 100.0, (a.prices ->> s.plan_key)::numeric)), 0) AS mrr
    FROM asked a, subscribed s WHERE s.ended_at IS NULL AND s.paused_at IS NOT NULL
),
stages AS (
    SELECT coalesce(jsonb_object_agg(stage, jsonb_build_array(customers, mrr)), '{}')::text AS overdue
    FROM (SELECT stage, count(*) AS customers, sum(billed) AS mrr FROM live WHERE stage IS NOT NULL GROUP BY stage) s
),
began AS (
    SELECT DISTINCT s.organization_id FROM asked a, subscribed s
    WHERE s.anchor_at < a.since AND (s.ended_at IS NULL OR s.ended_at >= a.since)
        AND s.held_back <> 'trial' AND (s.paused_at IS NULL OR s.paused_at >= a.since)
),
gone AS (
    SELECT DISTINCT ON (s.organization_id) s.organization_id, s.ended_unpaid,
        coalesce(s.billed_cents / 100.0, (a.prices ->> s.plan_key)::numeric) AS billed
    FROM asked a, subscribed s WHERE s.ended_at < a.until AND s.held_back <> 'trial'
        AND (s.paused_at IS NULL OR s.paused_at >= a.since)
    ORDER BY s.organization_id, s.ended_at DESC
),
churned AS (
    SELECT count(*) AS customers, count(*) FILTER (WHERE g.ended_unpaid) AS unpaid, coalesce(sum(g.billed), 0) AS mrr
    FROM began b JOIN gone g USING (organization_id), asked a
    WHERE NOT EXISTS (
        SELECT FROM subscribed s WHERE s.organization_id = b.organization_id AND s.anchor_at < a.until
            AND (s.ended_at IS NULL OR s.ended_at >= a.until))
),
passed AS (
    SELECT count(DISTINCT s.organization_id) AS customers FROM asked a, subscribed s
    WHERE s.anchor_at >= a.since AND s.ended_at < a.until AND s.ended_at > s.anchor_at
        AND s.organization_id NOT IN (SELECT organization_id FROM began)
        AND NOT EXISTS (SELECT FROM subscribed t WHERE t.organization_id = s.organization_id AND t.ended_at IS NULL)
),
contracted AS (
    SELECT count(DISTINCT c.organization_id) AS customers, coalesce(sum(c.before - c.after), 0) AS mrr
    FROM (
        SELECT v.organization_id, coalesce(before.price, (a.prices ->> (v.data ->> 'from'))::numeric) AS before,
            coalesce(after.price, (a.prices ->> (v.data ->> 'to'))::numeric) AS after
        FROM asked a JOIN audit_event v ON v.created_at >= a.since AND v.created_at < a.until AND v.kind = 'plan.changed'
        LEFT JOIN LATERAL (SELECT g.monthly_price AS price FROM plans_agreement g
            WHERE g.organization_id = v.organization_id AND g.plan_key = v.data ->> 'from' AND g.starts_at <= v.created_at
            ORDER BY g.starts_at DESC LIMIT 1) before ON true
        LEFT JOIN LATERAL (SELECT g.monthly_price AS price FROM plans_agreement g
            WHERE g.organization_id = v.organization_id AND g.plan_key = v.data ->> 'to' AND g.starts_at <= v.created_at
            ORDER BY g.starts_at DESC LIMIT 1) after ON true
        WHERE v.organization_id IN (SELECT organization_id FROM subscribed)
    ) c
    WHERE c.after BETWEEN 0.01 AND c.before - 0.01
),
moved AS (
    SELECT coalesce(-sum(e.outside) FILTER (
            WHERE e.kind IN ('grant', 'gift', 'adjust') AND b.source IS DISTINCT FROM 'overage'), 0) AS granted,
        coalesce(sum(e.outside) FILTER (WHERE e.kind = 'settle'), 0) AS burnt,
        coalesce(sum(e.outside) FILTER (
            WHERE e.kind = 'expire' AND b.source IS DISTINCT FROM 'overage'), 0) AS expired,
        coalesce(sum(e.outside) FILTER (WHERE e.kind IN ('clawback', 'debt', 'reinstate')), 0) AS clawed
    FROM asked a JOIN tokens_entry e ON e.created_at >= a.since AND e.created_at < a.until
    LEFT JOIN tokens_bucket b ON b.organization_id = e.organization_id AND b.id = e.bucket_id
    WHERE e.organization_id NOT IN (SELECT id FROM sandboxes)
),
tried AS (
    SELECT count(*) FILTER (WHERE t.started_at >= a.since AND t.started_at < a.until) AS begun,
        count(*) FILTER (WHERE t.ended_at IS NULL AND t.ends_at > clock_timestamp() + o.clock_offset) AS running,
        count(*) FILTER (WHERE t.ended_as = 'upgraded' AND t.ended_at >= a.since AND t.ended_at < a.until) AS upgraded
    FROM asked a, plans_trial t JOIN accounts_organization o ON o.id = t.organization_id
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
    m.granted, m.burnt, m.expired, m.clawed, o.tokens, o.debt,
    s.overdue, p.cancelling, p.mrr_cancelling, p.downgrading, p.mrr_downgrading,
    c.unpaid, c.mrr, t.customers, x.customers, x.mrr, r.begun, r.running, r.upgraded, h.customers, h.mrr
FROM paying p, paused h, stages s, churned c, passed t, contracted x, moved m, outstanding o, tried r
