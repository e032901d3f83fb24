DROP POLICY IF EXISTS of_organization ON kernel_set_aside;
CREATE POLICY of_organization ON kernel_set_aside USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON kernel_set_aside IS 'sha256:94d9097739ed2f71';

DROP POLICY IF EXISTS of_system ON kernel_set_aside;
CREATE POLICY of_system ON kernel_set_aside TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON kernel_set_aside IS 'sha256:3d65509e43e988d4';
