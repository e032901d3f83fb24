CREATE OR REPLACE FUNCTION accounts_guard_clock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_before interval := '0';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        v_before := OLD.clock_offset;
        IF NEW.sandbox_of_id IS DISTINCT FROM OLD.sandbox_of_id THEN
            RAISE EXCEPTION 'whose test organization this is does not change' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.clock_offset <> v_before AND NEW.sandbox_of_id IS NULL
        AND (SELECT billing_mode FROM accounts_installation) <> 'sandbox' THEN
        RAISE EXCEPTION 'only the clock of a test organization may be moved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION accounts_guard_clock() IS 'sha256:51b174ca4d54d394';

CREATE OR REPLACE FUNCTION accounts_home_of_key(p_secret_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM accounts_apikey WHERE secret_hash = p_secret_hash
$$;
COMMENT ON FUNCTION accounts_home_of_key(bytea) IS 'sha256:994b08b5a9e0a800';

CREATE OR REPLACE FUNCTION accounts_home_of_invitation(p_secret_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM accounts_invitation WHERE secret_hash = p_secret_hash
$$;
COMMENT ON FUNCTION accounts_home_of_invitation(bytea) IS 'sha256:f63bbebdda39f46f';

CREATE OR REPLACE FUNCTION accounts_homes_of_person(p_user uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.organization_id FROM accounts_membership m JOIN accounts_organization o ON o.id = m.organization_id
    WHERE m.user_id = p_user ORDER BY o.closed_at NULLS FIRST, m.id
$$;
COMMENT ON FUNCTION accounts_homes_of_person(uuid) IS 'sha256:0e2c5e64c2bdc5ab';

CREATE OR REPLACE FUNCTION accounts_test_organization() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM accounts_organization
    WHERE sandbox_of_id = nullif(current_setting('app.current_org', true), '')::uuid
$$;
COMMENT ON FUNCTION accounts_test_organization() IS 'sha256:a0b80656dfbf9aa2';

DROP POLICY IF EXISTS of_lookup ON accounts_apikey;
CREATE POLICY of_lookup ON accounts_apikey FOR SELECT TO app_owner USING (true);
COMMENT ON POLICY of_lookup ON accounts_apikey IS 'sha256:8a81350b7971d363';

DROP POLICY IF EXISTS of_lookup ON accounts_invitation;
CREATE POLICY of_lookup ON accounts_invitation FOR SELECT TO app_owner USING (true);
COMMENT ON POLICY of_lookup ON accounts_invitation IS 'sha256:ffbb54873b9dfe80';

DROP POLICY IF EXISTS of_lookup ON accounts_membership;
CREATE POLICY of_lookup ON accounts_membership FOR SELECT TO app_owner USING (true);
COMMENT ON POLICY of_lookup ON accounts_membership IS 'sha256:5aa755da3b4606dc';

DROP POLICY IF EXISTS of_lookup ON accounts_organization;
CREATE POLICY of_lookup ON accounts_organization FOR SELECT TO app_owner USING (true);
COMMENT ON POLICY of_lookup ON accounts_organization IS 'sha256:f82933eabb93c9e3';

CREATE OR REPLACE TRIGGER guard_clock BEFORE INSERT OR UPDATE OF clock_offset, sandbox_of_id ON accounts_organization
FOR EACH ROW EXECUTE FUNCTION accounts_guard_clock();
COMMENT ON TRIGGER guard_clock ON accounts_organization IS 'sha256:747c3fde70564062';
