CREATE OR REPLACE TRIGGER closed BEFORE INSERT ON plans_trial FOR EACH ROW EXECUTE FUNCTION refuse_closed();
COMMENT ON TRIGGER closed ON plans_trial IS 'sha256:8b9a458282b4fe6d';

CREATE OR REPLACE FUNCTION plans_guard_trial() RETURNS trigger LANGUAGE plpgsql AS $$
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
COMMENT ON FUNCTION plans_guard_trial() IS 'sha256:9e821bf3fd01cc69';

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON plans_trial FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TRIGGER no_truncate ON plans_trial IS 'sha256:295d6bb8909e43e6';

CREATE OR REPLACE FUNCTION plans_trial_unclaimed(p_known bytea[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM organization_acting();
    RETURN NOT EXISTS (SELECT FROM plans_trial_claim WHERE subject_hash = ANY(p_known));
END $$;
COMMENT ON FUNCTION plans_trial_unclaimed(bytea[]) IS 'sha256:607ee724db7854f9';

CREATE OR REPLACE FUNCTION plans_claim_trial(p_new bytea[], p_known bytea[]) RETURNS boolean
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
COMMENT ON FUNCTION plans_claim_trial(bytea[], bytea[]) IS 'sha256:0703d1f5f32852e1';

DROP POLICY IF EXISTS of_claims ON plans_trial_claim;
CREATE POLICY of_claims ON plans_trial_claim TO app_owner USING (true) WITH CHECK (true);
COMMENT ON POLICY of_claims ON plans_trial_claim IS 'sha256:1e45c0018fa982bd';

DROP POLICY IF EXISTS of_system ON plans_trial_claim;
CREATE POLICY of_system ON plans_trial_claim FOR SELECT TO app_system USING (true);
COMMENT ON POLICY of_system ON plans_trial_claim IS 'sha256:5e78e20945cd5e04';

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON plans_trial_claim
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TRIGGER append_only ON plans_trial_claim IS 'sha256:293f55259fca7f15';

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON plans_trial_claim
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TRIGGER no_truncate ON plans_trial_claim IS 'sha256:0c94b11b7d7485b1';

DROP POLICY IF EXISTS of_organization ON plans_trial;
CREATE POLICY of_organization ON plans_trial USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON plans_trial IS 'sha256:62b36cb0f51a7c49';

DROP POLICY IF EXISTS of_system ON plans_trial;
CREATE POLICY of_system ON plans_trial TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON plans_trial IS 'sha256:0c3e9a22cbf2d1e8';

CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON plans_trial
    FOR EACH ROW EXECUTE FUNCTION plans_guard_trial();
COMMENT ON TRIGGER guard ON plans_trial IS 'sha256:9ddf83a619cef4ad';
