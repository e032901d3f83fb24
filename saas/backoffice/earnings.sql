-- What was paid and what AI cost between two instants, over all organizations but sandboxes: one row for the whole, for each plan,
-- pack and other source of tokens, for each feature, and for each organization. Dollars; tokens are whole.
--
-- Money counts when it is paid, without tax, less what was given back of it since; the fees of its disputes are among its fees. A hold counts when it ends, with every attempt
-- made for it, failed and absorbed ones too. Its measured cost is the buckets' that it was taken from, in proportion;
-- a feature's revenue is its share of each organization's, in proportion to the tokens it spent there.
WITH sandboxes AS (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL),
paid AS (
    SELECT p.organization_id,
        CASE WHEN o.id IS NULL THEN 'plan' ELSE 'pack' END AS kind, coalesce(o.pack_key, p.plan_key) AS key,
        (p.paid_cents - p.tax_cents) / 100.0 AS paid,
        coalesce(round(p.reversed_cents * (p.paid_cents - p.tax_cents)::numeric / nullif(p.paid_cents, 0)), 0) / 100.0 AS reversed,
        round(p.paid_cents * %(fee_percent)s / 10000, 2) + CASE WHEN p.paid_cents > 0 THEN %(fee_fixed)s ELSE 0 END
            + p.dispute_fee_cents / 100.0 AS fees
    FROM marketplace_payment p
    LEFT JOIN marketplace_order o ON o.organization_id = p.organization_id AND o.id = p.order_id
    WHERE p.mode = %(mode)s AND p.paid_at >= %(since)s AND p.paid_at < %(until)s
        AND p.organization_id NOT IN (SELECT id FROM sandboxes)
),
did AS MATERIALIZED (
    SELECT h.organization_id, h.id, h.operation, h.tokens, h.settled_tokens, h.created_at, h.ended_at, count(r.id) AS attempts,
        coalesce(sum(r.cost_usd), 0) AS cost, count(r.id) FILTER (WHERE r.cost_usd IS NULL) AS unpriced
    FROM tokens_hold h
    LEFT JOIN metering_attempt r ON r.organization_id = h.organization_id AND r.transaction_id = h.id
    WHERE h.ended_at >= %(since)s AND h.ended_at < %(until)s
        AND h.organization_id NOT IN (SELECT id FROM sandboxes)
    GROUP BY h.organization_id, h.id, h.operation, h.tokens, h.settled_tokens, h.created_at, h.ended_at
),
worked AS (
    SELECT organization_id, operation, sum(settled_tokens) AS tokens, sum(attempts) AS attempts, sum(cost) AS cost,
        sum(unpriced) AS unpriced
    FROM did GROUP BY organization_id, operation
),
burnt AS (
    SELECT e.organization_id, e.bucket_id, coalesce(-sum(e.held) FILTER (WHERE e.kind = 'settle'), 0) AS tokens,
        sum(d.attempts * e.held::numeric / d.tokens) FILTER (WHERE e.kind = 'hold') AS attempts,
        sum(d.cost * e.held / d.tokens) FILTER (WHERE e.kind = 'hold') AS cost,
        sum(d.unpriced * e.held::numeric / d.tokens) FILTER (WHERE e.kind = 'hold') AS unpriced
    FROM did d
    JOIN tokens_entry e ON e.organization_id = d.organization_id AND e.transaction_id = d.id AND e.kind IN ('hold', 'settle')
        AND e.created_at >= (SELECT min(least(created_at, ended_at)) FROM did)  -- older entries need not be read
    GROUP BY e.organization_id, e.bucket_id
),
-- What trials burn is a line of its own among the others. A plan's bucket names its plan: "pro allowance", "pro rollover", or the key of the upgrade that granted it.
sourced AS (
    SELECT
        CASE WHEN b.source = 'plan' THEN 'plan' WHEN o.id IS NOT NULL THEN 'pack' ELSE 'other' END AS kind,
        CASE
            WHEN b.source = 'plan' AND b.business_key LIKE 'upgrade:%%' THEN substring(b.business_key FROM '[^:]+$')
            WHEN b.source = 'plan' THEN split_part(b.reason, ' ', 1)
            WHEN b.business_key LIKE 'trial:%%' THEN 'trial'
            ELSE coalesce(o.pack_key, b.source)
        END AS key,
        s.tokens, coalesce(s.attempts, 0) AS attempts, coalesce(s.cost, 0) AS cost, coalesce(s.unpriced, 0) AS unpriced
    FROM burnt s
    JOIN tokens_bucket b ON b.organization_id = s.organization_id AND b.id = s.bucket_id
    LEFT JOIN marketplace_payment p ON p.organization_id = b.organization_id AND p.business_key = b.business_key
        AND p.order_id IS NOT NULL
    LEFT JOIN marketplace_order o ON o.organization_id = p.organization_id AND o.id = p.order_id
),
by_organization AS (
    SELECT organization_id, coalesce(p.paid, 0) AS paid, coalesce(p.reversed, 0) AS reversed, coalesce(p.fees, 0) AS fees,
        coalesce(w.tokens, 0) AS tokens, coalesce(w.attempts, 0) AS attempts, coalesce(w.cost, 0) AS cost,
        coalesce(w.unpriced, 0) AS unpriced
    FROM (SELECT organization_id, sum(paid) AS paid, sum(reversed) AS reversed, sum(fees) AS fees FROM paid GROUP BY 1) p
    FULL JOIN (
        SELECT organization_id, sum(tokens) AS tokens, sum(attempts) AS attempts, sum(cost) AS cost, sum(unpriced) AS unpriced
        FROM worked GROUP BY 1
    ) w USING (organization_id)
),
lines AS (
    SELECT 'total' AS kind, '' AS key, paid, reversed, fees, tokens, attempts, cost, unpriced FROM by_organization
    UNION ALL SELECT kind, key, paid, reversed, fees, 0, 0, 0, 0 FROM paid
    UNION ALL SELECT kind, key, 0, 0, 0, tokens, attempts, cost, unpriced FROM sourced
    UNION ALL
    SELECT 'feature', w.operation, o.paid * share, o.reversed * share, o.fees * share, w.tokens, w.attempts, w.cost, w.unpriced
    FROM worked w JOIN by_organization o USING (organization_id),
        LATERAL (SELECT coalesce(w.tokens::numeric / nullif(o.tokens, 0), 0) AS share) s
    UNION ALL SELECT 'feature', '', paid, reversed, fees, 0, 0, 0, 0 FROM by_organization WHERE tokens = 0
    UNION ALL
    (SELECT 'organization', organization_id::text, paid, reversed, fees, tokens, attempts, cost, unpriced
    FROM by_organization ORDER BY paid - reversed - tokens * %(token_cost)s, organization_id LIMIT %(organizations)s)
)
SELECT l.kind, l.key, max(o.name), sum(l.paid), sum(l.reversed), sum(l.fees), sum(l.tokens), sum(l.attempts), sum(l.cost),
    sum(l.unpriced)
FROM lines l LEFT JOIN accounts_organization o ON l.kind = 'organization' AND o.id::text = l.key
GROUP BY l.kind, l.key
