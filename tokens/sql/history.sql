-- Detaching: the oldest events, entries and ended holds of an organization leave for a file, and an opening stays that
-- says what they came to. docs/scaling.md tells of it, tokens/history.py writes the files.

-- The ledger from its first line on: an entry is one line; of those that were detached, what they came to.
-- `created_at` of these is null but where a debt was repaid when the bucket was granted.
CREATE VIEW tokens_history WITH (security_invoker = true) AS
SELECT organization_id, bucket_id, transaction_id, kind::text AS kind, created_at,
    1::bigint AS lines, tokens::bigint AS tokens, held::bigint AS held, debt::bigint AS debt
FROM tokens_entry
UNION ALL
SELECT b.organization_id, l.bucket, l.transaction, l.kind, l.at, l.lines, l.tokens, l.held, l.debt
FROM audit_beginning b, jsonb_to_recordset(b.opening -> 'entries') AS l (
    bucket uuid, transaction uuid, kind text, at timestamptz, lines bigint, tokens bigint, held bigint, debt bigint);

-- What events say of holds, grants and expiries, from the first event on, by the hold or the bucket.
CREATE VIEW tokens_history_events WITH (security_invoker = true) AS
SELECT organization_id, kind::text AS kind, coalesce(data ->> 'transaction', data ->> 'bucket')::uuid AS subject_id,
    1::bigint AS lines, (data ->> 'tokens')::bigint AS tokens
FROM audit_event WHERE kind LIKE 'hold.%' OR kind IN ('tokens.granted', 'tokens.expired')
UNION ALL
SELECT b.organization_id, l.kind, l.subject, l.lines, l.tokens
FROM audit_beginning b, jsonb_to_recordset(b.opening -> 'events') AS l (
    kind text, subject uuid, lines bigint, tokens bigint);

-- Whether somebody takes the organization's data or audit log out: a long download reads piece by piece, and nothing
-- leaves while it may run. By now(), which an index can be asked by; clock_timestamp() would have all events looked at.
CREATE FUNCTION tokens_history_is_exported(p_organization uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM audit_event
        WHERE organization_id = p_organization AND kind IN ('audit.exported', 'organization.exported')
            AND created_at > now() - interval '1 hour')
$$;

