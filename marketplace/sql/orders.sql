CREATE TRIGGER closed BEFORE INSERT ON marketplace_order FOR EACH ROW EXECUTE FUNCTION refuse_closed();
