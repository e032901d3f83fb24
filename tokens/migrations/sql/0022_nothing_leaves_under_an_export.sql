CREATE OR REPLACE FUNCTION tokens_history_is_exported(p_organization uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM audit_event
        WHERE organization_id = p_organization AND kind IN ('audit.exported', 'organization.exported')
            AND created_at > clock_timestamp() - interval '1 hour')
$$;
COMMENT ON FUNCTION tokens_history_is_exported(uuid) IS 'sha256:8a7aa2c31d78e839';

CREATE OR REPLACE FUNCTION tokens_history_end(
    p_organization uuid, p_before timestamptz, p_events int, OUT event_seq bigint, OUT entry_seq bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_event_from bigint := coalesce((SELECT b.event_seq FROM audit_beginning b WHERE b.organization_id = p_organization), 0);
    v_entry_from bigint := coalesce((SELECT b.entry_seq FROM audit_beginning b WHERE b.organization_id = p_organization), 0);
    v_before timestamptz := least(p_before, clock_timestamp() - interval '13 months', (
        SELECT least(tokens_period_since(a), (
            SELECT min(q.counted_since) FROM tokens_quota q WHERE q.organization_id = p_organization
        )) - o.clock_offset
        FROM tokens_account a JOIN accounts_organization o ON o.id = a.organization_id
        WHERE a.organization_id = p_organization
    ));
    v_last uuid;
    v_entries bigint;
BEGIN
    IF p_organization = '00000000-0000-0000-0000-000000000000' OR tokens_history_is_exported(p_organization) THEN
        RETURN;
    END IF;
    SELECT least(
        v_event_from + p_events, h.seq,
        coalesce((SELECT min(r.seq) FROM audit_reader_position r WHERE r.organization_id = p_organization), 0),
        (SELECT min(e.seq) - 1 FROM audit_event e
            WHERE e.organization_id = p_organization AND e.seq > v_event_from AND e.seq <= v_event_from + p_events
                AND e.created_at >= v_before),
        (SELECT min(e.seq) - 1 FROM audit_event e
            WHERE e.organization_id = p_organization AND e.seq > v_event_from AND e.seq <= v_event_from + p_events
                AND e.kind LIKE 'hold.%' AND (e.data ->> 'transaction')::uuid IN (
                    SELECT o.id FROM tokens_hold o WHERE o.organization_id = p_organization AND o.ended_at IS NULL)),
        (SELECT min(e.seq) - 1 FROM kernel_set_aside s JOIN audit_event e ON e.id::text = s.item
            WHERE s.organization_id = p_organization AND e.organization_id = p_organization))
    INTO event_seq
    FROM audit_chain_head h WHERE h.organization_id = p_organization;
    IF event_seq IS NULL OR event_seq <= v_event_from THEN
        event_seq := NULL;
        RETURN;
    END IF;
    -- Ids are numbered by time in both: an operation's entries are written with its event, and before it.
    SELECT e.id INTO v_last FROM audit_event e
    WHERE e.organization_id = p_organization AND e.seq = tokens_history_end.event_seq;
    -- An event has an entry or two, so this reads what belongs to the events, and not the rest of the ledger.
    v_entries := 4 * (tokens_history_end.event_seq - v_event_from) + 100;
    SELECT greatest(v_entry_from, least(
        v_entry_from + v_entries, a.entry_seq,
        (SELECT min(e.seq) - 1 FROM tokens_entry e
            WHERE e.organization_id = p_organization AND e.seq > v_entry_from AND e.seq <= v_entry_from + v_entries
                AND e.id > v_last),
        (SELECT min(e.seq) - 1 FROM tokens_hold o JOIN tokens_entry e ON e.organization_id = o.organization_id
            AND e.transaction_id = o.id WHERE o.organization_id = p_organization AND o.ended_at IS NULL)))
    INTO entry_seq
    FROM tokens_account a WHERE a.organization_id = p_organization;
END $$;
COMMENT ON FUNCTION tokens_history_end(uuid, timestamptz, int) IS 'sha256:5f4646d09d1f11a1';

CREATE OR REPLACE FUNCTION tokens_detach(
    p_text text, p_signature text, p_key text, p_actor jsonb, OUT events bigint, OUT entries bigint, OUT holds bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_opening jsonb := p_text::jsonb;
    v_organization uuid := v_opening ->> 'organization';
    v_event_seq bigint := v_opening ->> 'event_seq';
    v_entry_seq bigint := v_opening ->> 'entry_seq';
    v_event_from bigint;
    v_entry_from bigint;
    v_end record;
    v_holds uuid[];
    v_sha256 text;
BEGIN
    -- Two commands at once: the second finds its opening outdated. Holds wait for nothing here, old rows do not change.
    PERFORM pg_advisory_xact_lock(hashtextextended('history ' || v_organization, 0));
    SELECT coalesce(max(o.event_seq), 0), coalesce(max(o.entry_seq), 0) INTO v_event_from, v_entry_from
    FROM audit_opening o WHERE o.organization_id = v_organization;
    SELECT * INTO v_end
    FROM tokens_history_end(v_organization, (v_opening ->> 'before')::timestamptz, (v_event_seq - v_event_from)::int);
    IF v_end.event_seq IS DISTINCT FROM v_event_seq OR v_end.entry_seq IS DISTINCT FROM v_entry_seq THEN
        RAISE EXCEPTION 'this history is not over, or was detached meanwhile' USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT encode(sha256(convert_to(string_agg(l.line || E'\n', '' ORDER BY l.part, l.place), 'UTF8')), 'hex') INTO v_sha256
    FROM tokens_history_lines(v_organization, v_event_seq, v_entry_seq) l;
    IF p_text IS DISTINCT FROM (tokens_history_opening(v_organization, v_event_seq, v_entry_seq) || jsonb_build_object(
        'before', v_opening -> 'before', 'file', v_opening -> 'file', 'sha256', v_sha256))::text THEN
        RAISE EXCEPTION 'the opening is not what the history comes to' USING ERRCODE = 'restrict_violation';
    END IF;
    v_holds := ARRAY(SELECT tokens_history_holds(v_organization, v_event_seq, v_entry_seq));
    INSERT INTO audit_opening (id, organization_id, number, event_seq, entry_seq, text, signature, key, created_at)
    VALUES (uuidv7(), v_organization, (v_opening ->> 'number')::int, v_event_seq, v_entry_seq, p_text, p_signature, p_key,
        transaction_timestamp());
    DELETE FROM tokens_hold WHERE organization_id = v_organization AND id = ANY (v_holds);
    GET DIAGNOSTICS holds = ROW_COUNT;
    DELETE FROM tokens_entry WHERE organization_id = v_organization AND seq <= v_entry_seq;
    GET DIAGNOSTICS entries = ROW_COUNT;
    DELETE FROM audit_event WHERE organization_id = v_organization AND seq <= v_event_seq;
    GET DIAGNOSTICS events = ROW_COUNT;
    IF events <> v_event_seq - v_event_from OR entries <> v_entry_seq - v_entry_from THEN
        RAISE EXCEPTION 'this history has gaps: % events and % entries of % and %', events, entries,
            v_event_seq - v_event_from, v_entry_seq - v_entry_from USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM audit_append_to(v_organization, 'audit.detached', jsonb_build_object(
        'number', v_opening -> 'number', 'event_seq', v_event_seq, 'entry_seq', v_entry_seq,
        'file', v_opening -> 'file', 'sha256', v_sha256), p_actor, '');
    -- An export that was recorded meanwhile; one that is recorded later waits for the lock that the line above took.
    IF tokens_history_is_exported(v_organization) THEN
        RAISE EXCEPTION 'somebody exports this history' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;
COMMENT ON FUNCTION tokens_detach(text, text, text, jsonb) IS 'sha256:3292ffb1550eb916';
