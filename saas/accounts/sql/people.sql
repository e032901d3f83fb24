-- Release 0.1.0 does not know `canonical_email_source`: while it runs beside this one, the people it adds have it from
-- their address. What that release computes for a new person is right; only its changes of an address were not.
CREATE FUNCTION accounts_canonical_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.canonical_email_source := coalesce(NEW.canonical_email_source, NEW.email);
    RETURN NEW;
END $$;

CREATE TRIGGER canonical_source BEFORE INSERT ON accounts_user
FOR EACH ROW EXECUTE FUNCTION accounts_canonical_source();
