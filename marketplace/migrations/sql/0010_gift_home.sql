CREATE OR REPLACE FUNCTION marketplace_home_of_gift(p_secret_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM marketplace_gift WHERE secret_hash = p_secret_hash
$$;
COMMENT ON FUNCTION marketplace_home_of_gift(bytea) IS 'sha256:39270dca5856dc1b';

DROP POLICY IF EXISTS of_lookup ON marketplace_gift;
CREATE POLICY of_lookup ON marketplace_gift FOR SELECT TO app_owner USING (true);
COMMENT ON POLICY of_lookup ON marketplace_gift IS 'sha256:961a69c1ae48e291';
