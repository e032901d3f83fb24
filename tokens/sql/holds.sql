-- Holds: placed, extended, ended once. Writers as in account.sql.

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
        'transaction', p_id, 'operation', CASE WHEN p_price_book IS NULL THEN 'metering' ELSE p_operation END,
        'tokens', p_tokens, 'user', p_user), p_actor, '');
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
        jsonb_build_object('transaction', p_hold.id,
            'operation', CASE WHEN p_hold.price_book_version IS NULL THEN 'metering' ELSE p_hold.operation END,
            'held', p_hold.tokens, 'charged', p_charge, 'user', p_hold.user_id), p_actor, p_reason);
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
    FROM tokens_hold h, tokens_position() p WHERE h.id = p_id AND h.organization_id = organization_acting()
$$;

CREATE TRIGGER closed BEFORE INSERT ON tokens_hold FOR EACH ROW EXECUTE FUNCTION refuse_closed();
