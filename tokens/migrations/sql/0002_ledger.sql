-- The ledger's writers. Each public function is one durable commit and one round trip.
-- Those of quotas are in quotas.sql.
-- They belong to app_owner and run with its rights; the application may only call and read.
-- Lock order: the organization's lock (audit/stream.sql), then account, quotas, buckets in burn order, hold.
-- A refusal is an exception whose SQLSTATE tokens/actions.py maps to an error, its DETAIL is JSON.

-- Begin a write for the organization acted for: take its lock, return its account.
CREATE FUNCTION tokens_begin() RETURNS tokens_account LANGUAGE plpgsql AS $$
DECLARE
    v_organization uuid := organization_acting();
    v_account tokens_account;
BEGIN
    PERFORM organization_lock(v_organization);
    -- A new statement sees what the last holder of the lock committed.
    SELECT * INTO v_account FROM tokens_account WHERE organization_id = v_organization;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the organization has no token account' USING ERRCODE = 'MP404';
    END IF;
    RETURN v_account;
END $$;

-- Move tokens and write the line that tells it, in one statement: a bucket, its account and the line change alike.
CREATE FUNCTION tokens_post(
    p_account tokens_account, p_now timestamptz, p_kind text, p_tokens int, p_held int, p_debt int, p_bucket uuid,
    p_transaction uuid DEFAULT NULL, p_operation text DEFAULT '', p_user uuid DEFAULT NULL
) RETURNS tokens_account LANGUAGE plpgsql AS $$
BEGIN
    WITH bucket AS (
        UPDATE tokens_bucket SET remaining = remaining + p_tokens, held = held + p_held
        WHERE id = p_bucket AND organization_id = p_account.organization_id AND (p_tokens <> 0 OR p_held <> 0)
    ), account AS (
        UPDATE tokens_account SET
            available = available + p_tokens, held = held + p_held, debt = debt + p_debt, entry_seq = entry_seq + 1
        WHERE organization_id = p_account.organization_id
        RETURNING *
    ), line AS (
        INSERT INTO tokens_entry (
            id, organization_id, seq, kind, tokens, held, debt, outside, balance_after,
            bucket_id, transaction_id, operation, user_id, created_at)
        SELECT uuidv7(), organization_id, entry_seq, p_kind, p_tokens, p_held, p_debt, p_debt - p_tokens - p_held, available,
            p_bucket, p_transaction, p_operation, p_user, p_now
        FROM account
    )
    SELECT * INTO p_account FROM account;
    RETURN p_account;
END $$;

-- Tokens left in buckets whose time is over leave the account.
CREATE FUNCTION tokens_expire_buckets(p_account tokens_account, p_now timestamptz, p_actor jsonb)
RETURNS tokens_account LANGUAGE plpgsql AS $$
DECLARE
    v_bucket tokens_bucket;
BEGIN
    FOR v_bucket IN
        SELECT * FROM tokens_bucket
        WHERE organization_id = p_account.organization_id AND expires_at <= p_now
            AND (expired_at IS NULL OR remaining > 0)
        ORDER BY expires_at, id
    LOOP
        UPDATE tokens_bucket SET expired_at = p_now WHERE id = v_bucket.id;
        CONTINUE WHEN v_bucket.remaining = 0;
        p_account := tokens_post(p_account, p_now, 'expire', -v_bucket.remaining, 0, 0, v_bucket.id);
        PERFORM audit_append_to(p_account.organization_id, 'tokens.expired',
            jsonb_build_object('bucket', v_bucket.id, 'tokens', v_bucket.remaining), p_actor, '');
    END LOOP;
    RETURN p_account;
END $$;

-- Tokens that return to a bucket whose spent tokens became debt repay that debt.
CREATE FUNCTION tokens_repay_from(p_account tokens_account, p_now timestamptz, p_bucket uuid)
RETURNS tokens_account LANGUAGE plpgsql AS $$
DECLARE
    v_repaid int;
