DROP POLICY IF EXISTS of_organization ON tokens_account;
CREATE POLICY of_organization ON tokens_account USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON tokens_account IS 'sha256:a0835816cf5a2d9a';

DROP POLICY IF EXISTS of_system ON tokens_account;
CREATE POLICY of_system ON tokens_account TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON tokens_account IS 'sha256:404fef3979ec4a74';
