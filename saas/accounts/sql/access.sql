-- Who is staff, and in which groups, is said by staff's pages and by commands only: SQL that is smuggled into a
-- customer's request makes nobody staff, and gives no group more than it has.
CREATE FUNCTION accounts_guard_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'app_web' THEN
        RAISE EXCEPTION 'a request of a customer does not say who is staff' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER guard_access_new BEFORE INSERT ON accounts_user
FOR EACH ROW WHEN (NEW.is_staff OR NEW.is_superuser) EXECUTE FUNCTION accounts_guard_access();

CREATE TRIGGER guard_access BEFORE UPDATE OF is_staff, is_superuser ON accounts_user
FOR EACH ROW WHEN (NEW.is_staff <> OLD.is_staff OR NEW.is_superuser <> OLD.is_superuser)
EXECUTE FUNCTION accounts_guard_access();

CREATE TRIGGER guard_access BEFORE INSERT OR UPDATE OR DELETE ON accounts_user_groups
FOR EACH ROW EXECUTE FUNCTION accounts_guard_access();

CREATE TRIGGER guard_access BEFORE INSERT OR UPDATE OR DELETE ON accounts_user_user_permissions
FOR EACH ROW EXECUTE FUNCTION accounts_guard_access();

CREATE TRIGGER guard_access BEFORE INSERT OR UPDATE OR DELETE ON auth_group_permissions
FOR EACH ROW EXECUTE FUNCTION accounts_guard_access();
