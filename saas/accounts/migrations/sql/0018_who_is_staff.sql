CREATE OR REPLACE FUNCTION accounts_guard_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'app_web' THEN
        RAISE EXCEPTION 'a request of a customer does not say who is staff' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
COMMENT ON FUNCTION accounts_guard_access() IS 'sha256:af6252a86c1b2937';

CREATE OR REPLACE TRIGGER guard_access BEFORE UPDATE OF is_staff, is_superuser ON accounts_user
FOR EACH ROW WHEN (NEW.is_staff <> OLD.is_staff OR NEW.is_superuser <> OLD.is_superuser)
EXECUTE FUNCTION accounts_guard_access();
COMMENT ON TRIGGER guard_access ON accounts_user IS 'sha256:ee62f94a9060ad7a';

CREATE OR REPLACE TRIGGER guard_access BEFORE INSERT OR UPDATE OR DELETE ON accounts_user_groups
FOR EACH ROW EXECUTE FUNCTION accounts_guard_access();
COMMENT ON TRIGGER guard_access ON accounts_user_groups IS 'sha256:aafaa88cdf77d5e6';

CREATE OR REPLACE TRIGGER guard_access BEFORE INSERT OR UPDATE OR DELETE ON accounts_user_user_permissions
FOR EACH ROW EXECUTE FUNCTION accounts_guard_access();
COMMENT ON TRIGGER guard_access ON accounts_user_user_permissions IS 'sha256:fc1659a59454e3e9';

CREATE OR REPLACE TRIGGER guard_access BEFORE INSERT OR UPDATE OR DELETE ON auth_group_permissions
FOR EACH ROW EXECUTE FUNCTION accounts_guard_access();
COMMENT ON TRIGGER guard_access ON auth_group_permissions IS 'sha256:78d0487ecfadc9cb';

CREATE OR REPLACE TRIGGER guard_access_new BEFORE INSERT ON accounts_user
FOR EACH ROW WHEN (NEW.is_staff OR NEW.is_superuser) EXECUTE FUNCTION accounts_guard_access();
COMMENT ON TRIGGER guard_access_new ON accounts_user IS 'sha256:b9a87ea04205c7f2';
