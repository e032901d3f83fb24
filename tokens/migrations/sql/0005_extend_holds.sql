DROP FUNCTION IF EXISTS tokens_hold_extend;
CREATE FUNCTION tokens_hold_extend(p_id uuid, p_seconds int, p_seconds_max int, p_actor jsonb) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_hold tokens_hold;
    v_until timestamptz;
BEGIN
    SELECT * INTO v_hold FROM tokens_hold WHERE id = p_id AND organization_id = v_account.organization_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'MP404';
    ELSIF v_hold.status <> 'held' OR v_hold.expires_at <= v_now THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'MP409', DETAIL = jsonb_build_object(
            'status', CASE v_hold.status WHEN 'held' THEN 'expired' ELSE v_hold.status END,
            'settled_tokens', v_hold.settled_tokens)::text;
    END IF;
    v_until := greatest(v_hold.expires_at, least(
        v_now + make_interval(secs => p_seconds), v_hold.created_at + make_interval(secs => p_seconds_max)));
    UPDATE tokens_hold SET expires_at = v_until WHERE id = p_id;
    PERFORM audit_append_to(v_account.organization_id, 'hold.extended',
        jsonb_build_object('transaction', p_id, 'until', v_until), p_actor, '');
    RETURN v_until;
END $$;
