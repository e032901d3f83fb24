-- Buckets: granted, repaid from, taken back, frozen, expired. Writers as in account.sql.

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
        INTO v_unspent FROM tokens_history e
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
    WHERE organization_id = v_account.organization_id AND id = v_bucket.id;
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

-- Tokens that return to a bucket whose spent tokens became debt repay that debt.
CREATE FUNCTION tokens_repay_from(p_account tokens_account, p_now timestamptz, p_bucket uuid)
RETURNS tokens_account LANGUAGE plpgsql AS $$
DECLARE
    v_repaid int;
BEGIN
    UPDATE tokens_bucket SET clawed_debt = clawed_debt - least(remaining, clawed_debt, p_account.debt)
    WHERE organization_id = p_account.organization_id AND id = p_bucket RETURNING old.clawed_debt - new.clawed_debt INTO v_repaid;
    IF v_repaid > 0 THEN
        p_account := tokens_post(p_account, p_now, 'repay', -v_repaid, 0, -v_repaid, p_bucket);
    END IF;
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
        UPDATE tokens_bucket SET expired_at = p_now WHERE organization_id = p_account.organization_id AND id = v_bucket.id;
        CONTINUE WHEN v_bucket.remaining = 0;
        p_account := tokens_post(p_account, p_now, 'expire', -v_bucket.remaining, 0, 0, v_bucket.id);
        PERFORM audit_append_to(p_account.organization_id, 'tokens.expired',
            jsonb_build_object('bucket', v_bucket.id, 'tokens', v_bucket.remaining), p_actor, '');
    END LOOP;
    RETURN p_account;
END $$;

-- What was left of a bucket when its time was over: the entries tell, the bucket itself is empty by then.
CREATE FUNCTION tokens_expired_unspent(p_business_key text) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(-sum(e.tokens), 0)::int
    FROM tokens_bucket b JOIN tokens_history e ON e.organization_id = b.organization_id AND e.bucket_id = b.id
    WHERE b.organization_id = organization_acting() AND b.business_key = p_business_key
        AND e.transaction_id IS NULL AND e.kind = 'expire'
$$;

CREATE TRIGGER closed BEFORE INSERT ON tokens_bucket FOR EACH ROW EXECUTE FUNCTION refuse_closed();
