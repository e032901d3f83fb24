CREATE TRIGGER closed BEFORE INSERT ON webhooks_endpoint FOR EACH ROW EXECUTE FUNCTION refuse_closed();
