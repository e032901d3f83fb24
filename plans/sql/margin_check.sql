-- The monthly margin checks: the platform's own, and never changed.
CREATE POLICY of_system ON plans_margin_check TO app_system USING (true) WITH CHECK (true);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON plans_margin_check
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON plans_margin_check
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
