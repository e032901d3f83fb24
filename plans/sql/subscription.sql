-- Subscriptions in force: refused to closed organizations, and the allowances they bring.

CREATE TRIGGER closed BEFORE INSERT ON plans_subscription FOR EACH ROW EXECUTE FUNCTION refuse_closed();

-- Grant the allowances that are ordered, each once, to organizations which nobody is writing to. Returns how many.
-- What rolls over is what expired unspent of the buckets named in `previous_keys`; code before 0.2 gives `previous_key`.
-- An order is written before the lock is taken; what could have changed meanwhile is asked again under it.
-- Runs as app_system for many organizations, or for the one acted for, whose lock the caller has.
CREATE FUNCTION plans_refresh(p_orders jsonb, p_actor jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_setting text := current_setting('app.current_org', true);
    v_order record;
    v_first boolean;
    v_unspent int;
    v_granted int := 0;
BEGIN
    FOR v_order IN
        SELECT * FROM jsonb_to_recordset(p_orders) AS o (
            organization uuid, subscription uuid, plan text, tokens int, rollover_max int,
            key text, previous_key text, previous_keys text[], anchor timestamptz, starts_at timestamptz, ends_at timestamptz)
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended(v_order.organization::text, 0));
        PERFORM set_config('app.current_org', v_order.organization::text, true);
        UPDATE plans_subscription SET allowance_until = v_order.ends_at
        FROM tokens_account account
        WHERE id = v_order.subscription AND plan_key = v_order.plan AND ended_at IS NULL
            AND anchor_at = coalesce(v_order.anchor, anchor_at)
            AND coalesce(nothing_before, '-infinity') <= organization_now()
            AND account.organization_id = v_order.organization AND account.suspended_at IS NULL
            AND v_order.ends_at > organization_now();
        CONTINUE WHEN NOT FOUND OR v_order.tokens = 0;
        SELECT granted_now INTO v_first FROM tokens_grant('plan', v_order.tokens, v_order.ends_at, v_order.key,
            v_order.plan || ' allowance', v_order.starts_at, p_actor);
        CONTINUE WHEN NOT v_first;
        v_granted := v_granted + 1;
        IF v_order.rollover_max > 0 THEN
            SELECT least(coalesce(sum(tokens_expired_unspent(k)), 0), v_order.rollover_max) INTO v_unspent
            FROM unnest(coalesce(v_order.previous_keys, ARRAY[v_order.previous_key])) AS k;
            IF v_unspent > 0 THEN
                PERFORM tokens_grant('plan', v_unspent, v_order.ends_at, 'rollover:' || v_order.key,
                    v_order.plan || ' rollover', NULL, p_actor);
            END IF;
        END IF;
    END LOOP;
    PERFORM set_config('app.current_org', coalesce(v_setting, ''), true);
    RETURN v_granted;
END $$;

-- plans_refresh for many: grant the allowances that are ordered to those organizations that are ordinary, in few
-- statements. Returns how many were granted, and the organizations that were served: the others are for plans_refresh.
-- Runs as app_system.
CREATE FUNCTION plans_refresh_many(p_orders jsonb, p_actor jsonb, OUT granted int, OUT served uuid[])
LANGUAGE plpgsql AS $$
DECLARE
    v_locked uuid[] := organizations_lock(ARRAY(SELECT (o ->> 'organization')::uuid FROM jsonb_array_elements(p_orders) o));
    v_grants jsonb;
    v_new uuid[];
BEGIN
    SELECT coalesce(jsonb_agg(jsonb_build_object('organization', o.organization, 'source', 'plan', 'tokens', o.tokens,
        'expires_at', o.ends_at, 'key', o.key, 'reason', o.plan || ' allowance', 'period_started_at', o.starts_at)), '[]')
    INTO v_grants
    FROM jsonb_to_recordset(p_orders) AS o (
        organization uuid, subscription uuid, plan text, tokens int, key text, anchor timestamptz, starts_at timestamptz,
        ends_at timestamptz)
    JOIN plans_subscription s ON s.organization_id = o.organization AND s.id = o.subscription
    JOIN tokens_account a ON a.organization_id = o.organization
    WHERE o.organization = ANY (v_locked) AND s.plan_key = o.plan AND s.ended_at IS NULL AND a.suspended_at IS NULL
        AND s.anchor_at = coalesce(o.anchor, s.anchor_at) AND coalesce(s.nothing_before, '-infinity') <= clock_timestamp()
        AND o.ends_at > clock_timestamp();
    SELECT coalesce(array_agg(g.organization), '{}'), coalesce(array_agg(g.organization) FILTER (WHERE g.granted_now), '{}')
    INTO served, v_new FROM tokens_grant_many(v_grants, p_actor) g;
    UPDATE plans_subscription s SET allowance_until = o.ends_at
    FROM jsonb_to_recordset(p_orders) AS o (organization uuid, subscription uuid, ends_at timestamptz)
    WHERE o.organization = ANY (served) AND s.organization_id = o.organization AND s.id = o.subscription;
    SELECT jsonb_agg(jsonb_build_object('organization', organization, 'source', 'plan', 'tokens', least(unspent, rollover_max),
        'expires_at', ends_at, 'key', 'rollover:' || key, 'reason', plan || ' rollover'))
    INTO v_grants
    FROM (
        SELECT o.organization, o.plan, o.key, o.rollover_max, o.ends_at, -sum(e.tokens) AS unspent
        FROM jsonb_to_recordset(p_orders) AS o (
            organization uuid, plan text, rollover_max int, key text, previous_keys text[], ends_at timestamptz)
        JOIN tokens_bucket b ON b.organization_id = o.organization AND b.business_key = ANY (o.previous_keys)
        JOIN tokens_entry e ON e.organization_id = b.organization_id AND e.bucket_id = b.id
            AND e.transaction_id IS NULL AND e.kind = 'expire'
        WHERE o.organization = ANY (v_new) AND o.rollover_max > 0
        GROUP BY o.organization, o.plan, o.key, o.rollover_max, o.ends_at
    ) over;
    IF v_grants IS NOT NULL THEN
        IF jsonb_array_length(v_grants) <> (SELECT count(*) FROM tokens_grant_many(v_grants, p_actor)) THEN
            RAISE EXCEPTION 'not everybody has what rolls over' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    granted := cardinality(v_new);
END $$;
