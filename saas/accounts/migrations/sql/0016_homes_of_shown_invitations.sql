CREATE OR REPLACE FUNCTION accounts_home_of_invitation(p_secret_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM accounts_invitation
    WHERE secret_hash = p_secret_hash OR shown_secret_hash = p_secret_hash
$$;
COMMENT ON FUNCTION accounts_home_of_invitation(bytea) IS 'sha256:d763eb2013641668';
