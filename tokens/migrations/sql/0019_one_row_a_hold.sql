DROP POLICY of_organization ON tokens_account;

DROP POLICY of_system ON tokens_account;

CREATE OR REPLACE FUNCTION tokens_begin() RETURNS tokens_account LANGUAGE plpgsql AS $$
DECLARE
    v_organization uuid := organization_acting();
    v_account tokens_account;
BEGIN
    PERFORM organization_lock(v_organization);
    -- A new statement sees what the last holder of the lock committed.
    SELECT * INTO v_account FROM tokens_account WHERE organization_id = v_organization;
    IF NOT FOUND OR v_organization = '00000000-0000-0000-0000-000000000000' THEN
        RAISE EXCEPTION 'the organization has no token account' USING ERRCODE = 'MP404';
    END IF;
    RETURN v_account;
END $$;
COMMENT ON FUNCTION tokens_begin() IS 'sha256:932d2dc290a676e2';

CREATE OR REPLACE FUNCTION tokens_account_open() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO tokens_account (organization_id) VALUES (organization_acting()) ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION tokens_account_open() IS 'sha256:836976c629dacd99';

CREATE OR REPLACE FUNCTION tokens_hold_place(
    p_id uuid, p_tokens int, p_operation text, p_user uuid, p_department uuid, p_seconds int,
    p_price_book int, p_details jsonb, p_actor jsonb, OUT available int, OUT held int, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_organization uuid := organization_acting();
    v_event_at timestamptz;
    v_event uuid;
    v_data jsonb := jsonb_build_object(
        'transaction', p_id, 'operation', CASE WHEN p_price_book IS NULL THEN 'metering' ELSE p_operation END,
        'tokens', p_tokens, 'user', p_user);
    v_now timestamptz;
    v_account tokens_account;
    v_bucket record;
    v_left int := p_tokens;
    v_take int;
BEGIN
    PERFORM organization_lock(v_organization);
    v_event_at := clock_timestamp();
    -- A new statement sees what the last holder of the lock committed.
    SELECT b.id, o.now, p_tokens BETWEEN 1 AND b.remaining
        AND a.suspended_at IS NULL AND a.debt = 0 AND o.closed_at IS NULL
        AND NOT EXISTS (
            SELECT FROM tokens_hold late
            WHERE late.organization_id = v_organization AND late.ended_at IS NULL AND late.expires_at <= o.now)
        AND NOT EXISTS (
            SELECT FROM tokens_bucket late
            WHERE late.organization_id = v_organization AND late.expires_at <= o.now
                AND (late.expired_at IS NULL OR late.remaining > 0))
        AND NOT EXISTS (
            SELECT FROM tokens_quota q
            WHERE q.organization_id = v_organization AND q.subject_id IN (v_organization, p_department, p_user)
                AND (q.counted_since < o.since OR q.used_tokens::bigint + p_tokens > tokens_quota_allows(q, o.since))
        ) AS ordinary
    INTO v_bucket
    FROM tokens_account a, LATERAL (
        SELECT closed_at, v_event_at + clock_offset AS now,
            coalesce(a.period_started_at, date_trunc('month', v_event_at + clock_offset, 'UTC')) AS since
        FROM accounts_organization WHERE id = v_organization
    ) o, tokens_first_bucket(v_organization) b
    WHERE a.organization_id = v_organization;
    IF v_bucket.ordinary THEN
        v_now := v_bucket.now;
        v_event := uuidv7();
        expires_at := v_now + make_interval(secs => p_seconds);
        WITH quota AS (
            UPDATE tokens_quota SET used_tokens = used_tokens + p_tokens
            WHERE organization_id = v_organization AND subject_id IN (v_organization, p_department, p_user)
        ), bucket AS (
            UPDATE tokens_bucket SET remaining = remaining - p_tokens, held = held + p_tokens
            WHERE organization_id = v_organization AND id = v_bucket.id RETURNING id
        ), state AS (
            UPDATE tokens_account SET
                available = available - p_tokens, held = held + p_tokens, entry_seq = entry_seq + 1,
                event_seq = event_seq + 1, event_hash = audit_hash(
                    event_hash, v_organization, event_seq + 1, v_event, 'hold.placed', v_event_at, p_actor, '', v_data)
            WHERE organization_id = v_organization RETURNING available, held, entry_seq, event_seq, event_hash
        ), line AS (
            INSERT INTO tokens_entry (
                id, organization_id, seq, kind, tokens, held, debt, outside, balance_after,
                bucket_id, transaction_id, operation, user_id, created_at)
            SELECT v_event, v_organization, state.entry_seq, 'hold', -p_tokens, p_tokens, 0, 0, state.available,
                bucket.id, p_id, p_operation, p_user, v_now
            FROM state, bucket
        ), hold AS (
            INSERT INTO tokens_hold (id, organization_id, status, tokens, settled_tokens, absorbed_tokens, operation,
                user_id, department_id, price_book_version, details, created_at, expires_at)
            VALUES (p_id, v_organization, 'held', p_tokens, 0, 0, p_operation,
                p_user, p_department, p_price_book, p_details, v_now, expires_at)
        ), event AS (
            INSERT INTO audit_event (id, organization_id, seq, kind, created_at, actor, reason, data, hash)
            SELECT v_event, v_organization, state.event_seq, 'hold.placed', v_event_at, p_actor, '', v_data, state.event_hash
            FROM state
        )
        SELECT state.available, state.held INTO STRICT available, held FROM state, bucket;
        RETURN;
    END IF;
    v_account := tokens_begin();
    v_now := organization_now();
    v_account := tokens_expire(v_account, v_now, p_actor);
    IF p_tokens <= 0 THEN
        RAISE EXCEPTION 'a hold needs at least one token' USING ERRCODE = 'MP422';
    ELSIF v_account.suspended_at IS NOT NULL THEN
        RAISE EXCEPTION 'the account is suspended' USING ERRCODE = 'MP423';
    ELSIF v_account.debt > 0 THEN
        RAISE EXCEPTION 'the account is in debt' USING ERRCODE = 'MP402',
            DETAIL = jsonb_build_object('debt', v_account.debt)::text;
    END IF;
    PERFORM tokens_count_quotas(v_account, p_tokens, p_user, p_department, v_now);
    WHILE v_left > 0 LOOP
        SELECT * INTO v_bucket FROM tokens_first_bucket(v_organization);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'not enough tokens' USING ERRCODE = 'MP401', DETAIL = jsonb_build_object(
                'needed', p_tokens, 'available', p_tokens - v_left)::text;
        END IF;
        v_take := least(v_left, v_bucket.remaining);
        v_account := tokens_post(v_account, v_now, 'hold', -v_take, v_take, 0, v_bucket.id, p_id, p_operation, p_user);
        v_left := v_left - v_take;
    END LOOP;
    IF EXISTS (SELECT FROM accounts_organization WHERE id = v_organization AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the organization is closed' USING ERRCODE = 'MP410';
    END IF;
    available := v_account.available;
    held := v_account.held;
    expires_at := v_now + make_interval(secs => p_seconds);
    INSERT INTO tokens_hold (id, organization_id, status, tokens, settled_tokens, absorbed_tokens, operation,
        user_id, department_id, price_book_version, details, created_at, expires_at)
    VALUES (p_id, v_account.organization_id, 'held', p_tokens, 0, 0, p_operation,
        p_user, p_department, p_price_book, p_details, v_now, expires_at);
    PERFORM audit_append_to(v_account.organization_id, 'hold.placed', v_data, p_actor, '');
END $$;
COMMENT ON FUNCTION tokens_hold_place(uuid, int, text, uuid, uuid, int, int, jsonb, jsonb) IS 'sha256:271c43a1bd813b9a';

CREATE OR REPLACE FUNCTION tokens_hold_end(
    p_id uuid, p_status text, p_charge int, p_details jsonb, p_actor jsonb, p_reason text,
    OUT status text, OUT tokens int, OUT settled_tokens int, OUT available int, OUT held int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_organization uuid := organization_acting();
    v_event_at timestamptz;
    v_event uuid;
    v_data jsonb;
    v_now timestamptz;
    v_found record;
    v_account tokens_account;
    v_hold tokens_hold;
BEGIN
    PERFORM organization_lock(v_organization);
    v_event_at := clock_timestamp();
    -- A new statement sees what the last holder of the lock committed.
    SELECT h AS hold, o.now, e.bucket_id AS bucket,
        h.status = 'held' AND h.expires_at > o.now AND p_charge = h.tokens AND e.held = h.tokens AS ordinary
    INTO v_found
    FROM tokens_hold h,
        (SELECT v_event_at + clock_offset AS now FROM accounts_organization WHERE id = v_organization) o,
        tokens_entry e
    WHERE h.organization_id = v_organization AND h.id = p_id
        AND e.organization_id = v_organization AND e.transaction_id = p_id AND e.kind = 'hold'
    LIMIT 1;
    IF v_found.ordinary THEN
        v_hold := v_found.hold;
        v_now := v_found.now;
        v_event := uuidv7();
        v_data := tokens_hold_ended(v_hold, p_charge);
        WITH bucket AS (
            UPDATE tokens_bucket SET held = held - p_charge
            WHERE organization_id = v_organization AND id = v_found.bucket RETURNING id
        ), state AS (
            UPDATE tokens_account SET held = held - p_charge, entry_seq = entry_seq + 1,
                event_seq = event_seq + 1, event_hash = audit_hash(event_hash, v_organization, event_seq + 1,
                    v_event, 'hold.' || p_status, v_event_at, p_actor, p_reason, v_data)
            WHERE organization_id = v_organization RETURNING available, held, entry_seq, event_seq, event_hash
        ), line AS (
            INSERT INTO tokens_entry (
                id, organization_id, seq, kind, tokens, held, debt, outside, balance_after,
                bucket_id, transaction_id, operation, user_id, created_at)
            SELECT v_event, v_organization, state.entry_seq, 'settle', 0, -p_charge, 0, p_charge, state.available,
                bucket.id, p_id, v_hold.operation, v_hold.user_id, v_now
            FROM state, bucket
        ), hold AS (
            UPDATE tokens_hold SET
                status = p_status, settled_tokens = p_charge, ended_at = v_now, details = details || p_details
            WHERE organization_id = v_organization AND id = p_id
        ), event AS (
            INSERT INTO audit_event (id, organization_id, seq, kind, created_at, actor, reason, data, hash)
            SELECT v_event, v_organization, state.event_seq, 'hold.' || p_status, v_event_at, p_actor, p_reason, v_data,
                state.event_hash
            FROM state
        )
        SELECT p_status, v_hold.tokens, p_charge, state.available, state.held
        INTO STRICT status, tokens, settled_tokens, available, held FROM state, bucket;
        RETURN;
    END IF;
    v_account := tokens_begin();
    v_now := organization_now();
    SELECT * INTO v_hold FROM tokens_hold WHERE id = p_id AND organization_id = v_organization;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'MP404';
    ELSIF p_charge > v_hold.tokens OR p_charge < 0 THEN
        RAISE EXCEPTION 'a hold settles what it holds at most' USING ERRCODE = 'MP422', DETAIL = jsonb_build_object(
            'held', v_hold.tokens, 'charge', p_charge)::text;
    ELSIF v_hold.status = 'held' AND v_hold.expires_at > v_now THEN
        v_account := tokens_end(v_account, v_now, v_hold, p_status, p_charge, p_details, p_actor, p_reason);
    ELSIF v_hold.status <> p_status OR v_hold.settled_tokens <> p_charge THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'MP409', DETAIL = jsonb_build_object(
            'status', CASE v_hold.status WHEN 'held' THEN 'expired' ELSE v_hold.status END,
            'settled_tokens', v_hold.settled_tokens)::text;
    END IF;
    status := p_status;
    tokens := v_hold.tokens;
    settled_tokens := p_charge;
    available := v_account.available;
    held := v_account.held;
END $$;
COMMENT ON FUNCTION tokens_hold_end(uuid, text, int, jsonb, jsonb, text) IS 'sha256:661278ad23902d72';
