CREATE OR REPLACE FUNCTION tokens_hold_place(
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
COMMENT ON FUNCTION tokens_hold_place(uuid, int, text, uuid, uuid, int, int, jsonb, jsonb) IS 'sha256:3a75316f26b14331';

CREATE OR REPLACE FUNCTION tokens_end(
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
COMMENT ON FUNCTION tokens_end(tokens_account, timestamptz, tokens_hold, text, int, jsonb, jsonb, text) IS 'sha256:f2b1a9234158ed3b';
