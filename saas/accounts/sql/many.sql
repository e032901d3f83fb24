-- Many organizations at once.

-- Take the locks of those organizations that nobody is writing to, waiting for none. Returns those: what is read in the
-- next statement is what the last holder of each lock committed.
CREATE FUNCTION organizations_lock(p_organizations uuid[]) RETURNS uuid[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(o), '{}') FROM unnest(p_organizations) o
    WHERE pg_try_advisory_xact_lock(hashtextextended(o::text, 0))
$$;