-- Up to which event and entry an organization's history can be detached, p_events more at most: what is older than
-- p_before and than 13 months; what quotas and the allowance period still count, what a reader of the stream has not
-- read or has set aside, and everything from the first line of an open hold on, stays: its end reads what it took from
-- which bucket. Null where that is nothing, while somebody exports it, and for Milepost's own chain, which nothing leaves.
CREATE FUNCTION tokens_history_end(
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

-- The holds that are over by these numbers: everything that was written of them is up to there, or was detached before.
CREATE FUNCTION tokens_history_holds(p_organization uuid, p_event_seq bigint, p_entry_seq bigint) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    -- One aggregate over lines and events together: joined, they would be compared one by one.
    WITH written AS (
        SELECT l.transaction AS id, l.kind, 1::bigint AS lines, l.tokens, l.held
        FROM audit_beginning b, jsonb_to_recordset(b.opening -> 'entries') AS l (
            transaction uuid, kind text, tokens bigint, held bigint)
        WHERE b.organization_id = p_organization AND l.transaction IS NOT NULL
        UNION ALL
        SELECT transaction_id, kind, 1, tokens, held FROM tokens_entry
        WHERE organization_id = p_organization AND seq <= p_entry_seq AND transaction_id IS NOT NULL
        UNION ALL
        SELECT l.subject, l.kind, l.lines, 0, 0
        FROM audit_beginning b, jsonb_to_recordset(b.opening -> 'events') AS l (subject uuid, kind text, lines bigint)
        WHERE b.organization_id = p_organization AND l.kind LIKE 'hold.%'
        UNION ALL
        SELECT (data ->> 'transaction')::uuid, kind, 1, 0, 0 FROM audit_event
        WHERE organization_id = p_organization AND seq <= p_event_seq AND kind LIKE 'hold.%'
    ), sums AS MATERIALIZED (
        SELECT id,
            coalesce(sum(held) FILTER (WHERE kind = 'hold'), 0) AS held,
            coalesce(-sum(held) FILTER (WHERE kind = 'settle'), 0) AS settled,
            coalesce(sum(tokens) FILTER (WHERE kind = 'release'), 0) AS released,
            coalesce(sum(lines) FILTER (WHERE kind = 'hold.placed'), 0) AS placed,
            coalesce(sum(lines) FILTER (WHERE kind IN ('hold.settled', 'hold.released', 'hold.expired', 'hold.revoked')), 0)
                AS ended,
            coalesce(sum(lines) FILTER (WHERE kind = 'hold.absorbed'), 0) AS absorbed
        FROM written GROUP BY id
    )
    SELECT h.id FROM sums s JOIN tokens_hold h ON h.organization_id = p_organization AND h.id = s.id
    WHERE h.ended_at IS NOT NULL
        AND s.held = h.tokens AND s.settled = h.settled_tokens AND s.released = h.tokens - h.settled_tokens
        AND s.placed = 1 AND s.ended = 1 AND s.absorbed = (h.absorbed_tokens > 0)::int
    ORDER BY h.id
$$;

-- What the history up to these numbers comes to, that which was detached before included. Of holds that go, buckets keep
-- the sums; a hold that stays keeps its own lines.
CREATE FUNCTION tokens_history_opening(p_organization uuid, p_event_seq bigint, p_entry_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
    WITH going AS MATERIALIZED (
        SELECT tokens_history_holds AS id FROM tokens_history_holds(p_organization, p_event_seq, p_entry_seq)
    ), lines AS (
        SELECT l.* FROM audit_beginning b, jsonb_to_recordset(b.opening -> 'entries') AS l (
            bucket uuid, transaction uuid, kind text, at timestamptz, lines bigint, tokens bigint, held bigint, debt bigint)
        WHERE b.organization_id = p_organization
        UNION ALL
        SELECT e.bucket_id, e.transaction_id, e.kind,
            CASE WHEN e.kind = 'repay' AND e.created_at = b.created_at THEN e.created_at END, 1, e.tokens, e.held, e.debt
        FROM tokens_entry e LEFT JOIN tokens_bucket b ON b.organization_id = e.organization_id AND b.id = e.bucket_id
        WHERE e.organization_id = p_organization AND e.seq <= p_entry_seq
    ), entries AS (
        SELECT l.bucket, CASE WHEN g.id IS NULL THEN l.transaction END AS transaction, l.kind, l.at,
            sum(l.lines)::bigint AS lines, sum(l.tokens)::bigint AS tokens, sum(l.held)::bigint AS held,
            sum(l.debt)::bigint AS debt
        FROM lines l LEFT JOIN going g ON g.id = l.transaction GROUP BY 1, 2, 3, 4
    ), words AS (
        SELECT l.* FROM audit_beginning b, jsonb_to_recordset(b.opening -> 'events') AS l (
            kind text, subject uuid, lines bigint, tokens bigint)
        WHERE b.organization_id = p_organization
        UNION ALL
        SELECT e.kind, coalesce(e.data ->> 'transaction', e.data ->> 'bucket')::uuid, 1, (e.data ->> 'tokens')::bigint
        FROM audit_event e
        WHERE e.organization_id = p_organization AND e.seq <= p_event_seq
            AND (e.kind LIKE 'hold.%' OR e.kind IN ('tokens.granted', 'tokens.expired'))
    ), events AS (
        SELECT w.kind, w.subject, sum(w.lines)::bigint AS lines, coalesce(sum(w.tokens), 0)::bigint AS tokens
        FROM words w LEFT JOIN going g ON g.id = w.subject WHERE g.id IS NULL GROUP BY 1, 2
    )
    SELECT jsonb_build_object(
        'organization', p_organization,
        'number', coalesce((SELECT b.number FROM audit_beginning b WHERE b.organization_id = p_organization), 0) + 1,
        'event_seq', p_event_seq, 'entry_seq', p_entry_seq,
        'event_hash', (SELECT encode(hash, 'hex') FROM audit_event
            WHERE organization_id = p_organization AND seq = p_event_seq),
        'events_until', (SELECT created_at FROM audit_event WHERE organization_id = p_organization AND seq = p_event_seq),
        'entries_until', coalesce(
            (SELECT to_jsonb(created_at) FROM tokens_entry WHERE organization_id = p_organization AND seq = p_entry_seq),
            (SELECT b.opening -> 'entries_until' FROM audit_beginning b WHERE b.organization_id = p_organization)),
        'holds', (SELECT count(*) FROM going),
        'available', (SELECT coalesce(sum(tokens), 0) FROM entries),
        'held', (SELECT coalesce(sum(held), 0) FROM entries),
        'debt', (SELECT coalesce(sum(debt), 0) FROM entries),
        'outside', (SELECT coalesce(sum(debt - tokens - held), 0) FROM entries),
        'entries', (SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.bucket, e.kind, e.at, e.transaction), '[]')
            FROM entries e),
        'events', (SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.kind, e.subject), '[]') FROM events e))
$$;

-- The lines of the file: the events as their proof has them, the entries, the holds that are over.
CREATE FUNCTION tokens_history_lines(p_organization uuid, p_event_seq bigint, p_entry_seq bigint)
RETURNS TABLE (part int, place bigint, line text) LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
    SELECT 1, seq, jsonb_build_object('seq', seq, 'hash', encode(hash, 'hex'), 'event',
        audit_canonical(organization_id, seq, id, kind, created_at, actor, reason, data))::text
    FROM audit_event WHERE organization_id = p_organization AND seq <= p_event_seq
    UNION ALL
    SELECT 2, seq, jsonb_build_object('entry', to_jsonb(e))::text FROM tokens_entry e
    WHERE organization_id = p_organization AND seq <= p_entry_seq
    UNION ALL
    SELECT 3, row_number() OVER (ORDER BY h.id), jsonb_build_object('hold', to_jsonb(h))::text
    FROM tokens_history_holds(p_organization, p_event_seq, p_entry_seq) g
    JOIN tokens_hold h ON h.organization_id = p_organization AND h.id = g
    ORDER BY 1, 2
$$;

-- Record a signed opening and delete what it covers: p_text is refused unless it says, to the letter, what is computed
-- here from the rows that go, the SHA-256 of their file included, and rows that are not all there do not go. For
-- app_system only, and no other way deletes history.
-- Returns how many events, entries and holds went.
CREATE FUNCTION tokens_detach(
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
