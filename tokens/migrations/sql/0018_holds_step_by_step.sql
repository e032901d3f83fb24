-- Holds without the statement that writes the account and the chain's head together: when both have become one row, one
-- statement cannot write it twice. Who is in the middle of one of these when the next migration comes goes on.

CREATE OR REPLACE FUNCTION tokens_hold_place(
    p_id uuid, p_tokens int, p_operation text, p_user uuid, p_department uuid, p_seconds int,
    p_price_book int, p_details jsonb, p_actor jsonb, OUT available int, OUT held int, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_organization uuid := organization_acting();
    v_data jsonb := jsonb_build_object(
        'transaction', p_id, 'operation', CASE WHEN p_price_book IS NULL THEN 'metering' ELSE p_operation END,
        'tokens', p_tokens, 'user', p_user);
    v_now timestamptz;
    v_account tokens_account;
    v_bucket record;
    v_left int := p_tokens;
    v_take int;
BEGIN
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

CREATE OR REPLACE FUNCTION tokens_hold_end(
    p_id uuid, p_status text, p_charge int, p_details jsonb, p_actor jsonb, p_reason text,
    OUT status text, OUT tokens int, OUT settled_tokens int, OUT available int, OUT held int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_organization uuid := organization_acting();
    v_now timestamptz;
    v_account tokens_account;
    v_hold tokens_hold;
BEGIN
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
