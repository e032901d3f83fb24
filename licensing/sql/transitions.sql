-- Record what licenses have come to and append the events that tell it, to organizations nobody is writing to.
-- News was worked out before the lock was taken: it counts only where the facts are still the same.
-- Returns how many licenses had news. Runs as app_system for many, or for the organization acted for.
CREATE FUNCTION licensing_tell(p_news jsonb, p_actor jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_setting text := current_setting('app.current_org', true);
    v_news record;
    v_event jsonb;
    v_told int := 0;
BEGIN
    FOR v_news IN
        SELECT * FROM jsonb_to_recordset(p_news) AS n (
            organization uuid, past_due_at timestamptz, grace_until timestamptz, recorded text, warned text,
            now_recorded text, now_warned text, events jsonb)
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended(v_news.organization::text, 0));
        PERFORM set_config('app.current_org', v_news.organization::text, true);
        UPDATE licensing_license SET recorded_state = v_news.now_recorded, warned_state = v_news.now_warned
        WHERE organization_id = v_news.organization AND past_due_at = v_news.past_due_at
            AND grace_until IS NOT DISTINCT FROM v_news.grace_until
            AND recorded_state = v_news.recorded AND warned_state = v_news.warned;
        CONTINUE WHEN NOT FOUND;
        v_told := v_told + 1;
        FOR v_event IN SELECT * FROM jsonb_array_elements(v_news.events) LOOP
            PERFORM audit_append(v_event ->> 'kind', v_event -> 'data', p_actor, '');
        END LOOP;
    END LOOP;
    PERFORM set_config('app.current_org', coalesce(v_setting, ''), true);
    RETURN v_told;
END $$;

-- licensing_tell for many organizations in few statements. Runs as app_system.
CREATE FUNCTION licensing_record_many(p_news jsonb, p_actor jsonb) RETURNS int LANGUAGE plpgsql AS $$
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
