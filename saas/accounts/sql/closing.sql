-- Refuse a new row to an organization that is closed. Whoever closes it holds its lock, as does whoever writes what
-- matters, so nothing slips in between. It runs with the writer's rights: their policies show the organization.
CREATE FUNCTION refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_organization WHERE id = NEW.organization_id AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the organization is closed' USING ERRCODE = 'MP410';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER closed BEFORE INSERT ON accounts_apikey FOR EACH ROW EXECUTE FUNCTION refuse_closed();
CREATE TRIGGER closed BEFORE INSERT ON accounts_invitation FOR EACH ROW EXECUTE FUNCTION refuse_closed();
