-- The ledger of many organizations in few statements, for app_system alone: what the jobs do to all that is ordinary.
-- The same lines, events and totals as the functions over one organization write; what is not ordinary is left to those.

-- Which of these organizations, whose locks the caller has, are ordinary: open, on the database's clock, without debt,
-- and with one late hold at most.
CREATE FUNCTION tokens_ordinary(p_organizations uuid[], p_now timestamptz) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(a.organization_id), '{}')
    FROM tokens_account a JOIN accounts_organization o ON o.id = a.organization_id
    WHERE a.organization_id = ANY (p_organizations) AND a.debt = 0 AND o.clock_offset = '0' AND o.closed_at IS NULL
        AND NOT EXISTS (
            SELECT FROM tokens_hold h
            WHERE h.organization_id = a.organization_id AND h.ended_at IS NULL AND h.expires_at <= p_now OFFSET 1)
$$;

-- tokens_post for many: `p_lines` is [{organization, kind, tokens, held, bucket, transaction, operation, user}], in order.
CREATE FUNCTION tokens_post_many(p_lines jsonb, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_posted int;
BEGIN
    WITH line AS MATERIALIZED (
        SELECT l.*, a.entry_seq + row_number() OVER chain AS seq, a.available + sum(l.tokens) OVER chain AS balance
        FROM ROWS FROM (jsonb_to_recordset(p_lines) AS (
            organization uuid, kind text, tokens int, held int, bucket uuid, transaction uuid, operation text, "user" uuid
        )) WITH ORDINALITY AS l (organization, kind, tokens, held, bucket, transaction, operation, "user", place)
        JOIN tokens_account a ON a.organization_id = l.organization
        JOIN tokens_bucket b ON b.organization_id = l.organization AND b.id = l.bucket
        WINDOW chain AS (PARTITION BY l.organization ORDER BY l.place)
    ), bucket AS (
        UPDATE tokens_bucket b SET remaining = b.remaining + l.tokens, held = b.held + l.held
        FROM (
            SELECT organization, bucket, sum(tokens) AS tokens, sum(held) AS held FROM line GROUP BY organization, bucket
        ) l
        WHERE b.organization_id = l.organization AND b.id = l.bucket
    ), account AS (
        UPDATE tokens_account a SET
            available = a.available + l.tokens, held = a.held + l.held, entry_seq = a.entry_seq + l.lines
        FROM (
            SELECT organization, sum(tokens) AS tokens, sum(held) AS held, count(*) AS lines FROM line GROUP BY organization
        ) l
        WHERE a.organization_id = l.organization
    )
    INSERT INTO tokens_entry (
        id, organization_id, seq, kind, tokens, held, debt, outside, balance_after,
        bucket_id, transaction_id, operation, user_id, created_at)
    SELECT uuidv7(), organization, seq, kind, tokens, held, 0, -tokens - held, balance,
        bucket, transaction, coalesce(operation, ''), "user", p_now
    FROM line ORDER BY place;
    GET DIAGNOSTICS v_posted = ROW_COUNT;
    IF v_posted <> jsonb_array_length(p_lines) THEN
        RAISE EXCEPTION 'lines for organizations that are not acted for' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- tokens_expire for many that are ordinary: each one's late hold, then its buckets whose time is over.
CREATE FUNCTION tokens_expire_many(p_organizations uuid[], p_now timestamptz, p_actor jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_late uuid[];
    v_lines jsonb;
    v_buckets uuid[];
    v_expired jsonb;
    v_ended jsonb;
BEGIN
    v_late := ARRAY(
        SELECT h.id FROM unnest(p_organizations) o, LATERAL (
            SELECT id FROM tokens_hold WHERE organization_id = o AND ended_at IS NULL AND expires_at <= p_now OFFSET 0
        ) h);
    WITH part AS MATERIALIZED (
        SELECT e.organization_id, e.bucket_id, e.held, e.seq, h.id, h.operation, h.user_id
        FROM tokens_hold h JOIN tokens_entry e
            ON e.organization_id = h.organization_id AND e.transaction_id = h.id AND e.kind = 'hold'
        WHERE h.organization_id = ANY (p_organizations) AND h.id = ANY (v_late)
    ), due AS MATERIALIZED (
        SELECT b.organization_id, b.id, b.remaining + coalesce(p.held, 0) AS unspent,
            row_number() OVER (ORDER BY b.expires_at, b.id) AS place
        FROM tokens_bucket b LEFT JOIN part p ON p.organization_id = b.organization_id AND p.bucket_id = b.id
        WHERE b.organization_id = ANY (p_organizations) AND b.expires_at <= p_now
            AND (b.expired_at IS NULL OR b.remaining + coalesce(p.held, 0) > 0)
    ), line AS (
        SELECT 1 AS step, seq AS place, jsonb_build_object('organization', organization_id, 'kind', 'release',
            'tokens', held, 'held', -held, 'bucket', bucket_id, 'transaction', id, 'operation', operation,
            'user', user_id) AS written
        FROM part
        UNION ALL
        SELECT 2, place, jsonb_build_object('organization', organization_id, 'kind', 'expire',
            'tokens', -unspent, 'held', 0, 'bucket', id)
        FROM due WHERE unspent > 0
    )
    SELECT (SELECT jsonb_agg(written ORDER BY step, place) FROM line), (SELECT array_agg(id) FROM due), (
        SELECT jsonb_agg(jsonb_build_object('organization', organization_id, 'kind', 'tokens.expired',
            'data', jsonb_build_object('bucket', id, 'tokens', unspent)) ORDER BY place)
        FROM due WHERE unspent > 0)
    INTO v_lines, v_buckets, v_expired;
    IF v_lines IS NOT NULL THEN
        PERFORM tokens_post_many(v_lines, p_now);
    END IF;
    IF v_buckets IS NOT NULL THEN
        UPDATE tokens_bucket SET expired_at = p_now
        WHERE organization_id = ANY (p_organizations) AND id = ANY (v_buckets);
    END IF;
    WITH ended AS (
        UPDATE tokens_hold SET status = 'expired', settled_tokens = 0, ended_at = p_now
        WHERE organization_id = ANY (p_organizations) AND id = ANY (v_late)
        RETURNING tokens_hold.*
    ), returned AS (
        UPDATE tokens_quota q SET used_tokens = greatest(q.used_tokens - h.tokens, 0)
        FROM ended h
        WHERE q.organization_id = h.organization_id AND q.counted_since <= h.created_at
            AND q.subject_id IN (h.organization_id, h.department_id, h.user_id)
    )
    SELECT jsonb_agg(jsonb_build_object(
        'organization', organization_id, 'kind', 'hold.expired', 'data', tokens_hold_ended(ended, 0)))
    INTO v_ended FROM ended;
    IF v_expired IS NOT NULL OR v_ended IS NOT NULL THEN
        PERFORM audit_append_many(coalesce(v_expired, '[]') || coalesce(v_ended, '[]'), p_actor);
    END IF;
END $$;

-- tokens_grant for many: `p_grants` is [{organization, source, tokens, expires_at, key, reason, period_started_at}], one an
-- organization. Serves those that are ordinary and that nobody is writing to; returns these, and which have it from now on.
-- Bucket, totals, line and event are one statement, as of a hold.
CREATE FUNCTION tokens_grant_many(p_grants jsonb, p_actor jsonb) RETURNS TABLE (organization uuid, granted_now boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_locked uuid[] := organizations_lock(ARRAY(SELECT (g ->> 'organization')::uuid FROM jsonb_array_elements(p_grants) g));
    v_now timestamptz := clock_timestamp();
    v_ordinary uuid[] := tokens_ordinary(v_locked, v_now);
    v_served uuid[];
    v_new uuid[];
    v_event_at timestamptz;
    v_granted int;
BEGIN
    v_served := ARRAY(
        SELECT g.organization FROM jsonb_to_recordset(p_grants) AS g (organization uuid, tokens int, expires_at timestamptz)
        WHERE g.organization = ANY (v_ordinary) AND g.tokens > 0 AND (g.expires_at > v_now OR g.expires_at IS NULL));
    v_new := ARRAY(
        SELECT g.organization FROM jsonb_to_recordset(p_grants) AS g (organization uuid, key text)
        WHERE g.organization = ANY (v_served) AND NOT EXISTS (
            SELECT FROM tokens_bucket b WHERE b.organization_id = g.organization AND b.business_key = g.key));
    PERFORM tokens_expire_many(v_new, v_now, p_actor);
    v_event_at := clock_timestamp();
    WITH wanted AS MATERIALIZED (
        SELECT g.*, uuidv7() AS bucket, uuidv7() AS event
        FROM jsonb_to_recordset(p_grants) AS g (
            organization uuid, source text, tokens int, expires_at timestamptz, key text, reason text,
            period_started_at timestamptz)
        WHERE g.organization = ANY (v_new)
    ), told AS MATERIALIZED (
        SELECT w.*, jsonb_build_object('bucket', bucket, 'source', source, 'tokens', tokens, 'expires_at', expires_at,
            'business_key', key, 'repaid', 0) AS data
        FROM wanted w
    ), state AS (
        UPDATE tokens_account a SET
            available = a.available + t.tokens, entry_seq = a.entry_seq + 1,
            period_started_at = coalesce(t.period_started_at, a.period_started_at),
            resets_at = CASE WHEN t.period_started_at IS NULL THEN a.resets_at ELSE t.expires_at END,
            event_seq = a.event_seq + 1, event_hash = audit_hash(a.event_hash, a.organization_id, a.event_seq + 1,
                t.event, 'tokens.granted', v_event_at, p_actor, t.reason, t.data)
        FROM told t WHERE a.organization_id = t.organization
        RETURNING t.*, a.available, a.entry_seq, a.event_seq, a.event_hash
    ), bucket AS (
        INSERT INTO tokens_bucket (id, organization_id, source, granted, remaining, held, clawed, clawed_debt, expires_at,
            business_key, reason, created_at)
        SELECT bucket, organization, source, tokens, tokens, 0, 0, 0, expires_at, key, reason, v_now FROM state
    ), line AS (
        INSERT INTO tokens_entry (
            id, organization_id, seq, kind, tokens, held, debt, outside, balance_after, bucket_id, operation, user_id, created_at)
        SELECT event, organization, entry_seq,
            CASE source WHEN 'gift' THEN 'gift' WHEN 'adjustment' THEN 'adjust' ELSE 'grant' END,
            tokens, 0, 0, -tokens, available, bucket, '', (p_actor ->> 'user_id')::uuid, v_now
        FROM state
    )
    INSERT INTO audit_event (id, organization_id, seq, kind, created_at, actor, reason, data, hash)
    SELECT event, organization, event_seq, 'tokens.granted', v_event_at, p_actor, reason, data, event_hash FROM state;
    GET DIAGNOSTICS v_granted = ROW_COUNT;
    IF v_granted <> cardinality(v_new) THEN
        RAISE EXCEPTION 'grants for organizations that are not acted for' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT o, o = ANY (v_new) FROM unnest(v_served) o;
END $$;

-- As in audit/sql/many.sql.
CREATE POLICY of_many ON tokens_account TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON tokens_bucket TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON tokens_entry TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON tokens_hold TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON tokens_quota TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
