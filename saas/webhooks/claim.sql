-- Claim deliveries that are due, for so many free lanes. Organizations take turns, then endpoints; each has a limit of
-- calls under way at once, so that slow receivers hold up themselves. An endpoint that fails has one call under way, and
-- all of those share some lanes. Parameters: calls an endpoint may have under way, calls an organization may have, calls
-- to all failing endpoints, free lanes, lease, the job under which deliveries are set aside.
WITH flying AS (
    SELECT d.organization_id, d.endpoint_id, count(*) AS calls, e.failing_since IS NOT NULL AS failing
    FROM webhooks_delivery d JOIN webhooks_endpoint e ON e.id = d.endpoint_id
    WHERE d.status = 'pending' AND d.claim_ends_at > now()
    GROUP BY d.organization_id, d.endpoint_id, e.failing_since IS NOT NULL
), waiting AS (
    SELECT e.organization_id, d.id, d.due_at, e.failing_since IS NOT NULL AS failing,
        row_number() OVER (PARTITION BY e.id ORDER BY d.due_at, d.seq) AS turn
    FROM webhooks_endpoint e
    LEFT JOIN flying f ON f.endpoint_id = e.id
    CROSS JOIN LATERAL (
        SELECT id, due_at, seq FROM webhooks_delivery
        WHERE endpoint_id = e.id AND status = 'pending' AND due_at <= now()
            AND (claim_ends_at IS NULL OR claim_ends_at <= now())
        ORDER BY due_at, seq
        LIMIT greatest(CASE WHEN e.failing_since IS NULL THEN %s ELSE 1 END - coalesce(f.calls, 0), 0)
    ) d
    WHERE e.off_because = ''
), turns AS (
    SELECT id, due_at, failing, row_number() OVER (PARTITION BY organization_id ORDER BY turn, due_at)
        + coalesce((SELECT sum(calls) FROM flying f WHERE f.organization_id = waiting.organization_id), 0) AS turn
    FROM waiting
), places AS (
    SELECT id, due_at, turn, failing, row_number() OVER (PARTITION BY failing ORDER BY turn, due_at)
        + coalesce((SELECT sum(calls) FROM flying f WHERE f.failing), 0) AS place
    FROM turns WHERE turn <= %s
), mine AS (
    -- Asked once more under the lock: another worker may have been faster.
    SELECT id FROM webhooks_delivery
    WHERE id IN (SELECT id FROM places WHERE NOT failing OR place <= %s ORDER BY turn, due_at LIMIT %s)
        AND status = 'pending' AND due_at <= now() AND (claim_ends_at IS NULL OR claim_ends_at <= now())
    FOR UPDATE SKIP LOCKED
)
UPDATE webhooks_delivery d SET claim_ends_at = now() + %s
FROM mine, webhooks_endpoint e
WHERE d.id = mine.id AND e.id = d.endpoint_id
RETURNING d.organization_id, d.endpoint_id, d.id, d.claim_ends_at, d.kind, d.failures, d.body, e.url,
    EXISTS (SELECT 1 FROM kernel_set_aside a WHERE a.job = %s AND a.item = d.id::text),
    ARRAY(SELECT encrypted FROM webhooks_secret s
        WHERE s.endpoint_id = e.id AND (s.ends_at IS NULL OR s.ends_at > now()) ORDER BY s.created_at DESC)
