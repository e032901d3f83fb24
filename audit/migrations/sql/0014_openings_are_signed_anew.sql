CREATE OR REPLACE FUNCTION refuse_change_of_opening() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF tg_op = 'UPDATE' AND new.signature <> old.signature
        AND to_jsonb(new) - '{signature,key}'::text[] = to_jsonb(old) - '{signature,key}'::text[] THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION refuse_change_of_opening() IS 'sha256:be77dd8396f29fd2';

CREATE OR REPLACE FUNCTION audit_sign_opening(p_organization uuid, p_text text, p_signature text, p_key text, p_actor jsonb)
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
COMMENT ON FUNCTION audit_sign_opening(uuid, text, text, text, jsonb) IS 'sha256:5f4292a73f3450a2';

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_opening
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_opening();
COMMENT ON TRIGGER append_only ON audit_opening IS 'sha256:fa845b0f6cab7cf7';
