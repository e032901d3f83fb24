DROP POLICY IF EXISTS of_organization ON quests_calendar_feed;
CREATE POLICY of_organization ON quests_calendar_feed USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON quests_calendar_feed IS 'sha256:9bcb75a78f0f58cf';

DROP POLICY IF EXISTS of_system ON quests_calendar_feed;
CREATE POLICY of_system ON quests_calendar_feed TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON quests_calendar_feed IS 'sha256:818befcc7a3d1596';
