-- What changed, and in which order: one row a record, moved to its organization's next number by each change.

-- The head's row is locked until commit. So numbers are given in the order of commits: whoever sees a number has
-- been able to see every smaller one, and a reader that goes on from the last number it saw misses nothing.
-- `edited_version` is the version at the last edit; the progress that revenue adds to a goal edits nothing.
CREATE FUNCTION quests_number_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_derived text[] := '{version,updated_at,current_amount}';
    v_setting text := coalesce(current_setting('app.current_org', true), '');
    v_record record;
    v_removed jsonb;
    v_edited boolean := true;
    v_seq bigint;
    v_version integer;
BEGIN
    IF tg_op = 'DELETE' THEN
        v_record := OLD;
        v_removed := to_jsonb(OLD);
    ELSE
        v_record := NEW;
    END IF;
    IF tg_op = 'UPDATE' THEN
        v_edited := to_jsonb(NEW) - v_derived IS DISTINCT FROM to_jsonb(OLD) - v_derived;
    END IF;
    PERFORM set_config('app.current_org', v_record.organization_id::text, true);
    INSERT INTO quests_change_head AS head (organization_id, seq) VALUES (v_record.organization_id, 1)
        ON CONFLICT (organization_id) DO UPDATE SET seq = head.seq + 1 RETURNING seq INTO v_seq;
    INSERT INTO quests_change AS change
        (id, organization_id, type, record_id, seq, version, edited_version, removed)
        VALUES (uuidv7(), v_record.organization_id, tg_argv[0], v_record.id, v_seq, 1, 1, v_removed)
        ON CONFLICT (organization_id, type, record_id) DO UPDATE SET
            seq = v_seq,
            version = change.version + 1,
            edited_version = CASE WHEN v_edited THEN change.version + 1 ELSE change.edited_version END,
            removed = v_removed
        RETURNING version INTO v_version;
    PERFORM set_config('app.current_org', v_setting, true);
    IF tg_op <> 'DELETE' THEN
        v_record.version := v_version;
    END IF;
    RETURN v_record;
END $$;

CREATE TRIGGER number_change BEFORE INSERT OR UPDATE OR DELETE ON quests_goal
    FOR EACH ROW EXECUTE FUNCTION quests_number_change('goal');
CREATE TRIGGER number_change BEFORE INSERT OR UPDATE OR DELETE ON quests_quest
    FOR EACH ROW EXECUTE FUNCTION quests_number_change('quest');
CREATE TRIGGER number_change BEFORE INSERT OR UPDATE OR DELETE ON quests_revenue_entry
    FOR EACH ROW EXECUTE FUNCTION quests_number_change('revenue_entry');

-- Forget the order of changes of the organization acted for, with what it keeps of removed records. Of one that is
-- closed only: clients of an open one would never hear of what was removed.
CREATE FUNCTION quests_forget_changes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_organization uuid := organization_acting();
BEGIN
    IF NOT EXISTS (SELECT FROM accounts_organization WHERE id = v_organization AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the organization is open' USING ERRCODE = 'restrict_violation';
    END IF;
    DELETE FROM quests_change WHERE organization_id = v_organization;
    DELETE FROM quests_change_head WHERE organization_id = v_organization;
END $$;
