CREATE OR REPLACE TRIGGER closed BEFORE INSERT ON plans_agreement FOR EACH ROW EXECUTE FUNCTION refuse_closed();
COMMENT ON TRIGGER closed ON plans_agreement IS 'sha256:22168f442985642a';

CREATE OR REPLACE FUNCTION plans_guard_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - '{starts_at,applied_at,withdrawn_at}'::text[]
            IS DISTINCT FROM to_jsonb(OLD) - '{starts_at,applied_at,withdrawn_at}'::text[]
        OR OLD.applied_at IS NOT NULL OR OLD.announced_for IS NULL THEN
        RAISE EXCEPTION 'what was agreed does not change: agree anew' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION plans_guard_agreement() IS 'sha256:f510842925843bdb';

DROP POLICY IF EXISTS of_organization ON plans_agreement;
CREATE POLICY of_organization ON plans_agreement USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON plans_agreement IS 'sha256:c815bf2e87fcb013';

DROP POLICY IF EXISTS of_system ON plans_agreement;
CREATE POLICY of_system ON plans_agreement TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON plans_agreement IS 'sha256:16b081555e31b654';

CREATE OR REPLACE TRIGGER guard BEFORE UPDATE ON plans_agreement FOR EACH ROW EXECUTE FUNCTION plans_guard_agreement();
COMMENT ON TRIGGER guard ON plans_agreement IS 'sha256:e44d915c3ece1683';
