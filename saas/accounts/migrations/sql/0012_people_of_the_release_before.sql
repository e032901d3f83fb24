CREATE OR REPLACE FUNCTION accounts_canonical_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.canonical_email_source := coalesce(NEW.canonical_email_source, NEW.email);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION accounts_canonical_source() IS 'sha256:cd571a3866f710c4';

CREATE OR REPLACE TRIGGER canonical_source BEFORE INSERT ON accounts_user
FOR EACH ROW EXECUTE FUNCTION accounts_canonical_source();
COMMENT ON TRIGGER canonical_source ON accounts_user IS 'sha256:005c370c3d21b523';
