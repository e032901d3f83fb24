-- The organization's account. Each public function is one durable commit and one round trip.
-- The row has the head of the organization's audit chain as well (saas/accounts/models.py: OrganizationState); the platform's
-- has nothing else.
-- The writers belong to app_owner and run with its rights; the application may only call and read.
-- Lock order: the organization's lock (saas/accounts/sql/organization.sql), then account, quotas, buckets in burn order, hold.
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
    IF NOT FOUND OR v_organization = '00000000-0000-0000-0000-000000000000' THEN
        RAISE EXCEPTION 'the organization has no token account' USING ERRCODE = 'MP404';
    END IF;
    RETURN v_account;
END $$;

-- Open an organization's account, if its first event has not made the row; opening it again changes nothing.
CREATE FUNCTION tokens_account_open() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO tokens_account (organization_id) VALUES (organization_acting()) ON CONFLICT DO NOTHING
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
