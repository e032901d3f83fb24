-- Whose something is, before an organization is acted for: the few questions that a request asks about all
-- organizations. Each is answered with ids only, by the owner, who alone may look for rows of these tables without
-- their organization (the policy of_lookup); everything else is then read for the organization found.

-- The organization of an API key, by the SHA-256 of its secret.
CREATE FUNCTION accounts_home_of_key(p_secret_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM accounts_apikey WHERE secret_hash = p_secret_hash
$$;

-- The organization of an invitation, by the SHA-256 of the secret of either of its links.
CREATE FUNCTION accounts_home_of_invitation(p_secret_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM accounts_invitation
    WHERE secret_hash = p_secret_hash OR shown_secret_hash = p_secret_hash
$$;

-- The organizations of a person: those that are open first, then the one joined first.
CREATE FUNCTION accounts_homes_of_person(p_user uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.organization_id FROM accounts_membership m JOIN accounts_organization o ON o.id = m.organization_id
    WHERE m.user_id = p_user ORDER BY o.closed_at NULLS FIRST, m.id
$$;

-- The test organization of the organization acted for.
CREATE FUNCTION accounts_test_organization() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM accounts_organization
    WHERE sandbox_of_id = nullif(current_setting('app.current_org', true), '')::uuid
$$;

-- What these functions may look for without an organization, and nobody else.
CREATE POLICY of_lookup ON accounts_apikey FOR SELECT TO app_owner USING (true);
CREATE POLICY of_lookup ON accounts_invitation FOR SELECT TO app_owner USING (true);
CREATE POLICY of_lookup ON accounts_membership FOR SELECT TO app_owner USING (true);
CREATE POLICY of_lookup ON accounts_organization FOR SELECT TO app_owner USING (true);
