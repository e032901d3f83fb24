-- Ending what is over: expired holds and buckets. Writers as in account.sql.

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

-- Release expired holds and expire buckets of the organization acted for.
CREATE FUNCTION tokens_sweep(p_actor jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tokens_expire(tokens_begin(), organization_now(), p_actor);
END $$;

-- Sweep those of the organizations that are ordinary and that nobody is writing to, in few statements. Returns them.
CREATE FUNCTION tokens_sweep_many(p_organizations uuid[], p_actor jsonb) RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_locked uuid[] := organizations_lock(p_organizations);
    v_now timestamptz := clock_timestamp();
    v_ordinary uuid[] := tokens_ordinary(v_locked, v_now);
BEGIN
    PERFORM tokens_expire_many(v_ordinary, v_now, p_actor);
    RETURN v_ordinary;
END $$;

-- Sweep the organizations one after another, skipping those at work. Returns how many.
-- Runs as app_system, each sweep acts for one.
CREATE FUNCTION tokens_sweep_each(p_organizations uuid[], p_actor jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_organization uuid;
    v_swept int := 0;
BEGIN
    FOR v_organization IN
        SELECT o FROM unnest(p_organizations) o WHERE pg_try_advisory_xact_lock(hashtextextended(o::text, 0))
    LOOP
        PERFORM set_config('app.current_org', v_organization::text, true);
        PERFORM tokens_sweep(p_actor);
        v_swept := v_swept + 1;
    END LOOP;
    PERFORM set_config('app.current_org', '', true);
    RETURN v_swept;
END $$;

-- Sweep up to p_limit organizations that have something to sweep, skipping those at work. Returns how many.
-- The release before calls it. Runs as app_system: the loop sees all, each sweep acts for one. An organization with two
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
