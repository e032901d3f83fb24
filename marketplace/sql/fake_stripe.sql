-- The tables of `fake_stripe`, which is installed in sandbox mode only, are isolated in every mode.

CREATE POLICY of_organization ON marketplace_sandbox_object USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));

CREATE POLICY of_system ON marketplace_sandbox_object TO app_system USING (true) WITH CHECK (true);

CREATE POLICY of_organization ON marketplace_sandbox_event USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));

CREATE POLICY of_system ON marketplace_sandbox_event TO app_system USING (true) WITH CHECK (true);

CREATE POLICY of_organization ON marketplace_sandbox_delivery USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));

CREATE POLICY of_system ON marketplace_sandbox_delivery TO app_system USING (true) WITH CHECK (true);

CREATE POLICY of_organization ON marketplace_sandbox_answer USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));

CREATE POLICY of_system ON marketplace_sandbox_answer TO app_system USING (true) WITH CHECK (true);
