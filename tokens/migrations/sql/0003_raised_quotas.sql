-- Quotas: the most that the organization, a department or a user may spend in one allowance period.
-- What may be spent is the limit, and the tokens by which somebody raised it for the present period alone.
-- A period begins with the allowance; without a plan it is the calendar month. Writers as in ledger.sql.

-- When the present period of the organization began.
CREATE OR REPLACE FUNCTION tokens_period_since(p_account tokens_account) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce((p_account).period_started_at, date_trunc('month', organization_now(), 'UTC'))
$$;

-- What a quota allows in the period that began at p_since: a raise of an earlier one is over.
CREATE OR REPLACE FUNCTION tokens_quota_allows(p_quota tokens_quota, p_since timestamptz) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT least((p_quota).limit_tokens::bigint
        + CASE WHEN (p_quota).counted_since >= p_since THEN (p_quota).raised_tokens ELSE 0 END, 2147483647)::int
$$;

-- Give back to quotas what a hold did not spend, where it was counted in their present period.
CREATE OR REPLACE FUNCTION tokens_return_to_quotas(p_hold tokens_hold, p_tokens int) RETURNS void LANGUAGE sql AS $$
    UPDATE tokens_quota SET used_tokens = greatest(used_tokens - p_tokens, 0)
    WHERE organization_id = (p_hold).organization_id AND counted_since <= (p_hold).created_at
        AND subject_id IN ((p_hold).organization_id, (p_hold).department_id, (p_hold).user_id)
$$;

-- What a user, a department or the organization spent or holds since an instant.
CREATE OR REPLACE FUNCTION tokens_used_since(p_organization uuid, p_subject uuid, p_since timestamptz) RETURNS int
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(CASE WHEN ended_at IS NULL THEN tokens ELSE settled_tokens END), 0)::int FROM tokens_hold
    WHERE organization_id = p_organization AND created_at >= p_since
        AND p_subject IN (organization_id, department_id, user_id)
$$;

