-- Holds: placed, extended, ended once. Writers as in account.sql.

-- The bucket that tokens are taken from first. The burn order: soonest expiry first, then plan, promo and gift,
-- adjustment, purchase, then oldest; overage, which costs money as it is spent, last of all.
CREATE FUNCTION tokens_first_bucket(p_organization uuid) RETURNS TABLE (id uuid, remaining int)
LANGUAGE sql STABLE AS $$
    SELECT b.id, b.remaining FROM tokens_bucket b
    WHERE b.organization_id = p_organization AND b.remaining > 0 AND b.frozen_at IS NULL
    ORDER BY b.source = 'overage', b.expires_at NULLS LAST,
        CASE b.source WHEN 'plan' THEN 0 WHEN 'promo' THEN 1 WHEN 'gift' THEN 1 WHEN 'adjustment' THEN 2 ELSE 3 END, b.id
    LIMIT 1
$$;

-- Reserve tokens for one operation, in burn order. Nearly always the first bucket has enough and nothing stands in the
-- way: that is one read and one write. Whatever else there is, every refusal included, goes step by step.
CREATE FUNCTION tokens_hold_place(
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

-- Give an open hold p_seconds from now, never less than it has, and never more than p_seconds_max since it was placed.
CREATE FUNCTION tokens_hold_extend(p_id uuid, p_seconds int, p_seconds_max int, p_actor jsonb) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_hold tokens_hold;
    v_until timestamptz;
BEGIN
    SELECT * INTO v_hold FROM tokens_hold WHERE id = p_id AND organization_id = v_account.organization_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'MP404';
    ELSIF v_hold.status <> 'held' OR v_hold.expires_at <= v_now THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'MP409', DETAIL = jsonb_build_object(
            'status', CASE v_hold.status WHEN 'held' THEN 'expired' ELSE v_hold.status END,
            'settled_tokens', v_hold.settled_tokens)::text;
    END IF;
    v_until := greatest(v_hold.expires_at, least(
        v_now + make_interval(secs => p_seconds), v_hold.created_at + make_interval(secs => p_seconds_max)));
    UPDATE tokens_hold SET expires_at = v_until WHERE organization_id = v_account.organization_id AND id = p_id;
    PERFORM audit_append_to(v_account.organization_id, 'hold.extended',
        jsonb_build_object('transaction', p_id, 'until', v_until), p_actor, '');
    RETURN v_until;
END $$;

-- End a hold of the organization acted for, once; ending it again in the same way changes nothing.
-- A hold that ended otherwise, or whose time is over, is refused: see tokens_hold_absorb.
-- Nearly always all of a hold is charged that came from one bucket: that is one read and one write.
CREATE FUNCTION tokens_hold_end(
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

-- What the event of a hold's end says.
CREATE FUNCTION tokens_hold_ended(p_hold tokens_hold, p_charge int) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('transaction', (p_hold).id,
        'operation', CASE WHEN (p_hold).price_book_version IS NULL THEN 'metering' ELSE (p_hold).operation END,
        'held', (p_hold).tokens, 'charged', p_charge, 'user', (p_hold).user_id)
$$;

-- End an open hold: charge the first p_charge of its tokens, return the rest to the buckets they came from.
CREATE FUNCTION tokens_end(
    p_account tokens_account, p_now timestamptz, p_hold tokens_hold, p_status text, p_charge int, p_details jsonb,
    p_actor jsonb, p_reason text
) RETURNS tokens_account LANGUAGE plpgsql AS $$
DECLARE
    v_part record;
    v_left int := p_charge;
    v_charge int;
BEGIN
    FOR v_part IN
        SELECT bucket_id, held AS tokens FROM tokens_entry
        WHERE organization_id = p_hold.organization_id AND transaction_id = p_hold.id AND kind = 'hold'
        ORDER BY seq
    LOOP
        v_charge := least(v_left, v_part.tokens);
        v_left := v_left - v_charge;
        IF v_charge > 0 THEN
            p_account := tokens_post(p_account, p_now, 'settle', 0, -v_charge, 0,
                v_part.bucket_id, p_hold.id, p_hold.operation, p_hold.user_id);
        END IF;
        IF v_charge < v_part.tokens THEN
            p_account := tokens_post(p_account, p_now, 'release', v_part.tokens - v_charge, v_charge - v_part.tokens, 0,
                v_part.bucket_id, p_hold.id, p_hold.operation, p_hold.user_id);
            IF p_account.debt > 0 THEN
                p_account := tokens_repay_from(p_account, p_now, v_part.bucket_id);
            END IF;
        END IF;
    END LOOP;
    IF p_charge < p_hold.tokens THEN
        p_account := tokens_expire_buckets(p_account, p_now, p_actor);
        PERFORM tokens_return_to_quotas(p_hold, p_hold.tokens - p_charge);
    END IF;
    UPDATE tokens_hold SET status = p_status, settled_tokens = p_charge, ended_at = p_now, details = details || p_details
    WHERE organization_id = p_hold.organization_id AND id = p_hold.id;
    PERFORM audit_append_to(p_account.organization_id, 'hold.' || p_status, tokens_hold_ended(p_hold, p_charge),
        p_actor, p_reason);
    RETURN p_account;
END $$;

-- Record a result that came after its hold had ended: nothing is charged, the cost is the platform's.
CREATE FUNCTION tokens_hold_absorb(p_id uuid, p_tokens int, p_actor jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_status text;
BEGIN
    v_account := tokens_expire(v_account, organization_now(), p_actor);
    UPDATE tokens_hold SET absorbed_tokens = p_tokens
    WHERE id = p_id AND organization_id = v_account.organization_id
        AND p_tokens > 0 AND status IN ('released', 'expired', 'revoked') AND absorbed_tokens = 0
    RETURNING status INTO v_status;
    IF FOUND THEN
        PERFORM audit_append_to(v_account.organization_id, 'hold.absorbed',
            jsonb_build_object('transaction', p_id, 'tokens', p_tokens, 'status', v_status), p_actor, '');
    END IF;
    RETURN v_status;
END $$;

-- What an operation's caller is told: charged, and the balance after it.
CREATE FUNCTION tokens_receipt(p_id uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'charged', h.settled_tokens, 'available', p.available, 'held', p.held, 'transaction_id', h.id)
    FROM tokens_hold h, tokens_position() p WHERE h.organization_id = organization_acting() AND h.id = p_id
$$;
