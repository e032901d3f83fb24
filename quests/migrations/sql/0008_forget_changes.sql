CREATE OR REPLACE FUNCTION quests_forget_changes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_organization uuid := organization_acting();
BEGIN
    IF NOT EXISTS (SELECT FROM accounts_organization WHERE id = v_organization AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the organization is open' USING ERRCODE = 'restrict_violation';
    END IF;
    DELETE FROM quests_change WHERE organization_id = v_organization;
    DELETE FROM quests_change_head WHERE organization_id = v_organization;
END $$;
COMMENT ON FUNCTION quests_forget_changes() IS 'sha256:422fd83a5711d228';