BEGIN
    UPDATE tokens_bucket SET clawed_debt = clawed_debt - least(remaining, clawed_debt, p_account.debt)
    WHERE id = p_bucket RETURNING old.clawed_debt - new.clawed_debt INTO v_repaid;
    IF v_repaid > 0 THEN
        p_account := tokens_post(p_account, p_now, 'repay', -v_repaid, 0, -v_repaid, p_bucket);
    END IF;
    RETURN p_account;
END $$;

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
    WHERE id = p_hold.id;
    PERFORM audit_append_to(p_account.organization_id, 'hold.' || p_status,
        jsonb_build_object('transaction', p_hold.id, 'operation', p_hold.operation,
            'held', p_hold.tokens, 'charged', p_charge, 'user', p_hold.user_id), p_actor, p_reason);
    RETURN p_account;
END $$;

-- End the organization's holds whose time is over (readers count them as free already), then its buckets.
-- One question comes first: nearly always nothing is late.
CREATE FUNCTION tokens_expire(p_account tokens_account, p_now timestamptz, p_actor jsonb)
RETURNS tokens_account LANGUAGE plpgsql AS $$
DECLARE
    v_hold tokens_hold;
BEGIN
    IF NOT EXISTS (
        SELECT FROM tokens_hold
        WHERE organization_id = p_account.organization_id AND ended_at IS NULL AND expires_at <= p_now
        UNION ALL
        SELECT FROM tokens_bucket
        WHERE organization_id = p_account.organization_id AND expires_at <= p_now AND (expired_at IS NULL OR remaining > 0)
    ) THEN
        RETURN p_account;
    END IF;
    FOR v_hold IN
        SELECT * FROM tokens_hold
        WHERE organization_id = p_account.organization_id AND ended_at IS NULL AND expires_at <= p_now
        ORDER BY expires_at, id
    LOOP
        p_account := tokens_end(p_account, p_now, v_hold, 'expired', 0, '{}', p_actor, '');
    END LOOP;
    RETURN tokens_expire_buckets(p_account, p_now, p_actor);
END $$;

