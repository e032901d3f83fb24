CREATE OR REPLACE VIEW audit_beginning WITH (security_invoker = true) AS
SELECT o.organization_id, o.number, o.event_seq, o.entry_seq, o.text::jsonb AS opening
FROM audit_opening o
WHERE NOT EXISTS (
    SELECT FROM audit_opening later WHERE later.organization_id = o.organization_id AND later.number > o.number);
COMMENT ON VIEW audit_beginning IS 'sha256:5a3efc654d0d04a3';

CREATE OR REPLACE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
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
COMMENT ON FUNCTION refuse_change_of_history() IS 'sha256:8b99d7f930ebb86b';

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_opening FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TRIGGER append_only ON audit_opening IS 'sha256:7c66cce3ef1bde3b';

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON audit_opening FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TRIGGER no_truncate ON audit_opening IS 'sha256:619084cc7c86e37a';

DROP POLICY IF EXISTS of_many ON audit_opening;
CREATE POLICY of_many ON audit_opening TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
COMMENT ON POLICY of_many ON audit_opening IS 'sha256:7ef7950ffaae9021';

DROP POLICY IF EXISTS of_many ON audit_reader_position;
CREATE POLICY of_many ON audit_reader_position TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
COMMENT ON POLICY of_many ON audit_reader_position IS 'sha256:ec67788809ba1cce';

DROP POLICY IF EXISTS of_many ON kernel_set_aside;
CREATE POLICY of_many ON kernel_set_aside TO app_owner
    USING (current_setting('role') = 'app_system' AND coalesce(current_setting('app.current_org', true), '') = '');
COMMENT ON POLICY of_many ON kernel_set_aside IS 'sha256:b45e0e80309ee495';

DROP POLICY IF EXISTS of_organization ON audit_opening;
CREATE POLICY of_organization ON audit_opening USING (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid)) WITH CHECK (organization_id = (SELECT nullif(current_setting('app.current_org', true), '')::uuid));
COMMENT ON POLICY of_organization ON audit_opening IS 'sha256:70ec16049134d773';

DROP POLICY IF EXISTS of_system ON audit_opening;
CREATE POLICY of_system ON audit_opening TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON audit_opening IS 'sha256:6f8fe35c8b210746';

CREATE OR REPLACE FUNCTION audit_verify() RETURNS TABLE (organization_id uuid, events bigint, broken_seq bigint, head_hash bytea)
LANGUAGE sql STABLE AS $$
    WITH opened AS (
        SELECT b.organization_id, b.event_seq AS seq, decode(b.opening ->> 'event_hash', 'hex') AS hash FROM audit_beginning b
    ), checked AS (
        SELECT e.organization_id, e.seq, e.hash,
            e.seq <> coalesce(o.seq, 0) + row_number() OVER chain
            OR e.hash <> audit_hash(coalesce(lag(e.hash) OVER chain, o.hash, ''), e.organization_id, e.seq, e.id, e.kind,
                e.created_at, e.actor, e.reason, e.data) AS broken
        FROM audit_event e LEFT JOIN opened o ON o.organization_id = e.organization_id
        WINDOW chain AS (PARTITION BY e.organization_id ORDER BY e.seq)
    ), chains AS (
        SELECT c.organization_id, count(*) AS events, min(c.seq) FILTER (WHERE c.broken) AS broken_seq, max(c.seq) AS last
        FROM checked c GROUP BY c.organization_id
    )
    SELECT coalesce(c.organization_id, h.organization_id), coalesce(c.events, 0),
        CASE
            WHEN c.broken_seq IS NOT NULL THEN c.broken_seq
            WHEN h.seq IS DISTINCT FROM coalesce(c.last, o.seq) OR h.hash IS DISTINCT FROM coalesce(l.hash, o.hash)
                THEN least(h.seq, coalesce(c.last, o.seq))
        END, h.hash
    FROM chains c
    FULL JOIN audit_chain_head h ON h.organization_id = c.organization_id
    LEFT JOIN opened o ON o.organization_id = coalesce(c.organization_id, h.organization_id)
    LEFT JOIN audit_event l ON l.organization_id = c.organization_id AND l.seq = c.last
$$;
COMMENT ON FUNCTION audit_verify() IS 'sha256:ab6ba0df7137a7cb';

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
COMMENT ON TRIGGER append_only ON audit_event IS 'sha256:5e45daa2acc62e86';
