CREATE OR REPLACE FUNCTION tokens_history_is_exported(p_organization uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM audit_event
        WHERE organization_id = p_organization AND kind IN ('audit.exported', 'organization.exported')
            AND created_at > now() - interval '1 hour')
$$;
COMMENT ON FUNCTION tokens_history_is_exported(uuid) IS 'sha256:939c4c5a5344b9fb';
