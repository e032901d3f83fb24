-- A price book that has taken effect never changes: holds and invoices refer to it.

CREATE FUNCTION price_book_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_version int;
BEGIN
    v_version := CASE
        WHEN tg_table_name = 'plans_price_book' THEN (to_jsonb(OLD) ->> 'version')::int
        WHEN tg_table_name = 'plans_plan_feature' THEN (
            SELECT price_book_id FROM plans_plan WHERE id = (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'plan_id')::bigint)
        ELSE (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'price_book_id')::int
    END;
    IF EXISTS (SELECT FROM plans_price_book WHERE version = v_version AND effective_at <= clock_timestamp()) THEN
        RAISE EXCEPTION 'price book % is in effect and cannot change: make a new version', v_version
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE ON plans_price_book
    FOR EACH ROW EXECUTE FUNCTION price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR UPDATE OR DELETE ON plans_plan
    FOR EACH ROW EXECUTE FUNCTION price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR UPDATE OR DELETE ON plans_plan_feature
    FOR EACH ROW EXECUTE FUNCTION price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR UPDATE OR DELETE ON plans_limit
    FOR EACH ROW EXECUTE FUNCTION price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR UPDATE OR DELETE ON plans_operation_price
    FOR EACH ROW EXECUTE FUNCTION price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR UPDATE OR DELETE ON plans_pack
    FOR EACH ROW EXECUTE FUNCTION price_book_guard();
