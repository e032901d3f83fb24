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
            key text, previous_key text, previous_keys text[], starts_at timestamptz, ends_at timestamptz)
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended(v_order.organization::text, 0));
        PERFORM set_config('app.current_org', v_order.organization::text, true);
        UPDATE plans_subscription SET allowance_until = v_order.ends_at
        FROM tokens_account account
        WHERE id = v_order.subscription AND plan_key = v_order.plan AND ended_at IS NULL
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