-- Count p_tokens against every quota that covers the hold; where that is too much, refuse and name the tightest.
-- A quota begins its new period with what was held since the start: a hold may have come before the allowance.
CREATE OR REPLACE FUNCTION tokens_count_quotas(
    p_account tokens_account, p_tokens int, p_user uuid, p_department uuid, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_since timestamptz := coalesce(p_account.period_started_at, date_trunc('month', p_now, 'UTC'));
    v_tightest record;
BEGIN
    WITH counted AS (
        UPDATE tokens_quota SET
            counted_since = greatest(counted_since, v_since),
            raised_tokens = CASE WHEN counted_since < v_since THEN 0 ELSE raised_tokens END,
            used_tokens = p_tokens + CASE WHEN counted_since < v_since
                THEN tokens_used_since(organization_id, subject_id, v_since) ELSE used_tokens END
        WHERE organization_id = p_account.organization_id
            AND subject_id IN (p_account.organization_id, p_department, p_user)
        RETURNING scope, tokens_quota_allows(tokens_quota, v_since) AS allowed, used_tokens - p_tokens AS used_tokens
    )
    SELECT * INTO v_tightest FROM counted ORDER BY allowed - used_tokens LIMIT 1;
    IF v_tightest.used_tokens + p_tokens > v_tightest.allowed THEN
        RAISE EXCEPTION 'quota reached' USING ERRCODE = 'MP403', DETAIL = jsonb_build_object(
            'scope', v_tightest.scope, 'limit', v_tightest.allowed, 'used', v_tightest.used_tokens,
            'needed', p_tokens)::text;
    END IF;
END $$;

-- Set or change a quota; what was spent in the present period counts, and its raise stays.
CREATE OR REPLACE FUNCTION tokens_quota_set(p_scope text, p_subject uuid, p_limit int, p_actor jsonb, p_reason text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_since timestamptz := tokens_period_since(v_account);
    v_used int := tokens_used_since(v_account.organization_id, p_subject, v_since);
    v_id uuid;
BEGIN
    INSERT INTO tokens_quota AS q (
        id, organization_id, scope, subject_id, limit_tokens, raised_tokens, used_tokens, counted_since)
    VALUES (uuidv7(), v_account.organization_id, p_scope, p_subject, p_limit, 0, v_used, v_since)
    ON CONFLICT (organization_id, scope, subject_id) DO UPDATE
        SET limit_tokens = excluded.limit_tokens, used_tokens = excluded.used_tokens,
            raised_tokens = CASE WHEN q.counted_since = excluded.counted_since THEN q.raised_tokens ELSE 0 END,
            counted_since = excluded.counted_since
    RETURNING id INTO v_id;
    PERFORM audit_append_to(v_account.organization_id, 'quota.set',
        jsonb_build_object('scope', p_scope, 'subject', p_subject, 'limit', p_limit), p_actor, p_reason);
    RETURN v_id;
END $$;

-- Raise a quota by p_tokens for the present period alone: by no more than can be spent at all.
CREATE OR REPLACE FUNCTION tokens_quota_raise(p_scope text, p_subject uuid, p_tokens int, p_actor jsonb, p_reason text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_since timestamptz := tokens_period_since(v_account);
    v_available int := (tokens_position()).available;
    v_quota tokens_quota;
BEGIN
    IF p_tokens <= 0 THEN
        RAISE EXCEPTION 'a raise needs at least one token' USING ERRCODE = 'MP422';
    ELSIF v_available < p_tokens THEN
        RAISE EXCEPTION 'not enough tokens' USING ERRCODE = 'MP401', DETAIL = jsonb_build_object(
            'needed', p_tokens, 'available', v_available)::text;
    END IF;
    UPDATE tokens_quota SET
        used_tokens = CASE WHEN counted_since < v_since
            THEN tokens_used_since(organization_id, subject_id, v_since) ELSE used_tokens END,
        raised_tokens = least(p_tokens + CASE WHEN counted_since < v_since THEN 0 ELSE raised_tokens::bigint END, 2147483647),
        counted_since = greatest(counted_since, v_since)
    WHERE organization_id = v_account.organization_id AND scope = p_scope AND subject_id = p_subject
    RETURNING * INTO v_quota;
    IF v_quota.id IS NULL THEN
        RAISE EXCEPTION 'no such quota' USING ERRCODE = 'MP404';
    END IF;
    PERFORM audit_append_to(v_account.organization_id, 'quota.raised', jsonb_build_object(
        'quota', v_quota.id, 'scope', p_scope, 'subject', p_subject, 'tokens', p_tokens,
        'since', v_quota.counted_since), p_actor, p_reason);
    RETURN v_quota.id;
END $$;

-- Remove a quota. Returns whether there was one.
CREATE OR REPLACE FUNCTION tokens_quota_remove(p_id uuid, p_actor jsonb, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_quota tokens_quota;
BEGIN
    DELETE FROM tokens_quota WHERE id = p_id AND organization_id = v_account.organization_id RETURNING * INTO v_quota;
    IF v_quota.id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM audit_append_to(v_account.organization_id, 'quota.removed',
        jsonb_build_object('scope', v_quota.scope, 'subject', v_quota.subject_id), p_actor, p_reason);
    RETURN true;
END $$;

-- What a quota counts in the present period: expired holds count as free already.
CREATE OR REPLACE FUNCTION tokens_quota_used(p_quota tokens_quota) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_quota.counted_since < period.since
            THEN tokens_used_since(p_quota.organization_id, p_quota.subject_id, period.since)
        ELSE p_quota.used_tokens
    END - (
        SELECT coalesce(sum(tokens), 0)::int FROM tokens_hold
        WHERE organization_id = p_quota.organization_id AND ended_at IS NULL AND expires_at <= organization_now()
            AND created_at >= greatest(p_quota.counted_since, period.since)
            AND p_quota.subject_id IN (organization_id, department_id, user_id)
    )
    FROM tokens_account account, LATERAL (SELECT tokens_period_since(account) AS since) period
    WHERE organization_id = p_quota.organization_id
$$;

-- What a quota allows in the present period.
CREATE OR REPLACE FUNCTION tokens_quota_allowed(p_quota tokens_quota) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT tokens_quota_allows(p_quota, tokens_period_since(account))
    FROM tokens_account account WHERE organization_id = p_quota.organization_id
$$;
