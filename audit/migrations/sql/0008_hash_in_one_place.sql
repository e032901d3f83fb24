CREATE OR REPLACE FUNCTION audit_hash(
    p_before bytea, p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamptz,
    p_actor jsonb, p_reason text, p_data jsonb
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(p_before || convert_to(
        audit_canonical(p_organization, p_seq, p_id, p_kind, p_created_at, p_actor, p_reason, p_data), 'UTF8'))
$$;
COMMENT ON FUNCTION audit_hash(bytea, uuid, bigint, uuid, text, timestamptz, jsonb, text, jsonb) IS 'sha256:7bb2005786e234b1';

CREATE OR REPLACE FUNCTION audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := uuidv7();
    v_now timestamptz;
BEGIN
    PERFORM organization_lock(p_organization);
    v_now := clock_timestamp();
    LOOP
        WITH head AS (
            UPDATE audit_chain_head chain SET
                seq = chain.seq + 1,
                hash = audit_hash(
                    chain.hash, p_organization, chain.seq + 1, v_id, p_kind, v_now, p_actor, p_reason, p_data)
            WHERE chain.organization_id = p_organization
            RETURNING seq, hash
        )
        INSERT INTO audit_event (id, organization_id, seq, kind, created_at, actor, reason, data, hash)
        SELECT v_id, p_organization, seq, p_kind, v_now, p_actor, p_reason, p_data, hash FROM head;
        EXIT WHEN FOUND;
        INSERT INTO audit_chain_head (organization_id, seq, hash) VALUES (p_organization, 0, '');
    END LOOP;
    RETURN v_id;
END $$;
COMMENT ON FUNCTION audit_append_to(uuid, text, jsonb, jsonb, text) IS 'sha256:912fe5e1b9d1387d';

CREATE OR REPLACE FUNCTION audit_verify() RETURNS TABLE (organization_id uuid, events bigint, broken_seq bigint, head_hash bytea)
LANGUAGE sql STABLE AS $$
    WITH checked AS (
        SELECT e.organization_id, e.seq, e.hash,
            e.seq <> row_number() OVER chain
            OR e.hash <> audit_hash(coalesce(lag(e.hash) OVER chain, ''), e.organization_id, e.seq, e.id, e.kind,
                e.created_at, e.actor, e.reason, e.data) AS broken
        FROM audit_event e
        WINDOW chain AS (PARTITION BY e.organization_id ORDER BY e.seq)
    ), chains AS (
        SELECT c.organization_id, count(*) AS events, min(c.seq) FILTER (WHERE c.broken) AS broken_seq, max(c.seq) AS last
        FROM checked c GROUP BY c.organization_id
    )
    SELECT coalesce(c.organization_id, h.organization_id), coalesce(c.events, 0),
        CASE
            WHEN c.broken_seq IS NOT NULL THEN c.broken_seq
            WHEN h.seq IS DISTINCT FROM c.last OR h.hash IS DISTINCT FROM l.hash THEN least(h.seq, c.last)
        END, h.hash
    FROM chains c
    FULL JOIN audit_chain_head h ON h.organization_id = c.organization_id
    LEFT JOIN audit_event l ON l.organization_id = c.organization_id AND l.seq = c.last
$$;
COMMENT ON FUNCTION audit_verify() IS 'sha256:1e9687a3aef2a9ae';
