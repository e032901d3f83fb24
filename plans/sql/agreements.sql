-- What was agreed with an organization: refused to closed ones, and its figures never change.

CREATE TRIGGER closed BEFORE INSERT ON plans_agreement FOR EACH ROW EXECUTE FUNCTION refuse_closed();

-- An announced change is given its beginning, withdrawn, and confirmed as billed. Nothing else changes, and of what was
-- not announced nothing at all: what a customer agreed to stays readable.
CREATE FUNCTION plans_guard_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - '{starts_at,applied_at,withdrawn_at}'::text[]
            IS DISTINCT FROM to_jsonb(OLD) - '{starts_at,applied_at,withdrawn_at}'::text[]
        OR OLD.applied_at IS NOT NULL OR OLD.announced_for IS NULL THEN
        RAISE EXCEPTION 'what was agreed does not change: agree anew' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard BEFORE UPDATE ON plans_agreement FOR EACH ROW EXECUTE FUNCTION plans_guard_agreement();
