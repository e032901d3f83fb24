CREATE TRIGGER closed BEFORE INSERT ON plans_subscription FOR EACH ROW EXECUTE FUNCTION refuse_closed();
