DROP FUNCTION IF EXISTS tokens_hold_place;
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

DROP FUNCTION IF EXISTS tokens_grant;
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

DROP FUNCTION IF EXISTS tokens_allotment;
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

DROP FUNCTION IF EXISTS tokens_allot;
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

DROP FUNCTION IF EXISTS tokens_position;
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
