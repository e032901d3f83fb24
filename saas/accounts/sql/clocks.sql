-- Refuse to move the clock of an organization that pays, or may: only a test organization's moves, and under sandbox
-- payments everybody's. And a test organization stays one, and one of the same organization.
CREATE FUNCTION accounts_guard_clock() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER guard_clock BEFORE INSERT OR UPDATE OF clock_offset, sandbox_of_id ON accounts_organization
FOR EACH ROW EXECUTE FUNCTION accounts_guard_clock();
