-- What can be spent.

-- What the organization acted for can spend right now: expired buckets do not count, expired holds count as free.
-- `overage` is the part of `available` that costs money as it is spent.
CREATE FUNCTION tokens_position(OUT available int, OUT held int, OUT debt int, OUT frozen int, OUT overage int)
LANGUAGE sql STABLE AS $$
    WITH late AS (
        SELECT e.bucket_id, sum(e.held)::int AS tokens
        FROM tokens_hold h JOIN tokens_entry e
            ON e.organization_id = h.organization_id AND e.transaction_id = h.id AND e.kind = 'hold'
        WHERE h.organization_id = organization_acting() AND h.ended_at IS NULL AND h.expires_at <= organization_now()
        GROUP BY e.bucket_id
    ), live AS (
        SELECT b.remaining + coalesce(l.tokens, 0) AS tokens,
            b.frozen_at IS NOT NULL
                OR (a.suspended_at IS NOT NULL AND b.source IN ('purchase', 'gift', 'overage')) AS frozen,
            b.source = 'overage' AS overage
        FROM tokens_account a JOIN tokens_bucket b ON b.organization_id = a.organization_id LEFT JOIN late l ON l.bucket_id = b.id
        WHERE a.organization_id = organization_acting()
            AND (b.remaining > 0 OR l.tokens > 0) AND (b.expires_at IS NULL OR b.expires_at > organization_now())
    )
    SELECT
        coalesce((SELECT sum(tokens) FROM live WHERE NOT frozen), 0)::int,
        a.held - coalesce((SELECT sum(tokens) FROM late), 0)::int, a.debt,
        coalesce((SELECT sum(tokens) FROM live WHERE frozen), 0)::int,
        coalesce((SELECT sum(tokens) FROM live WHERE overage AND NOT frozen), 0)::int
    FROM tokens_account a WHERE a.organization_id = organization_acting()
$$;
