DROP POLICY IF EXISTS of_system ON marketplace_event_cursor;
CREATE POLICY of_system ON marketplace_event_cursor TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON marketplace_event_cursor IS 'sha256:910dd5b55dd767d0';
