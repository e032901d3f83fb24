-- Whom a statement acts for, on whose lock, at what time.

-- One organization, one writer at a time: whoever changes its ledger or appends to its chain takes
-- this lock first, and so nobody can wait in a circle. It is held until the transaction ends.
CREATE FUNCTION organization_lock(p_organization uuid) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(p_organization::text, 0))
$$;

-- The organization the caller acts for; the nil UUID (the platform) for the system; an error for nobody.
CREATE FUNCTION organization_acting() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_organization uuid := nullif(current_setting('app.current_org', true), '')::uuid;
BEGIN
    IF v_organization IS NULL AND current_setting('role') = 'app_system' THEN
        RETURN '00000000-0000-0000-0000-000000000000';
    ELSIF v_organization IS NULL THEN
        RAISE EXCEPTION 'no organization is set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN v_organization;
END $$;

-- The clock of the organization acted for. Only a sandbox organization's is ever moved; nobody's is the database's.
-- It always runs as the owner: plans of isolated tables belong to one role, and two callers that take turns would
-- have it planned again each time.
CREATE FUNCTION organization_now() RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clock_timestamp() + coalesce((
        SELECT clock_offset FROM accounts_organization
        WHERE id = nullif(current_setting('app.current_org', true), '')::uuid), '0')
$$;

-- An organization is its own: the policies of its table are those of the tenant tables, by its own id.
CREATE POLICY of_organization ON accounts_organization
    USING (id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid))
    WITH CHECK (id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
CREATE POLICY of_system ON accounts_organization TO app_system USING (true) WITH CHECK (true);
