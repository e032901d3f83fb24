-- Who was refused for want of tokens since an instant, and what they did about it afterwards.
-- Events are numbered by time (UUIDv7), so the primary key finds the newest without reading the rest.
WITH refused AS (
    SELECT organization_id, count(*) AS refusals, min(created_at) AS first_at, max(created_at) AS last_at
    FROM audit_event
    WHERE id >= (SELECT uuidv7(%(since)s - clock_timestamp() - interval '1 second'))
        AND created_at >= %(since)s AND kind = 'operation.refused' AND data ->> 'code' = 'insufficient_tokens'
    GROUP BY organization_id
),
bought AS (
    SELECT o.organization_id, count(*) AS packs, sum(o.amount) AS amount, min(o.paid_at) AS first_at
    FROM refused r JOIN marketplace_order o ON o.organization_id = r.organization_id
        AND o.mode = %(mode)s AND o.status = 'paid' AND o.paid_at >= r.first_at
    GROUP BY o.organization_id
),
upgraded AS (
    SELECT v.organization_id, (array_agg(v.data ->> 'to' ORDER BY v.seq DESC))[1] AS plan_key
    FROM refused r JOIN audit_event v ON v.organization_id = r.organization_id
        AND v.kind = 'plan.changed' AND v.created_at >= r.first_at
        AND (%(ranks)s::jsonb ->> (v.data ->> 'to'))::int > (%(ranks)s::jsonb ->> (v.data ->> 'from'))::int
    GROUP BY v.organization_id
)
SELECT r.organization_id, o.name, coalesce(s.plan_key, t.plan_key, %(free_plan)s), r.refusals, r.first_at, r.last_at,
    coalesce(a.available, 0), coalesce(b.packs, 0), coalesce(b.amount, 0), coalesce(u.plan_key, ''), b.first_at,
    s.plan_key IS NULL AND t.plan_key IS NOT NULL
FROM refused r
JOIN accounts_organization o ON o.id = r.organization_id AND o.sandbox_of_id IS NULL
LEFT JOIN plans_subscription s ON s.organization_id = r.organization_id AND s.ended_at IS NULL
LEFT JOIN plans_trial t ON t.organization_id = r.organization_id AND t.ended_at IS NULL
    AND t.ends_at > clock_timestamp() + o.clock_offset
LEFT JOIN tokens_account a ON a.organization_id = r.organization_id
LEFT JOIN bought b ON b.organization_id = r.organization_id
LEFT JOIN upgraded u ON u.organization_id = r.organization_id
ORDER BY (b.packs IS NOT NULL OR u.plan_key IS NOT NULL), r.refusals DESC, r.organization_id
LIMIT %(limit)s
