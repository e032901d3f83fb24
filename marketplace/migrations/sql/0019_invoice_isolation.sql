DROP POLICY IF EXISTS of_organization ON marketplace_invoice;
CREATE POLICY of_organization ON marketplace_invoice USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON marketplace_invoice IS 'sha256:47bcd8ccd676e079';

DROP POLICY IF EXISTS of_system ON marketplace_invoice;
CREATE POLICY of_system ON marketplace_invoice TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON marketplace_invoice IS 'sha256:f26b814e2a01a524';

DROP POLICY IF EXISTS of_organization ON marketplace_credit_note;
CREATE POLICY of_organization ON marketplace_credit_note USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON marketplace_credit_note IS 'sha256:45cd31f2f2f11886';

DROP POLICY IF EXISTS of_system ON marketplace_credit_note;
CREATE POLICY of_system ON marketplace_credit_note TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON marketplace_credit_note IS 'sha256:b29864e120fe82d8';
