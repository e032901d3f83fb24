DROP POLICY IF EXISTS of_organization ON marketplace_bill_reminder;
CREATE POLICY of_organization ON marketplace_bill_reminder USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON marketplace_bill_reminder IS 'sha256:28e35d148bb242c9';

DROP POLICY IF EXISTS of_system ON marketplace_bill_reminder;
CREATE POLICY of_system ON marketplace_bill_reminder TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON marketplace_bill_reminder IS 'sha256:0cdee0ee04cdb879';