-- Reserve tokens for one operation. Takes them from the buckets in burn order: soonest expiry first,
-- then plan, promo and gift, adjustment, purchase, then oldest; overage, which costs money as it is spent, last of all.
CREATE FUNCTION tokens_hold_place(
    p_id uuid, p_tokens int, p_operation text, p_user uuid, p_department uuid, p_seconds int,
    p_price_book int, p_details jsonb, p_actor jsonb, OUT available int, OUT held int, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_bucket record;
    v_left int := p_tokens;
    v_take int;
BEGIN
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
    FOR v_bucket IN
        SELECT id, remaining FROM tokens_bucket
        WHERE organization_id = v_account.organization_id AND remaining > 0 AND frozen_at IS NULL
        ORDER BY source = 'overage', expires_at NULLS LAST,
            CASE source WHEN 'plan' THEN 0 WHEN 'promo' THEN 1 WHEN 'gift' THEN 1 WHEN 'adjustment' THEN 2 ELSE 3 END, id
    LOOP
        v_take := least(v_left, v_bucket.remaining);
        v_account := tokens_post(v_account, v_now, 'hold', -v_take, v_take, 0, v_bucket.id, p_id, p_operation, p_user);
        v_left := v_left - v_take;
        EXIT WHEN v_left = 0;
    END LOOP;
    IF v_left > 0 THEN
        RAISE EXCEPTION 'not enough tokens' USING ERRCODE = 'MP401', DETAIL = jsonb_build_object(
            'needed', p_tokens, 'available', p_tokens - v_left)::text;
    END IF;
    available := v_account.available;
    held := v_account.held;
    expires_at := v_now + make_interval(secs => p_seconds);
    INSERT INTO tokens_hold (id, organization_id, status, tokens, settled_tokens, absorbed_tokens, operation,
        user_id, department_id, price_book_version, details, created_at, expires_at)
    VALUES (p_id, v_account.organization_id, 'held', p_tokens, 0, 0, p_operation,
        p_user, p_department, p_price_book, p_details, v_now, expires_at);
    PERFORM audit_append_to(v_account.organization_id, 'hold.placed', jsonb_build_object(
        'transaction', p_id, 'operation', p_operation, 'tokens', p_tokens, 'user', p_user), p_actor, '');
END $$;

-- End a hold of the organization acted for, once; ending it again in the same way changes nothing.
-- A hold that ended otherwise, or whose time is over, is refused: see tokens_hold_absorb.
CREATE FUNCTION tokens_hold_end(
    p_id uuid, p_status text, p_charge int, p_details jsonb, p_actor jsonb, p_reason text,
    OUT status text, OUT tokens int, OUT settled_tokens int, OUT available int, OUT held int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_hold tokens_hold;
BEGIN
    SELECT * INTO v_hold FROM tokens_hold WHERE id = p_id AND organization_id = v_account.organization_id;
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
    UPDATE tokens_hold SET expires_at = v_until WHERE id = p_id;
    PERFORM audit_append_to(v_account.organization_id, 'hold.extended',
        jsonb_build_object('transaction', p_id, 'until', v_until), p_actor, '');
    RETURN v_until;
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

-- Grant a bucket once per business key; debt is repaid from it first, but not from overage: that is paid for when it
-- is spent, and repaying would take it for nothing. An allowance also opens its period.
CREATE FUNCTION tokens_grant(
    p_source text, p_tokens int, p_expires_at timestamptz, p_business_key text, p_reason text,
    p_period_started_at timestamptz, p_actor jsonb
) RETURNS TABLE (bucket_id uuid, granted_now boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_id uuid;
    v_repay int;
BEGIN
    SELECT id INTO v_id FROM tokens_bucket
    WHERE organization_id = v_account.organization_id AND business_key = p_business_key;
    IF FOUND THEN
        RETURN QUERY SELECT v_id, false;
        RETURN;
    ELSIF p_tokens <= 0 OR p_expires_at <= v_now THEN
        RAISE EXCEPTION 'a grant needs tokens and time to spend them' USING ERRCODE = 'MP422';
    END IF;
    v_id := uuidv7();
    v_account := tokens_expire(v_account, v_now, p_actor);
    v_repay := CASE p_source WHEN 'overage' THEN 0 ELSE least(v_account.debt, p_tokens) END;
    INSERT INTO tokens_bucket (id, organization_id, source, granted, remaining, held, clawed, clawed_debt, expires_at,
        business_key, reason, created_at)
    VALUES (v_id, v_account.organization_id, p_source, p_tokens, 0, 0, 0, 0, p_expires_at,
        p_business_key, p_reason, v_now);
    v_account := tokens_post(v_account, v_now,
        CASE p_source WHEN 'gift' THEN 'gift' WHEN 'adjustment' THEN 'adjust' ELSE 'grant' END,
        p_tokens, 0, 0, v_id, p_user => (p_actor ->> 'user_id')::uuid);
    IF v_repay > 0 THEN
        v_account := tokens_post(v_account, v_now, 'repay', -v_repay, 0, -v_repay, v_id);
    END IF;
    IF p_period_started_at IS NOT NULL THEN
        UPDATE tokens_account SET period_started_at = p_period_started_at, resets_at = p_expires_at
        WHERE organization_id = v_account.organization_id;
    END IF;
    PERFORM audit_append_to(v_account.organization_id, 'tokens.granted', jsonb_build_object(
        'bucket', v_id, 'source', p_source, 'tokens', p_tokens, 'expires_at', p_expires_at,
        'business_key', p_business_key, 'repaid', v_repay), p_actor, p_reason);
    RETURN QUERY SELECT v_id, true;
END $$;

-- Bring what was taken back from a bucket to p_target tokens in all: a target, so repeating changes nothing.
-- More takes what is left of the bucket and makes debt of what was spent; what expired unspent is gone already and
-- nobody's debt. Less gives debt, then tokens back.
CREATE FUNCTION tokens_claw(p_business_key text, p_target int, p_actor jsonb, p_reason text)
RETURNS TABLE (bucket_id uuid, tokens int, debt int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_bucket tokens_bucket;
    v_more int;
    v_unspent int;
    v_tokens int;
    v_debt int;
BEGIN
    v_account := tokens_expire(v_account, v_now, p_actor);
    SELECT * INTO v_bucket FROM tokens_bucket
    WHERE organization_id = v_account.organization_id AND business_key = p_business_key;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such bucket' USING ERRCODE = 'MP404';
    ELSIF p_target < 0 OR p_target > v_bucket.granted THEN
        RAISE EXCEPTION 'no more can be taken back than was granted' USING ERRCODE = 'MP422', DETAIL = jsonb_build_object(
            'granted', v_bucket.granted, 'target', p_target)::text;
    END IF;
    v_more := p_target - v_bucket.clawed;
    IF v_more > 0 AND v_bucket.expired_at IS NULL THEN
        v_tokens := -least(v_more, v_bucket.remaining);
        v_debt := v_more + v_tokens;
    ELSIF v_more > 0 THEN
        -- Spent is what was settled, is still held, or repaid an older debt when the bucket was granted.
        SELECT v_bucket.granted - v_bucket.held + coalesce(sum(CASE e.kind WHEN 'settle' THEN e.held ELSE e.tokens END), 0)
        INTO v_unspent FROM tokens_entry e
        WHERE e.organization_id = v_account.organization_id AND e.bucket_id = v_bucket.id
            AND (e.kind = 'settle' OR e.kind = 'repay' AND e.created_at = v_bucket.created_at);
        v_tokens := 0;
        v_debt := greatest(p_target - v_unspent, 0) - greatest(v_bucket.clawed - v_unspent, 0);
    ELSE
        v_debt := -least(-v_more, v_bucket.clawed_debt, v_account.debt);
        v_tokens := -v_more + v_debt;
    END IF;
    UPDATE tokens_bucket SET clawed = p_target, clawed_debt = clawed_debt + v_debt,
        expired_at = CASE WHEN v_tokens > 0 THEN NULL ELSE expired_at END
    WHERE id = v_bucket.id;
    IF v_tokens <> 0 THEN
        v_account := tokens_post(v_account, v_now, CASE WHEN v_tokens < 0 THEN 'clawback' ELSE 'reinstate' END,
            v_tokens, 0, 0, v_bucket.id);
    END IF;
    IF v_debt <> 0 THEN
        v_account := tokens_post(v_account, v_now, CASE WHEN v_debt > 0 THEN 'debt' ELSE 'reinstate' END,
            0, 0, v_debt, v_bucket.id);
    END IF;
    v_account := tokens_expire_buckets(v_account, v_now, p_actor);
    IF v_more <> 0 THEN
        PERFORM audit_append_to(v_account.organization_id,
            CASE WHEN v_more > 0 THEN 'tokens.clawed' ELSE 'tokens.reinstated' END,
            jsonb_build_object('bucket', v_bucket.id, 'target', p_target, 'tokens', v_tokens, 'debt', v_debt), p_actor, p_reason);
    END IF;
    RETURN QUERY SELECT v_bucket.id, v_tokens, v_debt;
END $$;

-- Freeze or thaw a bucket: frozen tokens stay visible and cannot be held. Returns whether that changed anything.
CREATE FUNCTION tokens_freeze(p_business_key text, p_frozen boolean, p_actor jsonb, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_id uuid;
BEGIN
    UPDATE tokens_bucket SET frozen_at = CASE WHEN p_frozen THEN organization_now() END
    WHERE organization_id = v_account.organization_id AND business_key = p_business_key
        AND (frozen_at IS NULL) = p_frozen
    RETURNING id INTO v_id;
    IF v_id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM audit_append_to(v_account.organization_id,
        CASE WHEN p_frozen THEN 'tokens.frozen' ELSE 'tokens.thawed' END,
        jsonb_build_object('bucket', v_id), p_actor, p_reason);
    RETURN true;
END $$;

-- What the buckets of an allotment gave for good, have in open holds, and still offer.
CREATE FUNCTION tokens_allotment(p_source text, p_key text, OUT used int, OUT held int, OUT remaining int)
LANGUAGE sql STABLE AS $$
    SELECT
        coalesce(sum(CASE WHEN b.expired_at IS NULL THEN b.granted - b.remaining - b.held ELSE (
            SELECT coalesce(-sum(e.held), 0) FROM tokens_entry e
            WHERE e.organization_id = b.organization_id AND e.bucket_id = b.id AND e.kind = 'settle') END), 0)::int,
        coalesce(sum(b.held), 0)::int,
        coalesce(sum(b.remaining) FILTER (WHERE b.expires_at > organization_now()), 0)::int
    FROM tokens_bucket b
    WHERE b.organization_id = organization_acting() AND b.source = p_source AND starts_with(b.business_key, p_key)
$$;

-- Let an allotment offer p_tokens in all, what was spent or is held of it included. More is granted as a further bucket;
-- for less the present ones end, so that what returns from a hold expires at once, and the rest is granted anew.
-- Every other allotment of the source ends. A target, so repeating changes nothing. Returns what is left to spend.
CREATE FUNCTION tokens_allot(
    p_source text, p_key text, p_tokens int, p_expires_at timestamptz, p_reason text, p_actor jsonb
) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_is record;
    v_buckets int;
BEGIN
    v_account := tokens_expire(v_account, v_now, p_actor);
    SELECT * INTO v_is FROM tokens_allotment(p_source, p_key);
    UPDATE tokens_bucket SET expires_at = v_now
    WHERE organization_id = v_account.organization_id AND source = p_source AND expires_at > v_now
        AND (NOT starts_with(business_key, p_key) OR v_is.used + v_is.held + v_is.remaining > p_tokens);
    IF FOUND THEN
        v_account := tokens_expire_buckets(v_account, v_now, p_actor);
        SELECT * INTO v_is FROM tokens_allotment(p_source, p_key);
    END IF;
    IF v_is.used + v_is.held + v_is.remaining < p_tokens THEN
        SELECT count(*) INTO v_buckets FROM tokens_bucket
        WHERE organization_id = v_account.organization_id AND source = p_source AND starts_with(business_key, p_key);
        PERFORM tokens_grant(p_source, p_tokens - v_is.used - v_is.held - v_is.remaining, p_expires_at,
            p_key || ':' || v_buckets + 1, p_reason, NULL, p_actor);
        v_is.remaining := p_tokens - v_is.used - v_is.held;
    END IF;
    RETURN v_is.remaining;
END $$;

-- What was left of a bucket when its time was over: the entries tell, the bucket itself is empty by then.
CREATE FUNCTION tokens_expired_unspent(p_business_key text) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(-sum(e.tokens), 0)::int
    FROM tokens_bucket b JOIN tokens_entry e ON e.organization_id = b.organization_id AND e.bucket_id = b.id
    WHERE b.organization_id = organization_acting() AND b.business_key = p_business_key
        AND e.transaction_id IS NULL AND e.kind = 'expire'
$$;

-- Open an organization's account; opening it again changes nothing.
CREATE FUNCTION tokens_account_open() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO tokens_account (organization_id, available, held, debt, entry_seq)
    VALUES (organization_acting(), 0, 0, 0, 0) ON CONFLICT DO NOTHING
$$;

-- Stop all spending and revoke every open hold; the tokens return. Returns how many holds were revoked.
CREATE FUNCTION tokens_suspend(p_actor jsonb, p_reason text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_hold tokens_hold;
    v_revoked int := 0;
BEGIN
    v_account := tokens_expire(v_account, v_now, p_actor);
    FOR v_hold IN
        SELECT * FROM tokens_hold WHERE organization_id = v_account.organization_id AND ended_at IS NULL ORDER BY id
    LOOP
        v_account := tokens_end(v_account, v_now, v_hold, 'revoked', 0, '{}', p_actor, p_reason);
        v_revoked := v_revoked + 1;
    END LOOP;
    IF v_account.suspended_at IS NULL THEN
        UPDATE tokens_account SET suspended_at = v_now WHERE organization_id = v_account.organization_id;
        PERFORM audit_append_to(v_account.organization_id, 'account.suspended',
            jsonb_build_object('revoked', v_revoked), p_actor, p_reason);
    END IF;
    RETURN v_revoked;
END $$;

-- Allow spending again. Returns whether it was stopped.
CREATE FUNCTION tokens_resume(p_actor jsonb, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
BEGIN
    IF v_account.suspended_at IS NULL THEN
        RETURN false;
    END IF;
    UPDATE tokens_account SET suspended_at = NULL WHERE organization_id = v_account.organization_id;
    PERFORM audit_append_to(v_account.organization_id, 'account.resumed', '{}', p_actor, p_reason);
    RETURN true;
END $$;

-- Release expired holds and expire buckets of the organization acted for.
CREATE FUNCTION tokens_sweep(p_actor jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tokens_expire(tokens_begin(), organization_now(), p_actor);
END $$;

-- Sweep up to p_limit organizations that have something to sweep, skipping those at work. Returns how many.
-- Runs as app_system: the loop sees all organizations, each sweep acts for one. An organization with two
-- things to sweep comes twice, and finds nothing the second time: cheaper than sorting all that is due.
CREATE FUNCTION tokens_sweep_due(p_limit int, p_actor jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_organization uuid;
    v_swept int := 0;
BEGIN
    FOR v_organization IN
        SELECT organization_id FROM (
            SELECT organization_id FROM tokens_hold WHERE ended_at IS NULL AND expires_at <= clock_timestamp()
            UNION ALL
            SELECT organization_id FROM tokens_bucket WHERE expired_at IS NULL AND expires_at <= clock_timestamp()
        ) due
        WHERE pg_try_advisory_xact_lock(hashtextextended(organization_id::text, 0)) LIMIT p_limit
    LOOP
        PERFORM set_config('app.current_org', v_organization::text, true);
        PERFORM tokens_sweep(p_actor);
        v_swept := v_swept + 1;
    END LOOP;
    PERFORM set_config('app.current_org', '', true);
    RETURN v_swept;
END $$;

-- What the organization acted for can spend right now: expired buckets do not count, expired holds count as free.
-- `overage` is the part of `available` that costs money as it is spent.
CREATE FUNCTION tokens_position(OUT available int, OUT held int, OUT debt int, OUT frozen int, OUT overage int)
LANGUAGE sql STABLE AS $$
    WITH late AS (
        SELECT e.bucket_id, sum(e.held)::int AS tokens
        FROM tokens_hold h JOIN tokens_entry e
            ON e.organization_id = h.organization_id AND e.transaction_id = h.id AND e.kind = 'hold'
        WHERE h.organization_id = organization_acting() AND h.ended_at IS NULL AND h.expires_at <= organization_now()
        GROUP BY e.bucket_id
    ), live AS (
        SELECT b.remaining + coalesce(l.tokens, 0) AS tokens,
            b.frozen_at IS NOT NULL
                OR (a.suspended_at IS NOT NULL AND b.source IN ('purchase', 'gift', 'overage')) AS frozen,
            b.source = 'overage' AS overage
        FROM tokens_account a JOIN tokens_bucket b ON b.organization_id = a.organization_id LEFT JOIN late l ON l.bucket_id = b.id
        WHERE a.organization_id = organization_acting()
            AND (b.remaining > 0 OR l.tokens > 0) AND (b.expires_at IS NULL OR b.expires_at > organization_now())
    )
    SELECT
        coalesce((SELECT sum(tokens) FROM live WHERE NOT frozen), 0)::int,
        a.held - coalesce((SELECT sum(tokens) FROM late), 0)::int, a.debt,
        coalesce((SELECT sum(tokens) FROM live WHERE frozen), 0)::int,
        coalesce((SELECT sum(tokens) FROM live WHERE overage AND NOT frozen), 0)::int
    FROM tokens_account a WHERE a.organization_id = organization_acting()
$$;

-- What an operation's caller is told: charged, and the balance after it.
CREATE FUNCTION tokens_receipt(p_id uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'charged', h.settled_tokens, 'available', p.available, 'held', p.held, 'transaction_id', h.id)
    FROM tokens_hold h, tokens_position() p WHERE h.id = p_id AND h.organization_id = organization_acting()
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tokens_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON tokens_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
