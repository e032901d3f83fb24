-- What chains begin from where older events were moved into a file: see docs/scaling.md.

-- The newest opening of each organization, which sums up those before it.
CREATE VIEW audit_beginning WITH (security_invoker = true) AS
SELECT o.organization_id, o.number, o.event_seq, o.entry_seq, o.text::jsonb AS opening
FROM audit_opening o
WHERE NOT EXISTS (
    SELECT FROM audit_opening later WHERE later.organization_id = o.organization_id AND later.number > o.number);

-- Refuse changes of history: nothing is updated, and nothing is deleted but what an opening covers, in the transaction
-- that records this opening.
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF tg_op = 'DELETE' AND EXISTS (
        SELECT FROM audit_opening o
        WHERE o.organization_id = old.organization_id AND o.created_at = transaction_timestamp()
            AND old.seq <= CASE tg_table_name WHEN 'audit_event' THEN o.event_seq ELSE o.entry_seq END
    ) THEN
        RETURN old;
    END IF;
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_opening FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_opening FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- As in many.sql.
CREATE POLICY of_many ON audit_opening TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON audit_reader_position TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON kernel_set_aside TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
