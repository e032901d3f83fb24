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

-- Refuse changes of openings but that another key signs one: what it says stays.
CREATE FUNCTION refuse_change_of_opening() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF tg_op = 'UPDATE' AND new.signature <> old.signature
        AND to_jsonb(new) - '{signature,key}'::text[] = to_jsonb(old) - '{signature,key}'::text[] THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_opening
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_opening();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_opening FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Have another signature on the opening that says p_text to the letter, and record that. For app_system only.
CREATE FUNCTION audit_sign_opening(p_organization uuid, p_text text, p_signature text, p_key text, p_actor jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_opening audit_opening;
BEGIN
    SELECT * INTO v_opening FROM audit_opening o WHERE o.organization_id = p_organization AND o.text = p_text FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no opening says this' USING ERRCODE = 'restrict_violation';
    END IF;
    IF v_opening.key = p_key THEN
        RETURN;
    END IF;
    UPDATE audit_opening o SET signature = p_signature, key = p_key WHERE o.id = v_opening.id;
    PERFORM audit_append_to(p_organization, 'audit.opening_signed', jsonb_build_object(
        'number', v_opening.number, 'key', p_key, 'key_before', v_opening.key), p_actor, '');
END $$;

-- As in many.sql.
CREATE POLICY of_many ON audit_opening TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON audit_reader_position TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
CREATE POLICY of_many ON kernel_set_aside TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
