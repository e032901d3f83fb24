CREATE OR REPLACE FUNCTION tokens_grant_many(p_grants jsonb, p_actor jsonb) RETURNS TABLE (organization uuid, granted_now boolean)
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
COMMENT ON FUNCTION tokens_grant_many(jsonb, jsonb) IS 'sha256:fe4130a4e0fd5294';
