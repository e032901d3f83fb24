DROP FUNCTION IF EXISTS tokens_claw;
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
