CREATE OR REPLACE FUNCTION refuse_large_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_most int;
BEGIN
    SELECT value INTO v_most FROM plans_limit
    WHERE key = 'staff_grant_tokens_max' AND plan_id IS NULL AND price_book_id = (
        SELECT max(version) FROM plans_price_book WHERE effective_at <= clock_timestamp());
    IF NOT FOUND THEN
        v_most := 10000;
    END IF;
    IF NEW.granted > v_most THEN
        RAISE EXCEPTION 'staff grant at most % tokens in one go (staff_grant_tokens_max of the price book)', v_most
            USING ERRCODE = 'MP422', DETAIL = jsonb_build_object(
                'limit', 'staff_grant_tokens_max', 'allowed', v_most)::text;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION refuse_large_grant() IS 'sha256:ea9980954d8e1c04';

CREATE OR REPLACE TRIGGER staff_grant BEFORE INSERT ON tokens_bucket FOR EACH ROW
    WHEN (NEW.source = 'adjustment' OR NEW.business_key LIKE 'staff:%') EXECUTE FUNCTION refuse_large_grant();
COMMENT ON TRIGGER staff_grant ON tokens_bucket IS 'sha256:2424bef1e52a74f6';
