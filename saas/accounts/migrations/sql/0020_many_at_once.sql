CREATE OR REPLACE FUNCTION organizations_lock(p_organizations uuid[]) RETURNS uuid[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(o), '{}') FROM unnest(p_organizations) o
    WHERE pg_try_advisory_xact_lock(hashtextextended(o::text, 0))
$$;
COMMENT ON FUNCTION organizations_lock(uuid[]) IS 'sha256:43ab6403c9847f43';
