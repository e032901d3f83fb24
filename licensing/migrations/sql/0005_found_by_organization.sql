CREATE OR REPLACE FUNCTION licensing_record_many(p_news jsonb, p_actor jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_locked uuid[] := organizations_lock(ARRAY(SELECT (n ->> 'organization')::uuid FROM jsonb_array_elements(p_news) n));
    v_told int;
    v_events jsonb;
BEGIN
    WITH told AS (
        UPDATE licensing_license l SET recorded_state = n.now_recorded, warned_state = n.now_warned
        FROM jsonb_to_recordset(p_news) AS n (
            organization uuid, past_due_at timestamptz, grace_until timestamptz, recorded text, warned text,
            now_recorded text, now_warned text, events jsonb)
        -- Found by the organization: where a payment run fails, thousands are overdue since the same instant.
        WHERE n.organization = ANY (v_locked) AND l.organization_id = n.organization
            AND l.past_due_at IS NOT DISTINCT FROM n.past_due_at
            AND l.grace_until IS NOT DISTINCT FROM n.grace_until
            AND l.recorded_state = n.recorded AND l.warned_state = n.warned
        RETURNING l.organization_id, n.events
    )
    SELECT count(DISTINCT told.organization_id), jsonb_agg(
        event || jsonb_build_object('organization', told.organization_id) ORDER BY place)
    INTO v_told, v_events
    FROM told, jsonb_array_elements(told.events) WITH ORDINALITY AS e (event, place);
    IF v_told > 0 THEN
        PERFORM audit_append_many(v_events, p_actor);
    END IF;
    RETURN v_told;
END $$;
COMMENT ON FUNCTION licensing_record_many(jsonb, jsonb) IS 'sha256:06ca5ff03f6b7a4c';
