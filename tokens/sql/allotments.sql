-- Allotments: buckets that follow a target. Writers as in account.sql.

-- What the buckets of an allotment gave for good, have in open holds, and still offer.
CREATE FUNCTION tokens_allotment(p_source text, p_key text, OUT used int, OUT held int, OUT remaining int)
LANGUAGE sql STABLE AS $$
    SELECT
        coalesce(sum(CASE WHEN b.expired_at IS NULL THEN b.granted - b.remaining - b.held ELSE (
            SELECT coalesce(-sum(e.held), 0) FROM tokens_history e
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
