-- The organization that gives the pack behind a link, by the SHA-256 of the link's secret; see accounts/sql/homes.sql.
CREATE FUNCTION marketplace_home_of_gift(p_secret_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM marketplace_gift WHERE secret_hash = p_secret_hash
$$;

CREATE POLICY of_lookup ON marketplace_gift FOR SELECT TO app_owner USING (true);
