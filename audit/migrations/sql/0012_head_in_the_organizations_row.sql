DROP POLICY of_many ON audit_chain_head;

DROP POLICY of_organization ON audit_chain_head;

DROP POLICY of_system ON audit_chain_head;

-- squawk-ignore ban-drop-table
DROP TABLE audit_chain_head;

CREATE OR REPLACE FUNCTION audit_append_many(p_events jsonb, p_actor jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_organizations uuid[];
    v_turns bigint[];
    v_appended int;
    v_now timestamptz;
BEGIN
    -- Each chain grows by one event a turn: an event's hash needs the one before it.
    SELECT array_agg(organization ORDER BY place), array_agg(turn ORDER BY place) INTO v_organizations, v_turns
    FROM (
        SELECT organization, place, row_number() OVER (PARTITION BY organization ORDER BY place) AS turn
        FROM ROWS FROM (jsonb_to_recordset(p_events) AS (organization uuid)) WITH ORDINALITY AS e (organization, place)
    ) events;
    PERFORM organization_lock(o) FROM (SELECT DISTINCT o FROM unnest(v_organizations) o ORDER BY o) locks;
    INSERT INTO tokens_account (organization_id)
    SELECT DISTINCT o FROM unnest(v_organizations) o
    WHERE NOT EXISTS (SELECT FROM tokens_account state WHERE state.organization_id = o);
    FOR v_turn IN 1 .. coalesce((SELECT max(t) FROM unnest(v_turns) t), 0) LOOP
        v_now := clock_timestamp();
        WITH event AS MATERIALIZED (
            SELECT uuidv7() AS id, e.organization, e.kind, e.data, coalesce(e.reason, '') AS reason
            FROM ROWS FROM (
                jsonb_to_recordset(p_events) AS (organization uuid, kind text, data jsonb, reason text), unnest(v_turns)
            ) AS e (organization, kind, data, reason, turn)
            WHERE e.turn = v_turn
        ), head AS (
            UPDATE tokens_account state SET
                event_seq = state.event_seq + 1,
                event_hash = audit_hash(state.event_hash, state.organization_id, state.event_seq + 1,
                    e.id, e.kind, v_now, p_actor, e.reason, e.data)
            FROM event e WHERE state.organization_id = e.organization
            RETURNING e.id, e.kind, e.data, e.reason, state.organization_id, state.event_seq, state.event_hash
        )
        INSERT INTO audit_event (id, organization_id, seq, kind, created_at, actor, reason, data, hash)
        SELECT id, organization_id, event_seq, kind, v_now, p_actor, reason, data, event_hash FROM head;
        GET DIAGNOSTICS v_appended = ROW_COUNT;
        IF v_appended <> (SELECT count(*) FROM unnest(v_turns) t WHERE t = v_turn) THEN
            RAISE EXCEPTION 'events for organizations that are not acted for' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION audit_append_many(jsonb, jsonb) IS 'sha256:caa037242be7c655';

CREATE OR REPLACE VIEW audit_chain_head WITH (security_invoker = true) AS
SELECT organization_id, event_seq AS seq, event_hash AS hash FROM tokens_account WHERE event_seq > 0;
COMMENT ON VIEW audit_chain_head IS 'sha256:68eb565c1da9ea72';

CREATE OR REPLACE FUNCTION audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text)
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
COMMENT ON FUNCTION audit_append_to(uuid, text, jsonb, jsonb, text) IS 'sha256:4c100b823127a582';
