-- Trials: one an organization, which a constraint sees to, and one a person and address, which the claims see to.

CREATE TRIGGER closed BEFORE INSERT ON plans_trial FOR EACH ROW EXECUTE FUNCTION refuse_closed();

-- Who never had a plan may have a trial, once; it can be warned of and ended, also once, and nothing else of it changes.
-- (Whose it is the policies see to.)
CREATE FUNCTION plans_guard_trial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM accounts_organization WHERE id = NEW.organization_id AND sandbox_of_id IS NOT NULL)
            OR EXISTS (SELECT FROM plans_subscription WHERE organization_id = NEW.organization_id) THEN
            RAISE EXCEPTION 'a trial is for an organization that never had a plan' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR (NEW.id, NEW.plan_key, NEW.tokens, NEW.started_by_id, NEW.started_at, NEW.ends_at)
            IS DISTINCT FROM (OLD.id, OLD.plan_key, OLD.tokens, OLD.started_by_id, OLD.started_at, OLD.ends_at) THEN
        RAISE EXCEPTION 'a trial is ended once, and nothing else of it changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON plans_trial
    FOR EACH ROW EXECUTE FUNCTION plans_guard_trial();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON plans_trial FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Return whether none of these people and addresses had a trial: their hashes, under every key that is still valid.
CREATE FUNCTION plans_trial_unclaimed(p_known bytea[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM organization_acting();
    RETURN NOT EXISTS (SELECT FROM plans_trial_claim WHERE subject_hash = ANY(p_known));
END $$;

-- Claim the trial of these people and addresses, for good; return false, and claim nothing that counts, where one of
-- them had one. A claim that another transaction is making is waited for, always in the same order. What returns false
-- is to be rolled back.
CREATE FUNCTION plans_claim_trial(p_new bytea[], p_known bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_new bytea[] := ARRAY(SELECT DISTINCT h FROM unnest(p_new) AS h ORDER BY h);
    v_claimed int;
BEGIN
    PERFORM organization_acting();
    INSERT INTO plans_trial_claim (subject_hash) SELECT h FROM unnest(v_new) WITH ORDINALITY AS n (h, place)
    ORDER BY place ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_claimed = ROW_COUNT;
    RETURN v_claimed = cardinality(v_new) AND NOT EXISTS (
        SELECT FROM plans_trial_claim WHERE subject_hash = ANY(p_known) AND subject_hash <> ALL(v_new));
END $$;

-- Only these functions, which are the owner's, write claims, staff see that there are some, and none is taken back.
CREATE POLICY of_claims ON plans_trial_claim TO app_owner USING (true) WITH CHECK (true);
CREATE POLICY of_system ON plans_trial_claim FOR SELECT TO app_system USING (true);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON plans_trial_claim
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON plans_trial_claim
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
