CREATE OR REPLACE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
COMMENT ON FUNCTION refuse_change_of_history() IS 'sha256:46b4a1913c6c782b';
