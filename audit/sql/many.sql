-- Append events to the chains of many organizations: `p_events` is [{organization, kind, data, reason}], in the order of
-- each chain. For app_system only, which reads all chains and writes none itself.
CREATE FUNCTION audit_append_many(p_events jsonb, p_actor jsonb) RETURNS void
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

-- What the owner's functions see and write of many organizations: when the system calls them, and acts for no organization
-- in particular. It cannot be pretended: only jobs may become app_system.
CREATE POLICY of_many ON audit_event TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
