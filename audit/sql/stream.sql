-- The event stream: one function writes it, triggers refuse everything else.
-- The head of a chain is in the organization's row, tokens_account: see OrganizationState in saas/accounts/models.py.

-- The newest event of each chain; a row that has no event yet is none.
CREATE VIEW audit_chain_head WITH (security_invoker = true) AS
SELECT organization_id, event_seq AS seq, event_hash AS hash FROM tokens_account WHERE event_seq > 0;

-- The exact text that is hashed: JSON with PostgreSQL's key order, times in UTC with microseconds.
CREATE FUNCTION audit_canonical(
    p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamptz,
    p_actor jsonb, p_reason text, p_data jsonb
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'organization', p_organization, 'seq', p_seq, 'id', p_id, 'kind', p_kind,
        'created_at', to_char(p_created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor', p_actor, 'reason', p_reason, 'data', p_data
    )::text
$$;

-- The hash of an event, which covers the hash of the one before.
CREATE FUNCTION audit_hash(
    p_before bytea, p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamptz,
    p_actor jsonb, p_reason text, p_data jsonb
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(p_before || convert_to(
        audit_canonical(p_organization, p_seq, p_id, p_kind, p_created_at, p_actor, p_reason, p_data), 'UTF8'))
$$;

-- Append one event to an organization's chain; the caller has the owner's rights and knows whose it is.
CREATE FUNCTION audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := uuidv7();
    v_now timestamptz;
BEGIN
    PERFORM organization_lock(p_organization);
    v_now := clock_timestamp();
    LOOP
        WITH head AS (
            UPDATE tokens_account SET
                event_seq = event_seq + 1,
                event_hash = audit_hash(
                    event_hash, p_organization, event_seq + 1, v_id, p_kind, v_now, p_actor, p_reason, p_data)
            WHERE organization_id = p_organization
            RETURNING event_seq, event_hash
        )
        INSERT INTO audit_event (id, organization_id, seq, kind, created_at, actor, reason, data, hash)
        SELECT v_id, p_organization, event_seq, p_kind, v_now, p_actor, p_reason, p_data, event_hash FROM head;
        EXIT WHEN FOUND;
        INSERT INTO tokens_account (organization_id) VALUES (p_organization);
    END LOOP;
    RETURN v_id;
END $$;

-- Append one event to the chain of the organization acted for: what the application calls.
CREATE FUNCTION audit_append(p_kind text, p_data jsonb, p_actor jsonb, p_reason text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_organization uuid := organization_acting();
    v_setting text := current_setting('app.current_org');
    v_id uuid;
BEGIN
    PERFORM set_config('app.current_org', v_organization::text, true);
    v_id := audit_append_to(v_organization, p_kind, p_data, p_actor, p_reason);
    PERFORM set_config('app.current_org', v_setting, true);
    RETURN v_id;
END $$;

-- Compare every event of the visible chains with what its hash should be, from each chain's opening on; one row a chain.
CREATE FUNCTION audit_verify() RETURNS TABLE (organization_id uuid, events bigint, broken_seq bigint, head_hash bytea)
LANGUAGE sql STABLE AS $$
    WITH opened AS (
        SELECT b.organization_id, b.event_seq AS seq, decode(b.opening ->> 'event_hash', 'hex') AS hash FROM audit_beginning b
    ), checked AS (
        SELECT e.organization_id, e.seq, e.hash,
            e.seq <> coalesce(o.seq, 0) + row_number() OVER chain
            OR e.hash <> audit_hash(coalesce(lag(e.hash) OVER chain, o.hash, ''), e.organization_id, e.seq, e.id, e.kind,
                e.created_at, e.actor, e.reason, e.data) AS broken
        FROM audit_event e LEFT JOIN opened o ON o.organization_id = e.organization_id
        WINDOW chain AS (PARTITION BY e.organization_id ORDER BY e.seq)
    ), chains AS (
        SELECT c.organization_id, count(*) AS events, min(c.seq) FILTER (WHERE c.broken) AS broken_seq, max(c.seq) AS last
        FROM checked c GROUP BY c.organization_id
    )
    SELECT coalesce(c.organization_id, h.organization_id), coalesce(c.events, 0),
        CASE
            WHEN c.broken_seq IS NOT NULL THEN c.broken_seq
            WHEN h.seq IS DISTINCT FROM coalesce(c.last, o.seq) OR h.hash IS DISTINCT FROM coalesce(l.hash, o.hash)
                THEN least(h.seq, coalesce(c.last, o.seq))
        END, h.hash
    FROM chains c
    FULL JOIN audit_chain_head h ON h.organization_id = c.organization_id
    LEFT JOIN opened o ON o.organization_id = coalesce(c.organization_id, h.organization_id)
    LEFT JOIN audit_event l ON l.organization_id = c.organization_id AND l.seq = c.last
$$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
