-- The tables of `saas.notifications`, which were made here.

CREATE POLICY of_organization ON audit_notification USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));

CREATE POLICY of_system ON audit_notification TO app_system USING (true) WITH CHECK (true);

CREATE POLICY of_organization ON audit_notificationchoice USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));

CREATE POLICY of_system ON audit_notificationchoice TO app_system USING (true) WITH CHECK (true);
