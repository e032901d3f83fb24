SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.audit_append(p_kind text, p_data jsonb, p_actor jsonb, p_reason text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_organization uuid := organization_acting();
    v_setting text := current_setting('app.current_org');
    v_id uuid;
BEGIN
    PERFORM set_config('app.current_org', v_organization::text, true);
    v_id := audit_append_to(v_organization, p_kind, p_data, p_actor, p_reason);
    PERFORM set_config('app.current_org', v_setting, true);
    RETURN v_id;
END $$;
ALTER FUNCTION public.audit_append(p_kind text, p_data jsonb, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
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
                hash = sha256(chain.hash || convert_to(audit_canonical(
                    p_organization, chain.seq + 1, v_id, p_kind, v_now, p_actor, p_reason, p_data), 'UTF8'))
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
ALTER FUNCTION public.audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.audit_canonical(p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamp with time zone, p_actor jsonb, p_reason text, p_data jsonb) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
        'organization', p_organization, 'seq', p_seq, 'id', p_id, 'kind', p_kind,
        'created_at', to_char(p_created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor', p_actor, 'reason', p_reason, 'data', p_data
    )::text
$$;
ALTER FUNCTION public.audit_canonical(p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamp with time zone, p_actor jsonb, p_reason text, p_data jsonb) OWNER TO app_owner;
CREATE FUNCTION public.audit_verify() RETURNS TABLE(organization_id uuid, events bigint, broken_seq bigint, head_hash bytea)
    LANGUAGE sql STABLE
    AS $$
    WITH checked AS (
        SELECT e.organization_id, e.seq, e.hash,
            e.seq <> row_number() OVER chain
            OR e.hash <> sha256(coalesce(lag(e.hash) OVER chain, ''::bytea) || convert_to(audit_canonical(
                e.organization_id, e.seq, e.id, e.kind, e.created_at, e.actor, e.reason, e.data), 'UTF8')) AS broken
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
ALTER FUNCTION public.audit_verify() OWNER TO app_owner;
CREATE FUNCTION public.licensing_tell(p_news jsonb, p_actor jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_setting text := current_setting('app.current_org', true);
    v_news record;
    v_event jsonb;
    v_told int := 0;
BEGIN
    FOR v_news IN
        SELECT * FROM jsonb_to_recordset(p_news) AS n (
            organization uuid, past_due_at timestamptz, grace_until timestamptz, recorded text, warned text,
            now_recorded text, now_warned text, events jsonb)
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended(v_news.organization::text, 0));
        PERFORM set_config('app.current_org', v_news.organization::text, true);
        UPDATE licensing_license SET recorded_state = v_news.now_recorded, warned_state = v_news.now_warned
        WHERE organization_id = v_news.organization AND past_due_at = v_news.past_due_at
            AND grace_until IS NOT DISTINCT FROM v_news.grace_until
            AND recorded_state = v_news.recorded AND warned_state = v_news.warned;
        CONTINUE WHEN NOT FOUND;
        v_told := v_told + 1;
        FOR v_event IN SELECT * FROM jsonb_array_elements(v_news.events) LOOP
            PERFORM audit_append(v_event ->> 'kind', v_event -> 'data', p_actor, '');
        END LOOP;
    END LOOP;
    PERFORM set_config('app.current_org', coalesce(v_setting, ''), true);
    RETURN v_told;
END $$;
ALTER FUNCTION public.licensing_tell(p_news jsonb, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.organization_acting() RETURNS uuid
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_organization uuid := nullif(current_setting('app.current_org', true), '')::uuid;
BEGIN
    IF v_organization IS NULL AND current_setting('role') = 'app_system' THEN
        RETURN '00000000-0000-0000-0000-000000000000';
    ELSIF v_organization IS NULL THEN
        RAISE EXCEPTION 'no organization is set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN v_organization;
END $$;
ALTER FUNCTION public.organization_acting() OWNER TO app_owner;
CREATE FUNCTION public.organization_lock(p_organization uuid) RETURNS void
    LANGUAGE sql
    AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(p_organization::text, 0))
$$;
ALTER FUNCTION public.organization_lock(p_organization uuid) OWNER TO app_owner;
CREATE FUNCTION public.organization_now() RETURNS timestamp with time zone
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT clock_timestamp() + coalesce((
        SELECT clock_offset FROM accounts_organization
        WHERE id = nullif(current_setting('app.current_org', true), '')::uuid), '0')
$$;
ALTER FUNCTION public.organization_now() OWNER TO app_owner;
CREATE FUNCTION public.plans_refresh(p_orders jsonb, p_actor jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_setting text := current_setting('app.current_org', true);
    v_order record;
    v_first boolean;
    v_unspent int;
    v_granted int := 0;
BEGIN
    FOR v_order IN
        SELECT * FROM jsonb_to_recordset(p_orders) AS o (
            organization uuid, subscription uuid, plan text, tokens int, rollover_max int,
            key text, previous_key text, starts_at timestamptz, ends_at timestamptz)
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended(v_order.organization::text, 0));
        PERFORM set_config('app.current_org', v_order.organization::text, true);
        UPDATE plans_subscription SET allowance_until = v_order.ends_at
        FROM tokens_account account
        WHERE id = v_order.subscription AND plan_key = v_order.plan AND ended_at IS NULL
            AND account.organization_id = v_order.organization AND account.suspended_at IS NULL
            AND v_order.ends_at > organization_now();
        CONTINUE WHEN NOT FOUND OR v_order.tokens = 0;
        SELECT granted_now INTO v_first FROM tokens_grant('plan', v_order.tokens, v_order.ends_at, v_order.key,
            v_order.plan || ' allowance', v_order.starts_at, p_actor);
        CONTINUE WHEN NOT v_first;
        v_granted := v_granted + 1;
        IF v_order.rollover_max > 0 THEN
            v_unspent := least(tokens_expired_unspent(v_order.previous_key), v_order.rollover_max);
            IF v_unspent > 0 THEN
                PERFORM tokens_grant('plan', v_unspent, v_order.ends_at, 'rollover:' || v_order.key,
                    v_order.plan || ' rollover', NULL, p_actor);
            END IF;
        END IF;
    END LOOP;
    PERFORM set_config('app.current_org', coalesce(v_setting, ''), true);
    RETURN v_granted;
END $$;
ALTER FUNCTION public.plans_refresh(p_orders jsonb, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.price_book_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_version int;
BEGIN
    v_version := CASE
        WHEN tg_table_name = 'plans_price_book' THEN (to_jsonb(OLD) ->> 'version')::int
        WHEN tg_table_name = 'plans_plan_feature' THEN (
            SELECT price_book_id FROM plans_plan WHERE id = (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'plan_id')::bigint)
        ELSE (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'price_book_id')::int
    END;
    IF EXISTS (SELECT FROM plans_price_book WHERE version = v_version AND effective_at <= clock_timestamp()) THEN
        RAISE EXCEPTION 'price book % is in effect and cannot change: make a new version', v_version
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
ALTER FUNCTION public.price_book_guard() OWNER TO app_owner;
CREATE FUNCTION public.quests_number_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.quests_number_change() OWNER TO app_owner;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;
ALTER FUNCTION public.refuse_change() OWNER TO app_owner;
CREATE FUNCTION public.refuse_closed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_organization WHERE id = NEW.organization_id AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the organization is closed' USING ERRCODE = 'MP410';
    END IF;
    RETURN NEW;
END $$;
ALTER FUNCTION public.refuse_closed() OWNER TO app_owner;
CREATE FUNCTION public.tokens_account_open() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO tokens_account (organization_id, available, held, debt, entry_seq)
    VALUES (organization_acting(), 0, 0, 0, 0) ON CONFLICT DO NOTHING
$$;
ALTER FUNCTION public.tokens_account_open() OWNER TO app_owner;
CREATE FUNCTION public.tokens_allot(p_source text, p_key text, p_tokens integer, p_expires_at timestamp with time zone, p_reason text, p_actor jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_is record;
    v_buckets int;
BEGIN
    v_account := tokens_expire(v_account, v_now, p_actor);
    SELECT * INTO v_is FROM tokens_allotment(p_source, p_key);
    UPDATE tokens_bucket SET expires_at = v_now
    WHERE organization_id = v_account.organization_id AND source = p_source AND expires_at > v_now
        AND (NOT starts_with(business_key, p_key) OR v_is.used + v_is.held + v_is.remaining > p_tokens);
    IF FOUND THEN
        v_account := tokens_expire_buckets(v_account, v_now, p_actor);
        SELECT * INTO v_is FROM tokens_allotment(p_source, p_key);
    END IF;
    IF v_is.used + v_is.held + v_is.remaining < p_tokens THEN
        SELECT count(*) INTO v_buckets FROM tokens_bucket
        WHERE organization_id = v_account.organization_id AND source = p_source AND starts_with(business_key, p_key);
        PERFORM tokens_grant(p_source, p_tokens - v_is.used - v_is.held - v_is.remaining, p_expires_at,
            p_key || ':' || v_buckets + 1, p_reason, NULL, p_actor);
        v_is.remaining := p_tokens - v_is.used - v_is.held;
    END IF;
    RETURN v_is.remaining;
END $$;
ALTER FUNCTION public.tokens_allot(p_source text, p_key text, p_tokens integer, p_expires_at timestamp with time zone, p_reason text, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_allotment(p_source text, p_key text, OUT used integer, OUT held integer, OUT remaining integer) RETURNS record
    LANGUAGE sql STABLE
    AS $$
    SELECT
        coalesce(sum(CASE WHEN b.expired_at IS NULL THEN b.granted - b.remaining - b.held ELSE (
            SELECT coalesce(-sum(e.held), 0) FROM tokens_entry e
            WHERE e.organization_id = b.organization_id AND e.bucket_id = b.id AND e.kind = 'settle') END), 0)::int,
        coalesce(sum(b.held), 0)::int,
        coalesce(sum(b.remaining) FILTER (WHERE b.expires_at > organization_now()), 0)::int
    FROM tokens_bucket b
    WHERE b.organization_id = organization_acting() AND b.source = p_source AND starts_with(b.business_key, p_key)
$$;
ALTER FUNCTION public.tokens_allotment(p_source text, p_key text, OUT used integer, OUT held integer, OUT remaining integer) OWNER TO app_owner;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.tokens_account (
    organization_id uuid NOT NULL,
    available integer NOT NULL,
    held integer NOT NULL,
    debt integer NOT NULL,
    entry_seq bigint NOT NULL,
    suspended_at timestamp with time zone,
    period_started_at timestamp with time zone,
    resets_at timestamp with time zone,
    CONSTRAINT account_available_not_negative CHECK ((available >= 0)),
    CONSTRAINT account_debt_not_negative CHECK ((debt >= 0)),
    CONSTRAINT account_held_not_negative CHECK ((held >= 0))
);
ALTER TABLE ONLY public.tokens_account FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_account OWNER TO app_owner;
CREATE FUNCTION public.tokens_begin() RETURNS public.tokens_account
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_organization uuid := organization_acting();
    v_account tokens_account;
BEGIN
    PERFORM organization_lock(v_organization);
    -- A new statement sees what the last holder of the lock committed.
    SELECT * INTO v_account FROM tokens_account WHERE organization_id = v_organization;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the organization has no token account' USING ERRCODE = 'MP404';
    END IF;
    RETURN v_account;
END $$;
ALTER FUNCTION public.tokens_begin() OWNER TO app_owner;
CREATE FUNCTION public.tokens_claw(p_business_key text, p_target integer, p_actor jsonb, p_reason text) RETURNS TABLE(bucket_id uuid, tokens integer, debt integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_bucket tokens_bucket;
    v_more int;
    v_unspent int;
    v_tokens int;
    v_debt int;
BEGIN
    v_account := tokens_expire(v_account, v_now, p_actor);
    SELECT * INTO v_bucket FROM tokens_bucket
    WHERE organization_id = v_account.organization_id AND business_key = p_business_key;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such bucket' USING ERRCODE = 'MP404';
    ELSIF p_target < 0 OR p_target > v_bucket.granted THEN
        RAISE EXCEPTION 'no more can be taken back than was granted' USING ERRCODE = 'MP422', DETAIL = jsonb_build_object(
            'granted', v_bucket.granted, 'target', p_target)::text;
    END IF;
    v_more := p_target - v_bucket.clawed;
    IF v_more > 0 AND v_bucket.expired_at IS NULL THEN
        v_tokens := -least(v_more, v_bucket.remaining);
        v_debt := v_more + v_tokens;
    ELSIF v_more > 0 THEN
        -- Spent is what was settled, is still held, or repaid an older debt when the bucket was granted.
        SELECT v_bucket.granted - v_bucket.held + coalesce(sum(CASE e.kind WHEN 'settle' THEN e.held ELSE e.tokens END), 0)
        INTO v_unspent FROM tokens_entry e
        WHERE e.organization_id = v_account.organization_id AND e.bucket_id = v_bucket.id
            AND (e.kind = 'settle' OR e.kind = 'repay' AND e.created_at = v_bucket.created_at);
        v_tokens := 0;
        v_debt := greatest(p_target - v_unspent, 0) - greatest(v_bucket.clawed - v_unspent, 0);
    ELSE
        v_debt := -least(-v_more, v_bucket.clawed_debt, v_account.debt);
        v_tokens := -v_more + v_debt;
    END IF;
    UPDATE tokens_bucket SET clawed = p_target, clawed_debt = clawed_debt + v_debt,
        expired_at = CASE WHEN v_tokens > 0 THEN NULL ELSE expired_at END
    WHERE id = v_bucket.id;
    IF v_tokens <> 0 THEN
        v_account := tokens_post(v_account, v_now, CASE WHEN v_tokens < 0 THEN 'clawback' ELSE 'reinstate' END,
            v_tokens, 0, 0, v_bucket.id);
    END IF;
    IF v_debt <> 0 THEN
        v_account := tokens_post(v_account, v_now, CASE WHEN v_debt > 0 THEN 'debt' ELSE 'reinstate' END,
            0, 0, v_debt, v_bucket.id);
    END IF;
    v_account := tokens_expire_buckets(v_account, v_now, p_actor);
    IF v_more <> 0 THEN
        PERFORM audit_append_to(v_account.organization_id,
            CASE WHEN v_more > 0 THEN 'tokens.clawed' ELSE 'tokens.reinstated' END,
            jsonb_build_object('bucket', v_bucket.id, 'target', p_target, 'tokens', v_tokens, 'debt', v_debt), p_actor, p_reason);
    END IF;
    RETURN QUERY SELECT v_bucket.id, v_tokens, v_debt;
END $$;
ALTER FUNCTION public.tokens_claw(p_business_key text, p_target integer, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_count_quotas(p_account public.tokens_account, p_tokens integer, p_user uuid, p_department uuid, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_since timestamptz := coalesce(p_account.period_started_at, date_trunc('month', p_now, 'UTC'));
    v_tightest record;
BEGIN
    WITH counted AS (
        UPDATE tokens_quota SET
            counted_since = greatest(counted_since, v_since),
            raised_tokens = CASE WHEN counted_since < v_since THEN 0 ELSE raised_tokens END,
            used_tokens = p_tokens + CASE WHEN counted_since < v_since
                THEN tokens_used_since(organization_id, subject_id, v_since) ELSE used_tokens END
        WHERE organization_id = p_account.organization_id
            AND subject_id IN (p_account.organization_id, p_department, p_user)
        RETURNING scope, tokens_quota_allows(tokens_quota, v_since) AS allowed, used_tokens - p_tokens AS used_tokens
    )
    SELECT * INTO v_tightest FROM counted ORDER BY allowed - used_tokens LIMIT 1;
    IF v_tightest.used_tokens + p_tokens > v_tightest.allowed THEN
        RAISE EXCEPTION 'quota reached' USING ERRCODE = 'MP403', DETAIL = jsonb_build_object(
            'scope', v_tightest.scope, 'limit', v_tightest.allowed, 'used', v_tightest.used_tokens,
            'needed', p_tokens)::text;
    END IF;
END $$;
ALTER FUNCTION public.tokens_count_quotas(p_account public.tokens_account, p_tokens integer, p_user uuid, p_department uuid, p_now timestamp with time zone) OWNER TO app_owner;
CREATE TABLE public.tokens_hold (
    id uuid NOT NULL,
    status character varying(8) NOT NULL,
    tokens integer NOT NULL,
    settled_tokens integer NOT NULL,
    absorbed_tokens integer NOT NULL,
    operation character varying(60) NOT NULL,
    user_id uuid NOT NULL,
    department_id uuid,
    price_book_version integer,
    details jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    organization_id uuid NOT NULL,
    CONSTRAINT hold_open_or_ended CHECK ((((ended_at IS NULL) AND ((status)::text = 'held'::text)) OR (((status)::text ~ '^(settled|released|expired|revoked)$'::text) AND (ended_at IS NOT NULL)))),
    CONSTRAINT hold_settles_within CHECK (((tokens > 0) AND ((settled_tokens = 0) OR ((settled_tokens > 0) AND (settled_tokens <= tokens) AND ((status)::text = 'settled'::text)))))
);
ALTER TABLE ONLY public.tokens_hold FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_hold OWNER TO app_owner;
CREATE FUNCTION public.tokens_end(p_account public.tokens_account, p_now timestamp with time zone, p_hold public.tokens_hold, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text) RETURNS public.tokens_account
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_part record;
    v_left int := p_charge;
    v_charge int;
BEGIN
    FOR v_part IN
        SELECT bucket_id, held AS tokens FROM tokens_entry
        WHERE organization_id = p_hold.organization_id AND transaction_id = p_hold.id AND kind = 'hold'
        ORDER BY seq
    LOOP
        v_charge := least(v_left, v_part.tokens);
        v_left := v_left - v_charge;
        IF v_charge > 0 THEN
            p_account := tokens_post(p_account, p_now, 'settle', 0, -v_charge, 0,
                v_part.bucket_id, p_hold.id, p_hold.operation, p_hold.user_id);
        END IF;
        IF v_charge < v_part.tokens THEN
            p_account := tokens_post(p_account, p_now, 'release', v_part.tokens - v_charge, v_charge - v_part.tokens, 0,
                v_part.bucket_id, p_hold.id, p_hold.operation, p_hold.user_id);
            IF p_account.debt > 0 THEN
                p_account := tokens_repay_from(p_account, p_now, v_part.bucket_id);
            END IF;
        END IF;
    END LOOP;
    IF p_charge < p_hold.tokens THEN
        p_account := tokens_expire_buckets(p_account, p_now, p_actor);
        PERFORM tokens_return_to_quotas(p_hold, p_hold.tokens - p_charge);
    END IF;
    UPDATE tokens_hold SET status = p_status, settled_tokens = p_charge, ended_at = p_now, details = details || p_details
    WHERE id = p_hold.id;
    PERFORM audit_append_to(p_account.organization_id, 'hold.' || p_status,
        jsonb_build_object('transaction', p_hold.id, 'operation', p_hold.operation,
            'held', p_hold.tokens, 'charged', p_charge, 'user', p_hold.user_id), p_actor, p_reason);
    RETURN p_account;
END $$;
ALTER FUNCTION public.tokens_end(p_account public.tokens_account, p_now timestamp with time zone, p_hold public.tokens_hold, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_expire(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) RETURNS public.tokens_account
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_hold tokens_hold;
BEGIN
    IF NOT EXISTS (
        SELECT FROM tokens_hold
        WHERE organization_id = p_account.organization_id AND ended_at IS NULL AND expires_at <= p_now
        UNION ALL
        SELECT FROM tokens_bucket
        WHERE organization_id = p_account.organization_id AND expires_at <= p_now AND (expired_at IS NULL OR remaining > 0)
    ) THEN
        RETURN p_account;
    END IF;
    FOR v_hold IN
        SELECT * FROM tokens_hold
        WHERE organization_id = p_account.organization_id AND ended_at IS NULL AND expires_at <= p_now
        ORDER BY expires_at, id
    LOOP
        p_account := tokens_end(p_account, p_now, v_hold, 'expired', 0, '{}', p_actor, '');
    END LOOP;
    RETURN tokens_expire_buckets(p_account, p_now, p_actor);
END $$;
ALTER FUNCTION public.tokens_expire(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_expire_buckets(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) RETURNS public.tokens_account
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_bucket tokens_bucket;
BEGIN
    FOR v_bucket IN
        SELECT * FROM tokens_bucket
        WHERE organization_id = p_account.organization_id AND expires_at <= p_now
            AND (expired_at IS NULL OR remaining > 0)
        ORDER BY expires_at, id
    LOOP
        UPDATE tokens_bucket SET expired_at = p_now WHERE id = v_bucket.id;
        CONTINUE WHEN v_bucket.remaining = 0;
        p_account := tokens_post(p_account, p_now, 'expire', -v_bucket.remaining, 0, 0, v_bucket.id);
        PERFORM audit_append_to(p_account.organization_id, 'tokens.expired',
            jsonb_build_object('bucket', v_bucket.id, 'tokens', v_bucket.remaining), p_actor, '');
    END LOOP;
    RETURN p_account;
END $$;
ALTER FUNCTION public.tokens_expire_buckets(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_expired_unspent(p_business_key text) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(-sum(e.tokens), 0)::int
    FROM tokens_bucket b JOIN tokens_entry e ON e.organization_id = b.organization_id AND e.bucket_id = b.id
    WHERE b.organization_id = organization_acting() AND b.business_key = p_business_key
        AND e.transaction_id IS NULL AND e.kind = 'expire'
$$;
ALTER FUNCTION public.tokens_expired_unspent(p_business_key text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_freeze(p_business_key text, p_frozen boolean, p_actor jsonb, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_id uuid;
BEGIN
    UPDATE tokens_bucket SET frozen_at = CASE WHEN p_frozen THEN organization_now() END
    WHERE organization_id = v_account.organization_id AND business_key = p_business_key
        AND (frozen_at IS NULL) = p_frozen
    RETURNING id INTO v_id;
    IF v_id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM audit_append_to(v_account.organization_id,
        CASE WHEN p_frozen THEN 'tokens.frozen' ELSE 'tokens.thawed' END,
        jsonb_build_object('bucket', v_id), p_actor, p_reason);
    RETURN true;
END $$;
ALTER FUNCTION public.tokens_freeze(p_business_key text, p_frozen boolean, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_grant(p_source text, p_tokens integer, p_expires_at timestamp with time zone, p_business_key text, p_reason text, p_period_started_at timestamp with time zone, p_actor jsonb) RETURNS TABLE(bucket_id uuid, granted_now boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_id uuid;
    v_repay int;
BEGIN
    SELECT id INTO v_id FROM tokens_bucket
    WHERE organization_id = v_account.organization_id AND business_key = p_business_key;
    IF FOUND THEN
        RETURN QUERY SELECT v_id, false;
        RETURN;
    ELSIF p_tokens <= 0 OR p_expires_at <= v_now THEN
        RAISE EXCEPTION 'a grant needs tokens and time to spend them' USING ERRCODE = 'MP422';
    END IF;
    v_id := uuidv7();
    v_account := tokens_expire(v_account, v_now, p_actor);
    v_repay := CASE p_source WHEN 'overage' THEN 0 ELSE least(v_account.debt, p_tokens) END;
    INSERT INTO tokens_bucket (id, organization_id, source, granted, remaining, held, clawed, clawed_debt, expires_at,
        business_key, reason, created_at)
    VALUES (v_id, v_account.organization_id, p_source, p_tokens, 0, 0, 0, 0, p_expires_at,
        p_business_key, p_reason, v_now);
    v_account := tokens_post(v_account, v_now,
        CASE p_source WHEN 'gift' THEN 'gift' WHEN 'adjustment' THEN 'adjust' ELSE 'grant' END,
        p_tokens, 0, 0, v_id, p_user => (p_actor ->> 'user_id')::uuid);
    IF v_repay > 0 THEN
        v_account := tokens_post(v_account, v_now, 'repay', -v_repay, 0, -v_repay, v_id);
    END IF;
    IF p_period_started_at IS NOT NULL THEN
        UPDATE tokens_account SET period_started_at = p_period_started_at, resets_at = p_expires_at
        WHERE organization_id = v_account.organization_id;
    END IF;
    PERFORM audit_append_to(v_account.organization_id, 'tokens.granted', jsonb_build_object(
        'bucket', v_id, 'source', p_source, 'tokens', p_tokens, 'expires_at', p_expires_at,
        'business_key', p_business_key, 'repaid', v_repay), p_actor, p_reason);
    RETURN QUERY SELECT v_id, true;
END $$;
ALTER FUNCTION public.tokens_grant(p_source text, p_tokens integer, p_expires_at timestamp with time zone, p_business_key text, p_reason text, p_period_started_at timestamp with time zone, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_hold_absorb(p_id uuid, p_tokens integer, p_actor jsonb) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_status text;
BEGIN
    v_account := tokens_expire(v_account, organization_now(), p_actor);
    UPDATE tokens_hold SET absorbed_tokens = p_tokens
    WHERE id = p_id AND organization_id = v_account.organization_id
        AND p_tokens > 0 AND status IN ('released', 'expired', 'revoked') AND absorbed_tokens = 0
    RETURNING status INTO v_status;
    IF FOUND THEN
        PERFORM audit_append_to(v_account.organization_id, 'hold.absorbed',
            jsonb_build_object('transaction', p_id, 'tokens', p_tokens, 'status', v_status), p_actor, '');
    END IF;
    RETURN v_status;
END $$;
ALTER FUNCTION public.tokens_hold_absorb(p_id uuid, p_tokens integer, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_hold_end(p_id uuid, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text, OUT status text, OUT tokens integer, OUT settled_tokens integer, OUT available integer, OUT held integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_hold tokens_hold;
BEGIN
    SELECT * INTO v_hold FROM tokens_hold WHERE id = p_id AND organization_id = v_account.organization_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'MP404';
    ELSIF p_charge > v_hold.tokens OR p_charge < 0 THEN
        RAISE EXCEPTION 'a hold settles what it holds at most' USING ERRCODE = 'MP422', DETAIL = jsonb_build_object(
            'held', v_hold.tokens, 'charge', p_charge)::text;
    ELSIF v_hold.status = 'held' AND v_hold.expires_at > v_now THEN
        v_account := tokens_end(v_account, v_now, v_hold, p_status, p_charge, p_details, p_actor, p_reason);
    ELSIF v_hold.status <> p_status OR v_hold.settled_tokens <> p_charge THEN
        RAISE EXCEPTION 'the hold has ended' USING ERRCODE = 'MP409', DETAIL = jsonb_build_object(
            'status', CASE v_hold.status WHEN 'held' THEN 'expired' ELSE v_hold.status END,
            'settled_tokens', v_hold.settled_tokens)::text;
    END IF;
    status := p_status;
    tokens := v_hold.tokens;
    settled_tokens := p_charge;
    available := v_account.available;
    held := v_account.held;
END $$;
ALTER FUNCTION public.tokens_hold_end(p_id uuid, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text, OUT status text, OUT tokens integer, OUT settled_tokens integer, OUT available integer, OUT held integer) OWNER TO app_owner;
CREATE FUNCTION public.tokens_hold_extend(p_id uuid, p_seconds integer, p_seconds_max integer, p_actor jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
ALTER FUNCTION public.tokens_hold_extend(p_id uuid, p_seconds integer, p_seconds_max integer, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_hold_place(p_id uuid, p_tokens integer, p_operation text, p_user uuid, p_department uuid, p_seconds integer, p_price_book integer, p_details jsonb, p_actor jsonb, OUT available integer, OUT held integer, OUT expires_at timestamp with time zone) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_bucket record;
    v_left int := p_tokens;
    v_take int;
BEGIN
    v_account := tokens_expire(v_account, v_now, p_actor);
    IF p_tokens <= 0 THEN
        RAISE EXCEPTION 'a hold needs at least one token' USING ERRCODE = 'MP422';
    ELSIF v_account.suspended_at IS NOT NULL THEN
        RAISE EXCEPTION 'the account is suspended' USING ERRCODE = 'MP423';
    ELSIF v_account.debt > 0 THEN
        RAISE EXCEPTION 'the account is in debt' USING ERRCODE = 'MP402',
            DETAIL = jsonb_build_object('debt', v_account.debt)::text;
    END IF;
    PERFORM tokens_count_quotas(v_account, p_tokens, p_user, p_department, v_now);
    FOR v_bucket IN
        SELECT id, remaining FROM tokens_bucket
        WHERE organization_id = v_account.organization_id AND remaining > 0 AND frozen_at IS NULL
        ORDER BY source = 'overage', expires_at NULLS LAST,
            CASE source WHEN 'plan' THEN 0 WHEN 'promo' THEN 1 WHEN 'gift' THEN 1 WHEN 'adjustment' THEN 2 ELSE 3 END, id
    LOOP
        v_take := least(v_left, v_bucket.remaining);
        v_account := tokens_post(v_account, v_now, 'hold', -v_take, v_take, 0, v_bucket.id, p_id, p_operation, p_user);
        v_left := v_left - v_take;
        EXIT WHEN v_left = 0;
    END LOOP;
    IF v_left > 0 THEN
        RAISE EXCEPTION 'not enough tokens' USING ERRCODE = 'MP401', DETAIL = jsonb_build_object(
            'needed', p_tokens, 'available', p_tokens - v_left)::text;
    END IF;
    available := v_account.available;
    held := v_account.held;
    expires_at := v_now + make_interval(secs => p_seconds);
    INSERT INTO tokens_hold (id, organization_id, status, tokens, settled_tokens, absorbed_tokens, operation,
        user_id, department_id, price_book_version, details, created_at, expires_at)
    VALUES (p_id, v_account.organization_id, 'held', p_tokens, 0, 0, p_operation,
        p_user, p_department, p_price_book, p_details, v_now, expires_at);
    PERFORM audit_append_to(v_account.organization_id, 'hold.placed', jsonb_build_object(
        'transaction', p_id, 'operation', p_operation, 'tokens', p_tokens, 'user', p_user), p_actor, '');
END $$;
ALTER FUNCTION public.tokens_hold_place(p_id uuid, p_tokens integer, p_operation text, p_user uuid, p_department uuid, p_seconds integer, p_price_book integer, p_details jsonb, p_actor jsonb, OUT available integer, OUT held integer, OUT expires_at timestamp with time zone) OWNER TO app_owner;
CREATE FUNCTION public.tokens_period_since(p_account public.tokens_account) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce((p_account).period_started_at, date_trunc('month', organization_now(), 'UTC'))
$$;
ALTER FUNCTION public.tokens_period_since(p_account public.tokens_account) OWNER TO app_owner;
CREATE FUNCTION public.tokens_position(OUT available integer, OUT held integer, OUT debt integer, OUT frozen integer, OUT overage integer) RETURNS record
    LANGUAGE sql STABLE
    AS $$
    WITH late AS (
        SELECT e.bucket_id, sum(e.held)::int AS tokens
        FROM tokens_hold h JOIN tokens_entry e
            ON e.organization_id = h.organization_id AND e.transaction_id = h.id AND e.kind = 'hold'
        WHERE h.organization_id = organization_acting() AND h.ended_at IS NULL AND h.expires_at <= organization_now()
        GROUP BY e.bucket_id
    ), live AS (
        SELECT b.remaining + coalesce(l.tokens, 0) AS tokens,
            b.frozen_at IS NOT NULL
                OR (a.suspended_at IS NOT NULL AND b.source IN ('purchase', 'gift', 'overage')) AS frozen,
            b.source = 'overage' AS overage
        FROM tokens_account a JOIN tokens_bucket b ON b.organization_id = a.organization_id LEFT JOIN late l ON l.bucket_id = b.id
        WHERE a.organization_id = organization_acting()
            AND (b.remaining > 0 OR l.tokens > 0) AND (b.expires_at IS NULL OR b.expires_at > organization_now())
    )
    SELECT
        coalesce((SELECT sum(tokens) FROM live WHERE NOT frozen), 0)::int,
        a.held - coalesce((SELECT sum(tokens) FROM late), 0)::int, a.debt,
        coalesce((SELECT sum(tokens) FROM live WHERE frozen), 0)::int,
        coalesce((SELECT sum(tokens) FROM live WHERE overage AND NOT frozen), 0)::int
    FROM tokens_account a WHERE a.organization_id = organization_acting()
$$;
ALTER FUNCTION public.tokens_position(OUT available integer, OUT held integer, OUT debt integer, OUT frozen integer, OUT overage integer) OWNER TO app_owner;
CREATE FUNCTION public.tokens_post(p_account public.tokens_account, p_now timestamp with time zone, p_kind text, p_tokens integer, p_held integer, p_debt integer, p_bucket uuid, p_transaction uuid DEFAULT NULL::uuid, p_operation text DEFAULT ''::text, p_user uuid DEFAULT NULL::uuid) RETURNS public.tokens_account
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH bucket AS (
        UPDATE tokens_bucket SET remaining = remaining + p_tokens, held = held + p_held
        WHERE id = p_bucket AND organization_id = p_account.organization_id AND (p_tokens <> 0 OR p_held <> 0)
    ), account AS (
        UPDATE tokens_account SET
            available = available + p_tokens, held = held + p_held, debt = debt + p_debt, entry_seq = entry_seq + 1
        WHERE organization_id = p_account.organization_id
        RETURNING *
    ), line AS (
        INSERT INTO tokens_entry (
            id, organization_id, seq, kind, tokens, held, debt, outside, balance_after,
            bucket_id, transaction_id, operation, user_id, created_at)
        SELECT uuidv7(), organization_id, entry_seq, p_kind, p_tokens, p_held, p_debt, p_debt - p_tokens - p_held, available,
            p_bucket, p_transaction, p_operation, p_user, p_now
        FROM account
    )
    SELECT * INTO p_account FROM account;
    RETURN p_account;
END $$;
ALTER FUNCTION public.tokens_post(p_account public.tokens_account, p_now timestamp with time zone, p_kind text, p_tokens integer, p_held integer, p_debt integer, p_bucket uuid, p_transaction uuid, p_operation text, p_user uuid) OWNER TO app_owner;
CREATE TABLE public.tokens_quota (
    id uuid NOT NULL,
    scope character varying(12) NOT NULL,
    subject_id uuid NOT NULL,
    limit_tokens integer NOT NULL,
    used_tokens integer NOT NULL,
    counted_since timestamp with time zone NOT NULL,
    organization_id uuid NOT NULL,
    raised_tokens integer NOT NULL,
    CONSTRAINT quota_not_negative CHECK (((limit_tokens >= 0) AND (raised_tokens >= 0) AND (used_tokens >= 0)))
);
ALTER TABLE ONLY public.tokens_quota FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_quota OWNER TO app_owner;
CREATE FUNCTION public.tokens_quota_allowed(p_quota public.tokens_quota) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    SELECT tokens_quota_allows(p_quota, tokens_period_since(account))
    FROM tokens_account account WHERE organization_id = p_quota.organization_id
$$;
ALTER FUNCTION public.tokens_quota_allowed(p_quota public.tokens_quota) OWNER TO app_owner;
CREATE FUNCTION public.tokens_quota_allows(p_quota public.tokens_quota, p_since timestamp with time zone) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT least((p_quota).limit_tokens::bigint
        + CASE WHEN (p_quota).counted_since >= p_since THEN (p_quota).raised_tokens ELSE 0 END, 2147483647)::int
$$;
ALTER FUNCTION public.tokens_quota_allows(p_quota public.tokens_quota, p_since timestamp with time zone) OWNER TO app_owner;
CREATE FUNCTION public.tokens_quota_raise(p_scope text, p_subject uuid, p_tokens integer, p_actor jsonb, p_reason text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_since timestamptz := tokens_period_since(v_account);
    v_available int := (tokens_position()).available;
    v_quota tokens_quota;
BEGIN
    IF p_tokens <= 0 THEN
        RAISE EXCEPTION 'a raise needs at least one token' USING ERRCODE = 'MP422';
    ELSIF v_available < p_tokens THEN
        RAISE EXCEPTION 'not enough tokens' USING ERRCODE = 'MP401', DETAIL = jsonb_build_object(
            'needed', p_tokens, 'available', v_available)::text;
    END IF;
    UPDATE tokens_quota SET
        used_tokens = CASE WHEN counted_since < v_since
            THEN tokens_used_since(organization_id, subject_id, v_since) ELSE used_tokens END,
        raised_tokens = least(p_tokens + CASE WHEN counted_since < v_since THEN 0 ELSE raised_tokens::bigint END, 2147483647),
        counted_since = greatest(counted_since, v_since)
    WHERE organization_id = v_account.organization_id AND scope = p_scope AND subject_id = p_subject
    RETURNING * INTO v_quota;
    IF v_quota.id IS NULL THEN
        RAISE EXCEPTION 'no such quota' USING ERRCODE = 'MP404';
    END IF;
    PERFORM audit_append_to(v_account.organization_id, 'quota.raised', jsonb_build_object(
        'quota', v_quota.id, 'scope', p_scope, 'subject', p_subject, 'tokens', p_tokens,
        'since', v_quota.counted_since), p_actor, p_reason);
    RETURN v_quota.id;
END $$;
ALTER FUNCTION public.tokens_quota_raise(p_scope text, p_subject uuid, p_tokens integer, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_quota_remove(p_id uuid, p_actor jsonb, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_quota tokens_quota;
BEGIN
    DELETE FROM tokens_quota WHERE id = p_id AND organization_id = v_account.organization_id RETURNING * INTO v_quota;
    IF v_quota.id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM audit_append_to(v_account.organization_id, 'quota.removed',
        jsonb_build_object('scope', v_quota.scope, 'subject', v_quota.subject_id), p_actor, p_reason);
    RETURN true;
END $$;
ALTER FUNCTION public.tokens_quota_remove(p_id uuid, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_quota_set(p_scope text, p_subject uuid, p_limit integer, p_actor jsonb, p_reason text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_since timestamptz := tokens_period_since(v_account);
    v_used int := tokens_used_since(v_account.organization_id, p_subject, v_since);
    v_id uuid;
BEGIN
    INSERT INTO tokens_quota AS q (
        id, organization_id, scope, subject_id, limit_tokens, raised_tokens, used_tokens, counted_since)
    VALUES (uuidv7(), v_account.organization_id, p_scope, p_subject, p_limit, 0, v_used, v_since)
    ON CONFLICT (organization_id, scope, subject_id) DO UPDATE
        SET limit_tokens = excluded.limit_tokens, used_tokens = excluded.used_tokens,
            raised_tokens = CASE WHEN q.counted_since = excluded.counted_since THEN q.raised_tokens ELSE 0 END,
            counted_since = excluded.counted_since
    RETURNING id INTO v_id;
    PERFORM audit_append_to(v_account.organization_id, 'quota.set',
        jsonb_build_object('scope', p_scope, 'subject', p_subject, 'limit', p_limit), p_actor, p_reason);
    RETURN v_id;
END $$;
ALTER FUNCTION public.tokens_quota_set(p_scope text, p_subject uuid, p_limit integer, p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_quota_used(p_quota public.tokens_quota) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE
        WHEN p_quota.counted_since < period.since
            THEN tokens_used_since(p_quota.organization_id, p_quota.subject_id, period.since)
        ELSE p_quota.used_tokens
    END - (
        SELECT coalesce(sum(tokens), 0)::int FROM tokens_hold
        WHERE organization_id = p_quota.organization_id AND ended_at IS NULL AND expires_at <= organization_now()
            AND created_at >= greatest(p_quota.counted_since, period.since)
            AND p_quota.subject_id IN (organization_id, department_id, user_id)
    )
    FROM tokens_account account, LATERAL (SELECT tokens_period_since(account) AS since) period
    WHERE organization_id = p_quota.organization_id
$$;
ALTER FUNCTION public.tokens_quota_used(p_quota public.tokens_quota) OWNER TO app_owner;
CREATE FUNCTION public.tokens_receipt(p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object(
        'charged', h.settled_tokens, 'available', p.available, 'held', p.held, 'transaction_id', h.id)
    FROM tokens_hold h, tokens_position() p WHERE h.id = p_id AND h.organization_id = organization_acting()
$$;
ALTER FUNCTION public.tokens_receipt(p_id uuid) OWNER TO app_owner;
CREATE FUNCTION public.tokens_repay_from(p_account public.tokens_account, p_now timestamp with time zone, p_bucket uuid) RETURNS public.tokens_account
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_repaid int;
BEGIN
    UPDATE tokens_bucket SET clawed_debt = clawed_debt - least(remaining, clawed_debt, p_account.debt)
    WHERE id = p_bucket RETURNING old.clawed_debt - new.clawed_debt INTO v_repaid;
    IF v_repaid > 0 THEN
        p_account := tokens_post(p_account, p_now, 'repay', -v_repaid, 0, -v_repaid, p_bucket);
    END IF;
    RETURN p_account;
END $$;
ALTER FUNCTION public.tokens_repay_from(p_account public.tokens_account, p_now timestamp with time zone, p_bucket uuid) OWNER TO app_owner;
CREATE FUNCTION public.tokens_resume(p_actor jsonb, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
BEGIN
    IF v_account.suspended_at IS NULL THEN
        RETURN false;
    END IF;
    UPDATE tokens_account SET suspended_at = NULL WHERE organization_id = v_account.organization_id;
    PERFORM audit_append_to(v_account.organization_id, 'account.resumed', '{}', p_actor, p_reason);
    RETURN true;
END $$;
ALTER FUNCTION public.tokens_resume(p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_return_to_quotas(p_hold public.tokens_hold, p_tokens integer) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE tokens_quota SET used_tokens = greatest(used_tokens - p_tokens, 0)
    WHERE organization_id = (p_hold).organization_id AND counted_since <= (p_hold).created_at
        AND subject_id IN ((p_hold).organization_id, (p_hold).department_id, (p_hold).user_id)
$$;
ALTER FUNCTION public.tokens_return_to_quotas(p_hold public.tokens_hold, p_tokens integer) OWNER TO app_owner;
CREATE FUNCTION public.tokens_suspend(p_actor jsonb, p_reason text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_account tokens_account := tokens_begin();
    v_now timestamptz := organization_now();
    v_hold tokens_hold;
    v_revoked int := 0;
BEGIN
    v_account := tokens_expire(v_account, v_now, p_actor);
    FOR v_hold IN
        SELECT * FROM tokens_hold WHERE organization_id = v_account.organization_id AND ended_at IS NULL ORDER BY id
    LOOP
        v_account := tokens_end(v_account, v_now, v_hold, 'revoked', 0, '{}', p_actor, p_reason);
        v_revoked := v_revoked + 1;
    END LOOP;
    IF v_account.suspended_at IS NULL THEN
        UPDATE tokens_account SET suspended_at = v_now WHERE organization_id = v_account.organization_id;
        PERFORM audit_append_to(v_account.organization_id, 'account.suspended',
            jsonb_build_object('revoked', v_revoked), p_actor, p_reason);
    END IF;
    RETURN v_revoked;
END $$;
ALTER FUNCTION public.tokens_suspend(p_actor jsonb, p_reason text) OWNER TO app_owner;
CREATE FUNCTION public.tokens_sweep(p_actor jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM tokens_expire(tokens_begin(), organization_now(), p_actor);
END $$;
ALTER FUNCTION public.tokens_sweep(p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_sweep_due(p_limit integer, p_actor jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_organization uuid;
    v_swept int := 0;
BEGIN
    FOR v_organization IN
        SELECT organization_id FROM (
            SELECT organization_id FROM tokens_hold WHERE ended_at IS NULL AND expires_at <= clock_timestamp()
            UNION ALL
            SELECT organization_id FROM tokens_bucket WHERE expired_at IS NULL AND expires_at <= clock_timestamp()
        ) due
        WHERE pg_try_advisory_xact_lock(hashtextextended(organization_id::text, 0)) LIMIT p_limit
    LOOP
        PERFORM set_config('app.current_org', v_organization::text, true);
        PERFORM tokens_sweep(p_actor);
        v_swept := v_swept + 1;
    END LOOP;
    PERFORM set_config('app.current_org', '', true);
    RETURN v_swept;
END $$;
ALTER FUNCTION public.tokens_sweep_due(p_limit integer, p_actor jsonb) OWNER TO app_owner;
CREATE FUNCTION public.tokens_used_since(p_organization uuid, p_subject uuid, p_since timestamp with time zone) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(sum(CASE WHEN ended_at IS NULL THEN tokens ELSE settled_tokens END), 0)::int FROM tokens_hold
    WHERE organization_id = p_organization AND created_at >= p_since
        AND p_subject IN (organization_id, department_id, user_id)
$$;
ALTER FUNCTION public.tokens_used_since(p_organization uuid, p_subject uuid, p_since timestamp with time zone) OWNER TO app_owner;
CREATE TABLE public.abuse_block (
    id uuid NOT NULL,
    rule character varying(20) NOT NULL,
    key uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    status character varying(8) NOT NULL,
    note text NOT NULL,
    reviewed_at timestamp with time zone,
    ended_at timestamp with time zone NOT NULL,
    organization_id uuid NOT NULL,
    reviewed_by_id uuid,
    user_id uuid NOT NULL,
    CONSTRAINT abuse_block_reviewed CHECK ((((reviewed_at IS NULL) AND (reviewed_by_id IS NULL) AND ((status)::text = 'open'::text)) OR ((reviewed_at IS NOT NULL) AND (reviewed_by_id IS NOT NULL) AND ((status)::text = ANY ((ARRAY['seen'::character varying, 'cleared'::character varying, 'kept'::character varying])::text[]))))),
    CONSTRAINT abuse_block_rule_known CHECK (((rule)::text = ANY ((ARRAY['bad_input'::character varying, 'gap'::character varying, 'rate'::character varying, 'size'::character varying])::text[])))
);
ALTER TABLE ONLY public.abuse_block FORCE ROW LEVEL SECURITY;
ALTER TABLE public.abuse_block OWNER TO app_owner;
CREATE TABLE public.abuse_flag (
    id uuid NOT NULL,
    rule character varying(20) NOT NULL,
    key uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    status character varying(8) NOT NULL,
    note text NOT NULL,
    reviewed_at timestamp with time zone,
    tokens integer NOT NULL,
    "limit" integer NOT NULL,
    organization_id uuid NOT NULL,
    reviewed_by_id uuid,
    user_id uuid NOT NULL,
    CONSTRAINT abuse_flag_limit_check CHECK (("limit" >= 0)),
    CONSTRAINT abuse_flag_over CHECK ((tokens > "limit")),
    CONSTRAINT abuse_flag_reviewed CHECK ((((reviewed_at IS NULL) AND (reviewed_by_id IS NULL) AND ((status)::text = 'open'::text)) OR ((reviewed_at IS NOT NULL) AND (reviewed_by_id IS NOT NULL) AND ((status)::text = ANY ((ARRAY['seen'::character varying, 'cleared'::character varying, 'kept'::character varying])::text[]))))),
    CONSTRAINT abuse_flag_rule_known CHECK (((rule)::text = ANY ((ARRAY['hour_user'::character varying, 'hour_organization'::character varying])::text[]))),
    CONSTRAINT abuse_flag_tokens_check CHECK ((tokens >= 0))
);
ALTER TABLE ONLY public.abuse_flag FORCE ROW LEVEL SECURITY;
ALTER TABLE public.abuse_flag OWNER TO app_owner;
CREATE TABLE public.account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE public.account_emailaddress OWNER TO app_owner;
ALTER TABLE public.account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);
ALTER TABLE public.account_emailconfirmation OWNER TO app_owner;
ALTER TABLE public.account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.accounts_apikey (
    id uuid NOT NULL,
    name character varying(80) NOT NULL,
    secret_hash bytea NOT NULL,
    hint character varying(24) NOT NULL,
    scopes jsonb NOT NULL,
    requests_per_minute integer NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_by_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    replaces_id uuid,
    mode character varying(4) NOT NULL,
    CONSTRAINT accounts_apikey_requests_per_minute_check CHECK ((requests_per_minute >= 0)),
    CONSTRAINT api_key_mode_known CHECK (((mode)::text = ANY ((ARRAY['live'::character varying, 'test'::character varying])::text[])))
);
ALTER TABLE ONLY public.accounts_apikey FORCE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_apikey OWNER TO app_owner;
CREATE TABLE public.accounts_department (
    id uuid NOT NULL,
    name character varying(80) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.accounts_department FORCE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_department OWNER TO app_owner;
CREATE TABLE public.accounts_invitation (
    id uuid NOT NULL,
    email character varying(254) NOT NULL,
    role character varying(8) NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    revoked_at timestamp with time zone,
    department_id uuid,
    invited_by_id uuid NOT NULL,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.accounts_invitation FORCE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_invitation OWNER TO app_owner;
CREATE TABLE public.accounts_membership (
    id uuid NOT NULL,
    role character varying(8) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    department_id uuid,
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT membership_role_known CHECK (((role)::text = ANY ((ARRAY['owner'::character varying, 'admin'::character varying, 'member'::character varying])::text[])))
);
ALTER TABLE ONLY public.accounts_membership FORCE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_membership OWNER TO app_owner;
CREATE TABLE public.accounts_organization (
    id uuid NOT NULL,
    name character varying(120) NOT NULL,
    timezone character varying(64) NOT NULL,
    currency character varying(3) NOT NULL,
    clock_offset interval NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    sandbox_of_id uuid,
    closed_at timestamp with time zone,
    CONSTRAINT organization_sandbox_of_another CHECK (((sandbox_of_id IS NULL) OR (NOT ((sandbox_of_id = id) AND (sandbox_of_id IS NOT NULL)))))
);
ALTER TABLE ONLY public.accounts_organization FORCE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_organization OWNER TO app_owner;
CREATE TABLE public.accounts_user (
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    email character varying(254) NOT NULL,
    canonical_email character varying(320) NOT NULL,
    name character varying(120) NOT NULL
);
ALTER TABLE public.accounts_user OWNER TO app_owner;
CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    group_id integer NOT NULL
);
ALTER TABLE public.accounts_user_groups OWNER TO app_owner;
ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.accounts_user_user_permissions OWNER TO app_owner;
ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_event (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    seq bigint NOT NULL,
    kind character varying(60) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    actor jsonb NOT NULL,
    reason text NOT NULL,
    data jsonb NOT NULL,
    hash bytea NOT NULL
);
ALTER TABLE ONLY public.audit_event FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_event OWNER TO app_owner;
CREATE VIEW public.ai_token_usage_log WITH (security_invoker='true') AS
 SELECT tokens_hold.id,
    tokens_hold.created_at,
    tokens_hold.organization_id,
    tokens_hold.user_id,
    tokens_hold.operation AS feature,
    tokens_hold.settled_tokens AS tokens_deducted,
    (jsonb_build_object('status',
        CASE tokens_hold.status
            WHEN 'settled'::text THEN 'settled'::text
            ELSE 'released'::text
        END, 'ended', tokens_hold.status, 'held', tokens_hold.tokens, 'absorbed', tokens_hold.absorbed_tokens) || tokens_hold.details) AS metadata
   FROM public.tokens_hold
  WHERE (tokens_hold.ended_at IS NOT NULL)
UNION ALL
 SELECT audit_event.id,
    audit_event.created_at,
    audit_event.organization_id,
    ((audit_event.data ->> 'user'::text))::uuid AS user_id,
    (audit_event.data ->> 'operation'::text) AS feature,
    0 AS tokens_deducted,
    jsonb_build_object('status', 'refused', 'code', (audit_event.data ->> 'code'::text), 'reason', audit_event.reason) AS metadata
   FROM public.audit_event
  WHERE ((audit_event.kind)::text = 'operation.refused'::text)
UNION ALL
 SELECT abuse_flag.id,
    abuse_flag.started_at AS created_at,
    abuse_flag.organization_id,
    abuse_flag.user_id,
    abuse_flag.rule AS feature,
    0 AS tokens_deducted,
    jsonb_build_object('status', 'fraud_flagged', 'tokens', abuse_flag.tokens, 'limit', abuse_flag."limit", 'review', abuse_flag.status) AS metadata
   FROM public.abuse_flag;
ALTER VIEW public.ai_token_usage_log OWNER TO app_owner;
CREATE TABLE public.audit_chain_head (
    organization_id uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);
ALTER TABLE ONLY public.audit_chain_head FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_chain_head OWNER TO app_owner;
CREATE TABLE public.audit_notification (
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind character varying(60) NOT NULL,
    title character varying(200) NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    emailed_at timestamp with time zone,
    email_claim_ends_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid,
    user_id uuid NOT NULL,
    in_app boolean NOT NULL,
    by_mail boolean NOT NULL
);
ALTER TABLE ONLY public.audit_notification FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_notification OWNER TO app_owner;
CREATE TABLE public.audit_notificationchoice (
    id uuid NOT NULL,
    topic character varying(12) NOT NULL,
    in_app boolean NOT NULL,
    by_mail boolean NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE ONLY public.audit_notificationchoice FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_notificationchoice OWNER TO app_owner;
CREATE TABLE public.audit_reader_position (
    id bigint NOT NULL,
    reader character varying(40) NOT NULL,
    organization_id uuid NOT NULL,
    seq bigint NOT NULL
);
ALTER TABLE ONLY public.audit_reader_position FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_reader_position OWNER TO app_owner;
ALTER TABLE public.audit_reader_position ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.audit_reader_position_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
ALTER TABLE public.auth_group OWNER TO app_owner;
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_group_permissions OWNER TO app_owner;
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
ALTER TABLE public.auth_permission OWNER TO app_owner;
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id uuid NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
ALTER TABLE public.django_admin_log OWNER TO app_owner;
ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE public.django_content_type OWNER TO app_owner;
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations OWNER TO app_owner;
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
ALTER TABLE public.django_session OWNER TO app_owner;
CREATE TABLE public.licensing_license (
    id uuid NOT NULL,
    past_due_at timestamp with time zone,
    grace_until timestamp with time zone,
    recorded_state character varying(9) NOT NULL,
    warned_state character varying(9) NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT license_state_known CHECK (((recorded_state)::text = ANY ((ARRAY['active'::character varying, 'grace'::character varying, 'offline'::character varying, 'suspended'::character varying])::text[])))
);
ALTER TABLE ONLY public.licensing_license FORCE ROW LEVEL SECURITY;
ALTER TABLE public.licensing_license OWNER TO app_owner;
CREATE TABLE public.marketplace_customer (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    customer_id character varying(255),
    version bigint NOT NULL,
    payment_method_id character varying(255) NOT NULL,
    card_brand character varying(40) NOT NULL,
    card_last4 character varying(4) NOT NULL,
    card_expires character varying(7) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT marketplace_customer_version_check CHECK ((version >= 0))
);
ALTER TABLE ONLY public.marketplace_customer FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_customer OWNER TO app_owner;
CREATE TABLE public.marketplace_gift (
    id uuid NOT NULL,
    kind character varying(8) NOT NULL,
    status character varying(9) NOT NULL,
    tokens integer NOT NULL,
    from_name character varying(120) NOT NULL,
    to_name character varying(254) NOT NULL,
    note character varying(280) NOT NULL,
    request_key character varying(255),
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    reminded_at timestamp with time zone,
    ended_at timestamp with time zone,
    scope character varying(12) NOT NULL,
    subject_id uuid,
    secret_hash bytea,
    mail_due_at timestamp with time zone,
    delivered_at timestamp with time zone,
    clawed_tokens integer NOT NULL,
    frozen boolean NOT NULL,
    ended_by_id uuid,
    offered_by_id uuid,
    order_id uuid,
    organization_id uuid NOT NULL,
    payment_id uuid,
    recipient_id uuid,
    CONSTRAINT gift_of_one_kind CHECK (((((kind)::text = ANY ((ARRAY['staff'::character varying, 'received'::character varying])::text[])) AND (order_id IS NULL) AND (subject_id IS NULL)) OR (((kind)::text = 'quota'::text) AND (order_id IS NULL) AND ((scope)::text = ANY ((ARRAY['user'::character varying, 'department'::character varying])::text[])) AND (subject_id IS NOT NULL)) OR (((kind)::text = 'pack'::text) AND (order_id IS NOT NULL) AND (secret_hash IS NOT NULL) AND (subject_id IS NULL)))),
    CONSTRAINT gift_of_something CHECK ((tokens > 0)),
    CONSTRAINT gift_open_or_ended CHECK ((((ended_at IS NULL) AND (expires_at IS NULL) AND ((kind)::text = 'pack'::text) AND (payment_id IS NULL) AND ((status)::text = 'unpaid'::text)) OR ((ended_at IS NULL) AND (expires_at IS NOT NULL) AND ((status)::text = 'offered'::text)) OR ((NOT ((status)::text = ANY ((ARRAY['unpaid'::character varying, 'offered'::character varying])::text[]))) AND (ended_at IS NOT NULL)))),
    CONSTRAINT gift_status_known CHECK (((status)::text = ANY ((ARRAY['unpaid'::character varying, 'offered'::character varying, 'accepted'::character varying, 'declined'::character varying, 'expired'::character varying, 'withdrawn'::character varying])::text[]))),
    CONSTRAINT gift_taken_by_somebody CHECK (((((kind)::text = 'pack'::text) AND (payment_id IS NOT NULL) AND (recipient_id IS NOT NULL) AND ((status)::text = 'accepted'::text)) OR ((NOT (((kind)::text = 'pack'::text) AND ((status)::text = 'accepted'::text))) AND (delivered_at IS NULL) AND (recipient_id IS NULL)))),
    CONSTRAINT marketplace_gift_clawed_tokens_check CHECK ((clawed_tokens >= 0)),
    CONSTRAINT marketplace_gift_tokens_check CHECK ((tokens >= 0))
);
ALTER TABLE ONLY public.marketplace_gift FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_gift OWNER TO app_owner;
CREATE TABLE public.marketplace_order (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    origin character varying(6) NOT NULL,
    request_key character varying(255),
    price_book_version integer NOT NULL,
    pack_key character varying(40) NOT NULL,
    pack_name character varying(80) NOT NULL,
    tokens integer NOT NULL,
    amount numeric(12,2) NOT NULL,
    currency character varying(3) NOT NULL,
    status character varying(10) NOT NULL,
    attempt smallint NOT NULL,
    method character varying(8) NOT NULL,
    payment_method_id character varying(255) NOT NULL,
    receipt_email character varying(254) NOT NULL,
    checkout_session_id character varying(255) NOT NULL,
    checkout_url text NOT NULL,
    failure_code character varying(80) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    attempted_at timestamp with time zone,
    paid_at timestamp with time zone,
    organization_id uuid NOT NULL,
    user_id uuid,
    CONSTRAINT marketplace_order_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT marketplace_order_price_book_version_check CHECK ((price_book_version >= 0)),
    CONSTRAINT marketplace_order_tokens_check CHECK ((tokens >= 0)),
    CONSTRAINT order_of_something CHECK (((amount > (0)::numeric) AND (tokens > 0))),
    CONSTRAINT order_status_known CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'processing'::character varying, 'paid'::character varying, 'failed'::character varying, 'expired'::character varying])::text[])))
);
ALTER TABLE ONLY public.marketplace_order FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_order OWNER TO app_owner;
CREATE TABLE public.marketplace_overage (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    enabled boolean NOT NULL,
    monthly_cap numeric(12,2) NOT NULL,
    token_price numeric(10,4) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    stopped_reason character varying(200) NOT NULL,
    allotted_until timestamp with time zone,
    collected_seq bigint NOT NULL,
    finished_at timestamp with time zone,
    drift_tokens integer NOT NULL,
    changed_by_id uuid,
    organization_id uuid NOT NULL,
    CONSTRAINT overage_finished_is_off CHECK (((NOT enabled) OR (finished_at IS NULL))),
    CONSTRAINT overage_of_something CHECK (((monthly_cap > (0)::numeric) AND (token_price > (0)::numeric)))
);
ALTER TABLE ONLY public.marketplace_overage FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_overage OWNER TO app_owner;
CREATE TABLE public.marketplace_overage_use (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    entry_id uuid NOT NULL,
    tokens integer NOT NULL,
    used_at timestamp with time zone NOT NULL,
    status character varying(8) NOT NULL,
    told_at timestamp with time zone,
    tried_at timestamp with time zone,
    retry_at timestamp with time zone NOT NULL,
    error character varying(500) NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT marketplace_overage_use_tokens_check CHECK ((tokens >= 0)),
    CONSTRAINT overage_use_sound CHECK ((((status)::text = ANY ((ARRAY['waiting'::character varying, 'told'::character varying, 'absorbed'::character varying])::text[])) AND (tokens > 0))),
    CONSTRAINT overage_use_told_at_an_instant CHECK (((NOT ((status)::text = 'told'::text)) OR (told_at IS NOT NULL)))
);
ALTER TABLE ONLY public.marketplace_overage_use FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_overage_use OWNER TO app_owner;
CREATE TABLE public.marketplace_paidsubscription (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    subscription_id character varying(255) NOT NULL,
    item_id character varying(255) NOT NULL,
    price_id character varying(255) NOT NULL,
    plan_subscription_id uuid,
    plan_key character varying(40) NOT NULL,
    status character varying(40) NOT NULL,
    anchor_at timestamp with time zone NOT NULL,
    period_starts_at timestamp with time zone NOT NULL,
    period_ends_at timestamp with time zone NOT NULL,
    cancels_at timestamp with time zone,
    schedule_id character varying(255) NOT NULL,
    scheduled_plan_key character varying(40) NOT NULL,
    pending_plan_key character varying(40) NOT NULL,
    open_invoice_id character varying(255) NOT NULL,
    open_invoice_url text NOT NULL,
    past_due_at timestamp with time zone,
    duplicate boolean NOT NULL,
    ended_at timestamp with time zone,
    organization_id uuid NOT NULL,
    tried_card character varying(255) NOT NULL,
    needs_customer boolean NOT NULL,
    overage_item_id character varying(255) NOT NULL
);
ALTER TABLE ONLY public.marketplace_paidsubscription FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_paidsubscription OWNER TO app_owner;
CREATE TABLE public.marketplace_payment (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    payment_intent_id character varying(255) NOT NULL,
    charge_id character varying(255) NOT NULL,
    business_key character varying(200) NOT NULL,
    tokens integer NOT NULL,
    paid_cents integer NOT NULL,
    reversed_cents integer NOT NULL,
    clawed_tokens integer NOT NULL,
    currency character varying(3) NOT NULL,
    disputed boolean NOT NULL,
    receipt_url text NOT NULL,
    paid_at timestamp with time zone NOT NULL,
    order_id uuid,
    organization_id uuid NOT NULL,
    plan_key character varying(40) NOT NULL,
    CONSTRAINT marketplace_payment_clawed_tokens_check CHECK ((clawed_tokens >= 0)),
    CONSTRAINT marketplace_payment_paid_cents_check CHECK ((paid_cents >= 0)),
    CONSTRAINT marketplace_payment_reversed_cents_check CHECK ((reversed_cents >= 0)),
    CONSTRAINT marketplace_payment_tokens_check CHECK ((tokens >= 0)),
    CONSTRAINT payment_reversed_at_most CHECK ((reversed_cents <= paid_cents))
);
ALTER TABLE ONLY public.marketplace_payment FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_payment OWNER TO app_owner;
CREATE TABLE public.marketplace_sandbox_answer (
    id uuid NOT NULL,
    key character varying(255) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    status smallint NOT NULL,
    body jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid,
    CONSTRAINT marketplace_sandbox_answer_status_check CHECK ((status >= 0))
);
ALTER TABLE ONLY public.marketplace_sandbox_answer FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_answer OWNER TO app_owner;
CREATE TABLE public.marketplace_sandbox_delivery (
    id uuid NOT NULL,
    state character varying(9) NOT NULL,
    due_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    attempts smallint NOT NULL,
    answer character varying(200) NOT NULL,
    organization_id uuid,
    event_id uuid NOT NULL,
    CONSTRAINT marketplace_sandbox_delivery_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT sandbox_delivery_state_known CHECK (((state)::text = ANY ((ARRAY['waiting'::character varying, 'held'::character varying, 'delivered'::character varying, 'lost'::character varying, 'failed'::character varying])::text[])))
);
ALTER TABLE ONLY public.marketplace_sandbox_delivery FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_delivery OWNER TO app_owner;
CREATE TABLE public.marketplace_sandbox_event (
    id uuid NOT NULL,
    stripe_id character varying(80) NOT NULL,
    type character varying(80) NOT NULL,
    data jsonb NOT NULL,
    "position" bigint NOT NULL,
    organization_id uuid
);
ALTER TABLE ONLY public.marketplace_sandbox_event FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_event OWNER TO app_owner;
CREATE TABLE public.marketplace_sandbox_object (
    id uuid NOT NULL,
    stripe_id character varying(80) NOT NULL,
    kind character varying(48) NOT NULL,
    data jsonb NOT NULL,
    hidden jsonb NOT NULL,
    "position" bigint NOT NULL,
    due_at timestamp with time zone,
    organization_id uuid
);
ALTER TABLE ONLY public.marketplace_sandbox_object FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_object OWNER TO app_owner;
CREATE TABLE public.marketplace_stripe_event (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    event_id character varying(255) NOT NULL,
    type character varying(100) NOT NULL,
    object_id character varying(255) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    status character varying(8) NOT NULL,
    attempts smallint NOT NULL,
    retry_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    error text NOT NULL,
    processed_at timestamp with time zone,
    CONSTRAINT marketplace_stripe_event_attempts_check CHECK ((attempts >= 0))
);
ALTER TABLE ONLY public.marketplace_stripe_event FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_stripe_event OWNER TO app_owner;
CREATE TABLE public.marketplace_topup (
    id uuid NOT NULL,
    mode character varying(7) NOT NULL,
    enabled boolean NOT NULL,
    pack_key character varying(40) NOT NULL,
    below_tokens integer NOT NULL,
    monthly_cap numeric(12,2) NOT NULL,
    declines smallint NOT NULL,
    retry_at timestamp with time zone,
    stopped_reason character varying(200) NOT NULL,
    changed_by_id uuid,
    organization_id uuid NOT NULL,
    CONSTRAINT marketplace_topup_below_tokens_check CHECK ((below_tokens >= 0)),
    CONSTRAINT marketplace_topup_declines_check CHECK ((declines >= 0))
);
ALTER TABLE ONLY public.marketplace_topup FORCE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_topup OWNER TO app_owner;
CREATE TABLE public.metering_attempt (
    id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    operation character varying(40) NOT NULL,
    provider character varying(40) NOT NULL,
    model character varying(120) NOT NULL,
    outcome character varying(20) NOT NULL,
    model_input_tokens integer NOT NULL,
    model_output_tokens integer NOT NULL,
    usage_estimated boolean NOT NULL,
    milliseconds integer NOT NULL,
    cost_usd numeric(14,8),
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.metering_attempt FORCE ROW LEVEL SECURITY;
ALTER TABLE public.metering_attempt OWNER TO app_owner;
CREATE TABLE public.mfa_authenticator (
    id bigint NOT NULL,
    type character varying(20) NOT NULL,
    data jsonb NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);
ALTER TABLE public.mfa_authenticator OWNER TO app_owner;
ALTER TABLE public.mfa_authenticator ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mfa_authenticator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_limit (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    value integer,
    plan_id bigint,
    price_book_id integer NOT NULL,
    CONSTRAINT plans_limit_value_check CHECK ((value >= 0))
);
ALTER TABLE public.plans_limit OWNER TO app_owner;
ALTER TABLE public.plans_limit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_limit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_margin_check (
    id bigint NOT NULL,
    mode character varying(7) NOT NULL,
    month date NOT NULL,
    paid numeric(14,2) NOT NULL,
    reversed numeric(14,2) NOT NULL,
    fees numeric(14,2) NOT NULL,
    tokens bigint NOT NULL,
    cost_by_rule numeric(14,2) NOT NULL,
    cost_measured numeric(18,8) NOT NULL,
    attempts_unpriced integer NOT NULL,
    price_book_version integer NOT NULL,
    checked_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT margin_month_by_first_day CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT plans_margin_check_attempts_unpriced_check CHECK ((attempts_unpriced >= 0)),
    CONSTRAINT plans_margin_check_price_book_version_check CHECK ((price_book_version >= 0))
);
ALTER TABLE ONLY public.plans_margin_check FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plans_margin_check OWNER TO app_owner;
ALTER TABLE public.plans_margin_check ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_margin_check_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_operation_price (
    id bigint NOT NULL,
    operation character varying(40) NOT NULL,
    tokens smallint NOT NULL,
    price_book_id integer NOT NULL,
    CONSTRAINT operation_price_positive CHECK ((tokens > 0)),
    CONSTRAINT plans_operation_price_tokens_check CHECK ((tokens >= 0))
);
ALTER TABLE public.plans_operation_price OWNER TO app_owner;
ALTER TABLE public.plans_operation_price ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_operation_price_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_override (
    id uuid NOT NULL,
    kind character varying(7) NOT NULL,
    key character varying(40) NOT NULL,
    value integer,
    reason character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    ends_at timestamp with time zone,
    created_by_id uuid,
    organization_id uuid NOT NULL,
    CONSTRAINT plans_override_value_check CHECK ((value >= 0))
);
ALTER TABLE ONLY public.plans_override FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plans_override OWNER TO app_owner;
CREATE TABLE public.plans_pack (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    price numeric(12,2) NOT NULL,
    tokens integer NOT NULL,
    price_book_id integer NOT NULL,
    CONSTRAINT plans_pack_tokens_check CHECK ((tokens >= 0))
);
ALTER TABLE public.plans_pack OWNER TO app_owner;
ALTER TABLE public.plans_pack ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_pack_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_plan (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    rank smallint NOT NULL,
    monthly_price numeric(12,2) NOT NULL,
    monthly_tokens integer NOT NULL,
    rollover_tokens_max integer NOT NULL,
    price_book_id integer NOT NULL,
    overage_token_price numeric(10,4),
    CONSTRAINT plan_overage_price_positive CHECK ((overage_token_price > (0)::numeric)),
    CONSTRAINT plans_plan_monthly_tokens_check CHECK ((monthly_tokens >= 0)),
    CONSTRAINT plans_plan_rank_check CHECK ((rank >= 0)),
    CONSTRAINT plans_plan_rollover_tokens_max_check CHECK ((rollover_tokens_max >= 0))
);
ALTER TABLE public.plans_plan OWNER TO app_owner;
CREATE TABLE public.plans_plan_feature (
    id bigint NOT NULL,
    feature character varying(40) NOT NULL,
    plan_id bigint NOT NULL
);
ALTER TABLE public.plans_plan_feature OWNER TO app_owner;
ALTER TABLE public.plans_plan_feature ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_plan_feature_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.plans_plan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_plan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_price_book (
    version integer NOT NULL,
    effective_at timestamp with time zone,
    note character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    fee_percent numeric(5,2) NOT NULL,
    fee_fixed numeric(6,2) NOT NULL,
    fee_source character varying(200) NOT NULL,
    CONSTRAINT payment_fee_possible CHECK (((fee_fixed >= (0)::numeric) AND (fee_percent >= (0)::numeric) AND (fee_percent < (100)::numeric)))
);
ALTER TABLE public.plans_price_book OWNER TO app_owner;
ALTER TABLE public.plans_price_book ALTER COLUMN version ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_price_book_version_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_rollout (
    id bigint NOT NULL,
    feature character varying(40) NOT NULL,
    percentage smallint NOT NULL,
    CONSTRAINT plans_rollout_percentage_check CHECK ((percentage >= 0)),
    CONSTRAINT rollout_percentage CHECK ((percentage <= 100))
);
ALTER TABLE public.plans_rollout OWNER TO app_owner;
ALTER TABLE public.plans_rollout ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.plans_rollout_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plans_subscription (
    id uuid NOT NULL,
    plan_key character varying(40) NOT NULL,
    scheduled_plan_key character varying(40) NOT NULL,
    scheduled_for timestamp with time zone,
    anchor_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    allowance_until timestamp with time zone,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.plans_subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plans_subscription OWNER TO app_owner;
CREATE TABLE public.quests_change (
    id uuid NOT NULL,
    type character varying(16) NOT NULL,
    record_id uuid NOT NULL,
    seq bigint NOT NULL,
    version integer NOT NULL,
    edited_version integer NOT NULL,
    removed jsonb,
    organization_id uuid NOT NULL,
    CONSTRAINT quests_change_edited_version_check CHECK ((edited_version >= 0)),
    CONSTRAINT quests_change_version_check CHECK ((version >= 0))
);
ALTER TABLE ONLY public.quests_change FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_change OWNER TO app_owner;
CREATE TABLE public.quests_change_head (
    organization_id uuid NOT NULL,
    seq bigint NOT NULL
);
ALTER TABLE ONLY public.quests_change_head FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_change_head OWNER TO app_owner;
CREATE TABLE public.quests_goal (
    id uuid NOT NULL,
    title character varying(120) NOT NULL,
    description text NOT NULL,
    target_amount numeric(14,2) NOT NULL,
    current_amount numeric(14,2) NOT NULL,
    due_on date,
    status character varying(8) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    version integer NOT NULL,
    created_by_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT goal_status_known CHECK (((status)::text = ANY ((ARRAY['active'::character varying, 'reached'::character varying, 'archived'::character varying])::text[]))),
    CONSTRAINT goal_target_positive CHECK ((target_amount > (0)::numeric)),
    CONSTRAINT quests_goal_version_check CHECK ((version >= 0))
);
ALTER TABLE ONLY public.quests_goal FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_goal OWNER TO app_owner;
CREATE TABLE public.quests_lead_list (
    id uuid NOT NULL,
    title character varying(160) NOT NULL,
    summary text NOT NULL,
    brief character varying(500) NOT NULL,
    leads jsonb NOT NULL,
    transaction_id uuid NOT NULL,
    provider character varying(40) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_by_id uuid NOT NULL,
    goal_id uuid NOT NULL,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.quests_lead_list FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_lead_list OWNER TO app_owner;
CREATE TABLE public.quests_pushed_change (
    id uuid NOT NULL,
    client_change_id character varying(64) NOT NULL,
    request_hash bytea NOT NULL,
    result jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.quests_pushed_change FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_pushed_change OWNER TO app_owner;
CREATE TABLE public.quests_quest (
    id uuid NOT NULL,
    title character varying(160) NOT NULL,
    summary text NOT NULL,
    steps jsonb NOT NULL,
    transaction_id uuid NOT NULL,
    provider character varying(40) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    version integer NOT NULL,
    created_by_id uuid NOT NULL,
    goal_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT quests_quest_version_check CHECK ((version >= 0))
);
ALTER TABLE ONLY public.quests_quest FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_quest OWNER TO app_owner;
CREATE TABLE public.quests_revenue_entry (
    id uuid NOT NULL,
    amount numeric(14,2) NOT NULL,
    received_on date NOT NULL,
    note character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_by_id uuid NOT NULL,
    goal_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    version integer NOT NULL,
    import_key character varying(80),
    CONSTRAINT quests_revenue_entry_version_check CHECK ((version >= 0))
);
ALTER TABLE ONLY public.quests_revenue_entry FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_revenue_entry OWNER TO app_owner;
CREATE TABLE public.quests_revenue_forecast (
    id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    provider character varying(40) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    title character varying(160) NOT NULL,
    summary text NOT NULL,
    driver text NOT NULL,
    method character varying(10) NOT NULL,
    currency character varying(3) NOT NULL,
    months jsonb NOT NULL,
    total jsonb NOT NULL,
    history jsonb NOT NULL,
    created_by_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT forecast_method_known CHECK (((method)::text = ANY ((ARRAY['nothing'::character varying, 'few_months'::character varying, 'level'::character varying, 'trend'::character varying, 'season'::character varying])::text[])))
);
ALTER TABLE ONLY public.quests_revenue_forecast FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_revenue_forecast OWNER TO app_owner;
CREATE TABLE public.quests_sync_conflict (
    id uuid NOT NULL,
    type character varying(16) NOT NULL,
    record_id uuid NOT NULL,
    client_change_id character varying(64) NOT NULL,
    base_version integer NOT NULL,
    mine jsonb,
    theirs jsonb,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    kept character varying(6) NOT NULL,
    resolved_at timestamp with time zone,
    created_by_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    resolved_by_id uuid,
    CONSTRAINT quests_sync_conflict_base_version_check CHECK ((base_version >= 0)),
    CONSTRAINT sync_conflict_resolved_whole CHECK (((((kept)::text = ''::text) AND (resolved_at IS NULL) AND (resolved_by_id IS NULL)) OR (((kept)::text = ANY ((ARRAY['mine'::character varying, 'theirs'::character varying])::text[])) AND (resolved_at IS NOT NULL) AND (resolved_by_id IS NOT NULL))))
);
ALTER TABLE ONLY public.quests_sync_conflict FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quests_sync_conflict OWNER TO app_owner;
CREATE TABLE public.reports_file (
    id uuid NOT NULL,
    report character varying(40) NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    status character varying(8) NOT NULL,
    lines integer NOT NULL,
    lines_done integer NOT NULL,
    content bytea,
    claim_ends_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    CONSTRAINT report_ready_is_there CHECK ((((content IS NOT NULL) AND ((status)::text = 'ready'::text)) OR (NOT ((status)::text = 'ready'::text)))),
    CONSTRAINT reports_file_lines_check CHECK ((lines >= 0)),
    CONSTRAINT reports_file_lines_done_check CHECK ((lines_done >= 0))
);
ALTER TABLE ONLY public.reports_file FORCE ROW LEVEL SECURITY;
ALTER TABLE public.reports_file OWNER TO app_owner;
CREATE TABLE public.team_tokenrequest (
    id uuid NOT NULL,
    scope character varying(12) NOT NULL,
    subject_id uuid NOT NULL,
    tokens integer NOT NULL,
    note character varying(500) NOT NULL,
    status character varying(8) NOT NULL,
    for_good boolean NOT NULL,
    answer character varying(500) NOT NULL,
    answered_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    answered_by_id uuid,
    asked_by_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT token_request_asks_for_some CHECK ((tokens > 0)),
    CONSTRAINT token_request_open_or_answered CHECK ((((answered_at IS NULL) AND ((status)::text = 'open'::text)) OR ((answered_at IS NOT NULL) AND ((status)::text = ANY ((ARRAY['approved'::character varying, 'declined'::character varying])::text[])))))
);
ALTER TABLE ONLY public.team_tokenrequest FORCE ROW LEVEL SECURITY;
ALTER TABLE public.team_tokenrequest OWNER TO app_owner;
CREATE TABLE public.tokens_bucket (
    id uuid NOT NULL,
    source character varying(10) NOT NULL,
    granted integer NOT NULL,
    remaining integer NOT NULL,
    held integer NOT NULL,
    clawed integer NOT NULL,
    clawed_debt integer NOT NULL,
    expires_at timestamp with time zone,
    expired_at timestamp with time zone,
    frozen_at timestamp with time zone,
    business_key character varying(200) NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT bucket_source_known CHECK (((source)::text ~ '^(plan|purchase|gift|promo|adjustment|overage)$'::text)),
    CONSTRAINT bucket_within_grant CHECK (((granted > 0) AND (granted >= (remaining + held)) AND (held >= 0) AND (remaining >= 0)))
);
ALTER TABLE ONLY public.tokens_bucket FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_bucket OWNER TO app_owner;
CREATE TABLE public.tokens_entry (
    id uuid NOT NULL,
    seq bigint NOT NULL,
    kind character varying(9) NOT NULL,
    tokens integer NOT NULL,
    held integer NOT NULL,
    debt integer NOT NULL,
    outside integer NOT NULL,
    balance_after integer NOT NULL,
    transaction_id uuid,
    operation character varying(60) NOT NULL,
    user_id uuid,
    created_at timestamp with time zone NOT NULL,
    bucket_id uuid,
    organization_id uuid NOT NULL,
    CONSTRAINT entry_balance_not_negative CHECK ((balance_after >= 0)),
    CONSTRAINT entry_balanced CHECK ((tokens = ((debt - held) - outside))),
    CONSTRAINT entry_kind_known CHECK (((kind)::text ~ '^(grant|hold|settle|release|expire|clawback|reinstate|gift|adjust|debt|repay)$'::text))
);
ALTER TABLE ONLY public.tokens_entry FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_entry OWNER TO app_owner;
CREATE TABLE public.tokens_gauge (
    organization_id uuid NOT NULL,
    entry_seq bigint NOT NULL,
    total integer NOT NULL,
    reference integer NOT NULL,
    reference_until timestamp with time zone,
    level smallint NOT NULL,
    run_out_told boolean NOT NULL,
    CONSTRAINT gauge_level_known CHECK (((level >= 0) AND (level <= 3)))
);
ALTER TABLE ONLY public.tokens_gauge FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_gauge OWNER TO app_owner;
CREATE TABLE public.usersessions_usersession (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ip inet NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    session_key character varying(40) NOT NULL,
    user_agent character varying(200) NOT NULL,
    data jsonb NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE public.usersessions_usersession OWNER TO app_owner;
ALTER TABLE public.usersessions_usersession ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.usersessions_usersession_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.web_idempotency (
    id uuid NOT NULL,
    key character varying(255) NOT NULL,
    request_hash bytea NOT NULL,
    transaction_id uuid,
    user_id uuid NOT NULL,
    status smallint,
    answer jsonb,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.web_idempotency FORCE ROW LEVEL SECURITY;
ALTER TABLE public.web_idempotency OWNER TO app_owner;
CREATE TABLE public.webhooks_attempt (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    milliseconds integer NOT NULL,
    status_code smallint,
    error character varying(200) NOT NULL,
    answer text NOT NULL,
    organization_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    CONSTRAINT webhooks_attempt_milliseconds_check CHECK ((milliseconds >= 0)),
    CONSTRAINT webhooks_attempt_status_code_check CHECK ((status_code >= 0))
);
ALTER TABLE ONLY public.webhooks_attempt FORCE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_attempt OWNER TO app_owner;
CREATE TABLE public.webhooks_delivery (
    id uuid NOT NULL,
    event_id uuid,
    seq bigint,
    kind character varying(60) NOT NULL,
    body text NOT NULL,
    status character varying(9) NOT NULL,
    failures smallint NOT NULL,
    due_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    claim_ends_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    delivered_at timestamp with time zone,
    organization_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    CONSTRAINT webhook_status_known CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'delivered'::character varying, 'failed'::character varying, 'skipped'::character varying])::text[]))),
    CONSTRAINT webhooks_delivery_failures_check CHECK ((failures >= 0))
);
ALTER TABLE ONLY public.webhooks_delivery FORCE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_delivery OWNER TO app_owner;
CREATE TABLE public.webhooks_endpoint (
    id uuid NOT NULL,
    url character varying(500) NOT NULL,
    events jsonb NOT NULL,
    description character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    after_seq bigint NOT NULL,
    last_seq bigint,
    failing_since timestamp with time zone,
    off_because character varying(8) NOT NULL,
    off_at timestamp with time zone,
    organization_id uuid NOT NULL,
    CONSTRAINT webhook_off_has_reason CHECK ((((off_at IS NULL) AND ((off_because)::text = ''::text)) OR (((off_because)::text = ANY ((ARRAY['asked'::character varying, 'failing'::character varying, 'gone'::character varying])::text[])) AND (off_at IS NOT NULL))))
);
ALTER TABLE ONLY public.webhooks_endpoint FORCE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_endpoint OWNER TO app_owner;
CREATE TABLE public.webhooks_secret (
    id uuid NOT NULL,
    encrypted text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    ends_at timestamp with time zone,
    endpoint_id uuid NOT NULL,
    organization_id uuid NOT NULL
);
ALTER TABLE ONLY public.webhooks_secret FORCE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_secret OWNER TO app_owner;
INSERT INTO public.account_emailaddress VALUES
	(1, 'alice@demo.example', true, true, '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a'),
	(2, 'bob@demo.example', true, true, '01a228f6-f68c-7fba-b5dd-873d57e85140'),
	(3, 'oscar@demo.example', true, true, '01a228f6-fa44-7d97-bf94-87e9e0f701f4'),
	(4, 'dana@demo.example', true, true, '01a228f7-3d2f-7708-a331-86820ea4c6a0'),
	(5, 'erin@demo.example', true, true, '01a228f7-4268-7d38-99a7-19e20c672681'),
	(6, 'finn@demo.example', true, true, '01a228f7-c078-76c5-8eb0-7c83d72c3dcc');
INSERT INTO public.accounts_apikey VALUES
	('01a228f6-f67b-7979-96f6-4a6211b1be09', 'bootstrap', '\x1e4586dbe0209cee26976cee7f7eabea1275fc7a03d70342fe660b7d10406afc', 'mp_live_…dZXK', '["ai", "billing:write", "goals:write", "organization:write", "read", "tokens:write", "webhooks:write"]', 600, '2026-11-29 20:20:03.32397+00', NULL, NULL, NULL, '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-f5f6-7155-b7c2-2c46eec50383', NULL, 'live'),
	('01a228f7-4256-7160-9dd7-b2effc1cede6', 'bootstrap', '\xa515e1cafe0c674d4566cc42ed91f9ad33f7442157685e06aab7d6e7732a9042', 'mp_live_…rKOM', '["ai", "billing:write", "goals:write", "organization:write", "read", "tokens:write", "webhooks:write"]', 600, '2026-11-29 20:20:22.74281+00', NULL, NULL, '2026-11-29 20:20:31.38252+00', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '01a228f7-41d2-7816-927e-b0621a19d1dc', NULL, 'live'),
	('01a228f7-c8ef-7fa4-85e8-69dea2ff756c', 'bootstrap', '\x023904ce8a1d426218d2f6c9eda0eeebfe9a0ff87905c641a778a31f78b6dc9f', 'mp_live_…hG03', '["ai", "billing:write", "goals:write", "organization:write", "read", "tokens:write", "webhooks:write"]', 600, '2026-11-29 20:20:57.200396+00', NULL, '2026-11-29 20:20:57.931907+00', NULL, '01a228f7-c078-76c5-8eb0-7c83d72c3dcc', '01a228f7-c827-707a-851d-f348e2ca86f2', NULL, 'live');
INSERT INTO public.accounts_membership VALUES
	('01a228f6-f5fd-7f59-a9fd-9174900f0984', 'owner', '2026-11-29 20:20:03.198141+00', NULL, '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f6-fa37-73e7-8284-bd7cf706ea3c', 'member', '2026-11-29 20:20:04.279973+00', NULL, '01a228f6-f68c-7fba-b5dd-873d57e85140', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f7-41e3-7ff3-9b21-e5ee35a058f0', 'owner', '2026-11-29 20:20:22.628229+00', NULL, '01a228f7-3d2f-7708-a331-86820ea4c6a0', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-4650-7c06-9f66-5e09b4508279', 'member', '2026-11-29 20:20:23.761283+00', NULL, '01a228f7-4268-7d38-99a7-19e20c672681', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c85f-7206-864a-ea3d3e9a63c0', 'owner', '2026-11-29 20:20:57.056571+00', NULL, '01a228f7-c078-76c5-8eb0-7c83d72c3dcc', '01a228f7-c827-707a-851d-f348e2ca86f2');
INSERT INTO public.accounts_organization VALUES
	('01a228f6-f5f6-7155-b7c2-2c46eec50383', 'Juniper Bakery', 'UTC', 'USD', '00:00:00', '2026-11-29 20:20:03.196778+00', NULL, NULL),
	('01a228f7-41d2-7816-927e-b0621a19d1dc', 'Harbour Roastery', 'UTC', 'USD', '00:00:00', '2026-11-29 20:20:22.623165+00', NULL, NULL),
	('01a228f7-c827-707a-851d-f348e2ca86f2', 'Closed Kiosk', 'UTC', 'USD', '00:00:00', '2026-11-29 20:20:57.003466+00', NULL, '2026-11-29 20:20:58.037727+00');
INSERT INTO public.accounts_user VALUES
	('pbkdf2_sha256$1000000$Qx2BfmZBcxPDoCzUPTtjNy$4Cctz7wGtWMqEyFKxNPN6YagvgcYYxD9x/8eynNBtFg=', NULL, false, false, true, '2026-11-29 20:20:02.135799+00', '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', 'alice@demo.example', 'alice@demo.example', ''),
	('pbkdf2_sha256$1000000$dzaXQV9crgkKX0dbGUUVta$FOA2cxwpG4ydEoq6oZL1O0JtzRRZtoNqUciv0jGE1hA=', NULL, false, false, true, '2026-11-29 20:20:03.340567+00', '01a228f6-f68c-7fba-b5dd-873d57e85140', 'bob@demo.example', 'bob@demo.example', ''),
	('pbkdf2_sha256$1000000$qENlg0dflr1RptKFtUYsd9$W+cHO0vgGhXQUdlOXf9Gs7diGWrfB/T78ELPdF7CNzQ=', NULL, true, true, true, '2026-11-29 20:20:04.292565+00', '01a228f6-fa44-7d97-bf94-87e9e0f701f4', 'oscar@demo.example', 'oscar@demo.example', ''),
	('pbkdf2_sha256$1000000$poJzQfXqbkutZ4uSkdvRZQ$vIZBf8eQ3AblsgyWGTcEOCl7RSn3H6Bve9+ullV8/wM=', NULL, false, false, true, '2026-11-29 20:20:21.423732+00', '01a228f7-3d2f-7708-a331-86820ea4c6a0', 'dana@demo.example', 'dana@demo.example', ''),
	('pbkdf2_sha256$1000000$X3sUNPfuZEP9zP8FAlDBxS$yAaS5Ifxxi1BGBndmh8iEAyN/E4YrCVEanRjKimMcBA=', NULL, false, false, true, '2026-11-29 20:20:22.760603+00', '01a228f7-4268-7d38-99a7-19e20c672681', 'erin@demo.example', 'erin@demo.example', ''),
	('pbkdf2_sha256$1000000$0Fmu1k4aeaKVYZWNQ5en8t$i8N7bRY6gAxC3+7LiSQKpOLtngtyohw5fl8GLRw3LwA=', NULL, false, false, true, '2026-11-29 20:20:55.032467+00', '01a228f7-c078-76c5-8eb0-7c83d72c3dcc', 'finn@demo.example', 'finn@demo.example', '');
INSERT INTO public.audit_chain_head VALUES
	('01a228f6-f5f6-7155-b7c2-2c46eec50383', 10, '\x628ec711bee140453417c10e712e853adda355ff14b0dfaddc60150a59ddca77'),
	('01a228f7-41d2-7816-927e-b0621a19d1dc', 25, '\x2ec232a5700971a12e1e5d1c17b779368bcd666637712f132c7c49323f5fffb9'),
	('01a228f7-c827-707a-851d-f348e2ca86f2', 8, '\x422cdd588e4f14b31d7c98deb4dd5fd83e697451887c4880756d87bfedd486ca');
INSERT INTO public.audit_event VALUES
	('01a228f6-f60c-76ff-b1ac-df4aea08ab67', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 1, 'organization.created', '2026-11-29 20:20:03.212519+00', '{"kind": "system"}', '', '{"name": "Juniper Bakery", "owner": "01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a"}', '\x7647d5781e7ae70fe5805a2e7f6e0b4782baef8bd5bd0e619a31113db4cf9014'),
	('01a228f6-f66c-7ecd-8a58-1abb436652fc', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 2, 'tokens.granted', '2026-11-29 20:20:03.308969+00', '{"kind": "system"}', 'pro allowance', '{"bucket": "01a228f6-f659-7a4d-9024-e34f213d8d2f", "repaid": 0, "source": "plan", "tokens": 200, "expires_at": "2026-12-29T20:20:03.224795+00:00", "business_key": "allowance:01a228f6-f645-74b6-9fa1-19a0647bda68:2026-11-29T20:20:03Z"}', '\x5e4469354adfe65be2b0e7b51ff7f4c6681be22ebf7c6672c1ba73c550bee08f'),
	('01a228f6-f66e-716e-935c-9c3cea408595', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 3, 'plan.changed', '2026-11-29 20:20:03.310123+00', '{"kind": "system"}', 'bootstrap', '{"to": "pro", "from": "starter"}', '\x9953fa7b450947f077b1b42f497a62c2c7b8cc758ef46653f6fa9a4da92bb10e'),
	('01a228f6-f686-724c-a1fd-0be86de08a7a', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 4, 'api_key.created', '2026-11-29 20:20:03.334199+00', '{"kind": "system"}', '', '{"key": "01a228f6-f67b-7979-96f6-4a6211b1be09", "mode": "live", "name": "bootstrap", "scopes": ["ai", "billing:write", "goals:write", "organization:write", "read", "tokens:write", "webhooks:write"]}', '\xd6adf0b2dccd57ebcc6d6c3f8c6cefa8ece64023324f9106c7c1ee3485d403b0'),
	('01a228f6-fdb6-7e82-b12e-b061f5c3786f', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 5, 'goal.created', '2026-11-29 20:20:05.183209+00', '{"kind": "system"}', '', '{"goal": "01a228f6-fdb1-717b-aeb4-ef317fce077b", "due_on": "2027-04-28", "target_amount": "12000"}', '\xf6066c3ba1ca31ab90a890db5d0cc4936fd8c9be0cc17bbf08bd86ebc9eca222'),
	('01a228f6-fde1-7322-9a95-484f7595df44', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 6, 'revenue.recorded', '2026-11-29 20:20:05.217217+00', '{"kind": "system"}', '', '{"goal": "01a228f6-fdb1-717b-aeb4-ef317fce077b", "amount": "420.00", "revenue": "01a228f6-fdd7-754c-947d-8fbd83494736"}', '\x045998b0b7fb44df35da89423c4e83e32f55908e6557c4a8cf2beebe60c664f4'),
	('01a228f6-fdf0-7085-8dbb-c307947a8ab3', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 7, 'revenue.recorded', '2026-11-29 20:20:05.232049+00', '{"kind": "system"}', '', '{"goal": "01a228f6-fdb1-717b-aeb4-ef317fce077b", "amount": "365.50", "revenue": "01a228f6-fdec-7fa5-ae00-b6e9561fda1f"}', '\xedfe2bdb98026a54523c8d2ad23ba3242a2e108625b54061441cc2c9f25a8d6f'),
	('01a228f6-fe02-758a-948f-1080e1ee1330', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 8, 'revenue.recorded', '2026-11-29 20:20:05.250365+00', '{"kind": "system"}', '', '{"goal": "01a228f6-fdb1-717b-aeb4-ef317fce077b", "amount": "480.00", "revenue": "01a228f6-fdff-76bf-bbb5-3f094d65157d"}', '\xfc1f10e702a84f198f2733ac41e40a70c96a9f8a974261653b34d43f8f673754'),
	('01a228f6-fe13-7ad4-9558-9ee92aab4b57', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 9, 'revenue.recorded', '2026-11-29 20:20:05.267694+00', '{"kind": "system"}', '', '{"goal": "01a228f6-fdb1-717b-aeb4-ef317fce077b", "amount": "234.50", "revenue": "01a228f6-fe10-70b7-93e4-1943475f39a9"}', '\xfc6f6de2f6fb4401c2dd78eb63043a516b386a950906e9107b6d22e31a9ded59'),
	('01a228f6-fe1e-72f0-b4b4-a06a2c436bb5', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 10, 'goal.created', '2026-11-29 20:20:05.2782+00', '{"kind": "system"}', '', '{"goal": "01a228f6-fe1b-77d6-b2be-540953f0d859", "due_on": "2027-07-27", "target_amount": "4000"}', '\x628ec711bee140453417c10e712e853adda355ff14b0dfaddc60150a59ddca77'),
	('01a228f7-41ee-784c-ac3a-1e8a1049efe6', '01a228f7-41d2-7816-927e-b0621a19d1dc', 1, 'organization.created', '2026-11-29 20:20:22.638601+00', '{"kind": "system"}', '', '{"name": "Harbour Roastery", "owner": "01a228f7-3d2f-7708-a331-86820ea4c6a0"}', '\xaf36341d258f3963a88b69d5a0a187cd20b82b6948d014f349dbf6e930f20f4e'),
	('01a228f7-4247-7593-a425-6c5702c6316c', '01a228f7-41d2-7816-927e-b0621a19d1dc', 2, 'tokens.granted', '2026-11-29 20:20:22.727392+00', '{"kind": "system"}', 'enterprise allowance', '{"bucket": "01a228f7-4230-7f83-a71e-0589fd9fc444", "repaid": 0, "source": "plan", "tokens": 2000, "expires_at": "2026-12-29T20:20:22.648034+00:00", "business_key": "allowance:01a228f7-4220-76ee-a580-452bcd94fd5e:2026-11-29T20:20:22Z"}', '\x332c42140d28e2014a121c2697a7c4d8cf39cbc772e6be389938c02e81ddbb32'),
	('01a228f7-424f-74e7-87ed-f71a421ee955', '01a228f7-41d2-7816-927e-b0621a19d1dc', 3, 'plan.changed', '2026-11-29 20:20:22.735351+00', '{"kind": "system"}', 'bootstrap', '{"to": "enterprise", "from": "starter"}', '\x308316b4ba08a2e8d3e77ebe0eac56a1d76f4e1a013b7376403f2e9dd9c56b58'),
	('01a228f7-4260-78c4-a38b-efc2465ab025', '01a228f7-41d2-7816-927e-b0621a19d1dc', 4, 'api_key.created', '2026-11-29 20:20:22.752591+00', '{"kind": "system"}', '', '{"key": "01a228f7-4256-7160-9dd7-b2effc1cede6", "mode": "live", "name": "bootstrap", "scopes": ["ai", "billing:write", "goals:write", "organization:write", "read", "tokens:write", "webhooks:write"]}', '\x3cda7fa7e41e15476e45a4446711e2e838a98d4c1d9434e3963132abf4c46b88'),
	('01a228f7-64eb-75c8-b6de-b6330b499dcb', '01a228f7-41d2-7816-927e-b0621a19d1dc', 5, 'goal.created', '2026-11-29 20:20:31.595415+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f747287a25b86f978de33979c3"}', '', '{"goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "due_on": null, "target_amount": "20000.00"}', '\x48e68e0955ed134c6cbbe443056fe814e6624332c788239c7240796a53bcaab5'),
	('01a228f7-6615-7832-8b68-5a3164291734', '01a228f7-41d2-7816-927e-b0621a19d1dc', 6, 'hold.placed', '2026-11-29 20:20:31.893528+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f765d07862b0a1e398f269c4bc"}', '', '{"user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "tokens": 6, "operation": "quest", "transaction": "01a228f7-65ea-74ab-b2d6-1350dd6f8cec"}', '\xeaf8cdb2d694b992dfd427f968df37b65ff53839957e4977365c637b38a5a725'),
	('01a228f7-6680-743a-96f8-2377729d3c26', '01a228f7-41d2-7816-927e-b0621a19d1dc', 7, 'hold.settled', '2026-11-29 20:20:32.000357+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f765d07862b0a1e398f269c4bc"}', '', '{"held": 6, "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "charged": 6, "operation": "quest", "transaction": "01a228f7-65ea-74ab-b2d6-1350dd6f8cec"}', '\xcce3a3795d41626e8559e7e8ec446d5015bc2ef754802f082aea22948b649df0'),
	('01a228f7-6688-7656-9037-9807c93d6942', '01a228f7-41d2-7816-927e-b0621a19d1dc', 8, 'quest.created', '2026-11-29 20:20:32.008424+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f765d07862b0a1e398f269c4bc"}', '', '{"goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "quest": "01a228f7-663b-7640-a377-9d35dd19c56e", "transaction": "01a228f7-65ea-74ab-b2d6-1350dd6f8cec"}', '\x15fdea8520c1506ce90ebd1bf387b87947ef93f205599f05dbd8a62ba0a52df0'),
	('01a228f7-6688-7bdd-afc3-6606bd31ac8f', '01a228f7-41d2-7816-927e-b0621a19d1dc', 9, 'quest.created', '2026-11-29 20:20:32.008769+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f765d07862b0a1e398f269c4bc"}', '', '{"goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "quest": "01a228f7-663b-795c-9c68-7ff4a378d87d", "transaction": "01a228f7-65ea-74ab-b2d6-1350dd6f8cec"}', '\x6628514742461a3bd397f14ff1b0c7bbcf326df999544434ee8a075429115809'),
	('01a228f7-776d-7a7e-aef7-63cf98cbb46e', '01a228f7-41d2-7816-927e-b0621a19d1dc', 10, 'hold.placed', '2026-11-29 20:20:36.333689+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7773c73b595bafc09533f2d4a"}', '', '{"user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "tokens": 5, "operation": "lead_list", "transaction": "01a228f7-7759-7619-b392-c4436f7358fc"}', '\x2c34e3f707fb6a1f0cef817ec4c01f511aed7402e9c8ee7bd89b818042c22912'),
	('01a228f7-77a6-7ad3-b1d5-3af95bf7dd3b', '01a228f7-41d2-7816-927e-b0621a19d1dc', 11, 'hold.settled', '2026-11-29 20:20:36.39074+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7773c73b595bafc09533f2d4a"}', '', '{"held": 5, "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "charged": 5, "operation": "lead_list", "transaction": "01a228f7-7759-7619-b392-c4436f7358fc"}', '\xdc6f57e9643d80be566417144e63fcd4a9fdc09c2751ca43dec3ef788d3f01c6'),
	('01a228f7-77ae-75ff-bb53-2a1c6de6526a', '01a228f7-41d2-7816-927e-b0621a19d1dc', 12, 'lead_list.created', '2026-11-29 20:20:36.398412+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7773c73b595bafc09533f2d4a"}', '', '{"goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "lead_list": "01a228f7-7784-79c2-9465-37ec7099c6b9", "transaction": "01a228f7-7759-7619-b392-c4436f7358fc"}', '\x65bedac599567bab7631f1b274295c831cf76c84acead5e12b5432847b8c8e21'),
	('01a228f7-8e9b-72c4-b7e1-61daf257eb7f', '01a228f7-41d2-7816-927e-b0621a19d1dc', 13, 'hold.placed', '2026-11-29 20:20:42.267206+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f78cfc78eea3d2f75ac1840561"}', '', '{"user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "tokens": 9, "operation": "settled", "transaction": "01a228f7-8e97-7703-b994-3fb2ca8cf672"}', '\x5ada1502c42bc65c298e30d6aa7bfc2c3573139837a0836b7d1f08a34d6f1fa6'),
	('01a228f7-a557-7693-9a0a-250bb0ea4276', '01a228f7-41d2-7816-927e-b0621a19d1dc', 14, 'hold.placed', '2026-11-29 20:20:48.08745+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7a3e5783dba8771fdd78ded07"}', '', '{"user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "tokens": 5, "operation": "released", "transaction": "01a228f7-a555-7a8b-8335-dbc7d08b0998"}', '\x470a482681ca0af7924c815dad5d75bdb6a44a52ccc9cac43edb16ca8bd26662'),
	('01a228f7-bb5d-72d7-9589-088333c19115', '01a228f7-41d2-7816-927e-b0621a19d1dc', 15, 'hold.placed', '2026-11-29 20:20:53.725213+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7baeb723abdfa368764b8723b"}', '', '{"user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "tokens": 10, "operation": "open", "transaction": "01a228f7-bb5b-7a88-b786-5c8dcccf7346"}', '\xce71e3b796fecfa3bbc994368036ee672eb4414073ff6e03da5182d6958ec206'),
	('01a228f7-bc3e-7ae8-bbe0-46e11c28abf3', '01a228f7-41d2-7816-927e-b0621a19d1dc', 16, 'hold.settled', '2026-11-29 20:20:53.950697+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7bbeb7a73ae8d1c7e8c63a0fb"}', '', '{"held": 9, "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "charged": 7, "operation": "settled", "transaction": "01a228f7-8e97-7703-b994-3fb2ca8cf672"}', '\x851fb5a1f53bcc1f81b9763c443542f91b210a5096962b35b8503ccff623c743'),
	('01a228f7-bda4-7c7f-94ac-eab9f589c724', '01a228f7-41d2-7816-927e-b0621a19d1dc', 17, 'hold.released', '2026-11-29 20:20:54.308795+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7bd8c7045b476b769e4114fe4"}', 'released by the integrator', '{"held": 5, "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "charged": 0, "operation": "released", "transaction": "01a228f7-a555-7a8b-8335-dbc7d08b0998"}', '\x254dca29650b80965356aada3b6b07f304919d1cb306fa6d1ec755b60bd16666'),
	('01a228f7-be77-7ce3-81b1-990a36891d4d', '01a228f7-41d2-7816-927e-b0621a19d1dc', 18, 'revenue.recorded', '2026-11-29 20:20:54.519821+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7be5979ccaa2b4550aef85345"}', '', '{"goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "amount": "120.50", "revenue": "01a228f7-be74-77e6-baf3-cd0f2becc538"}', '\x0d8aa3c6755c820ec26268148d9a09b5869bd65df88ddf16b261b8bded5463de'),
	('01a228f7-bfe9-7810-be6c-aad03717f22b', '01a228f7-41d2-7816-927e-b0621a19d1dc', 19, 'webhook_endpoint.created', '2026-11-29 20:20:54.889528+00', '{"kind": "key", "name": "01a228f7-4256-7160-9dd7-b2effc1cede6", "user_id": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "request_id": "01a228f7bf1b729caa248384994e305a"}', '', '{"host": "example.com", "events": ["quest.created"], "endpoint": "01a228f7-bfbb-7abe-a37b-cd16c08fe3e6"}', '\xba9b930749143f50bfc1636fdd82af783924499133f49dd9fe64f7346d1dc04e'),
	('01a228f7-c015-78b7-b8bf-cbaba20ca779', '01a228f7-41d2-7816-927e-b0621a19d1dc', 20, 'quota.set', '2026-11-29 20:20:54.933568+00', '{"kind": "system"}', '', '{"limit": 100, "scope": "user", "subject": "01a228f7-4268-7d38-99a7-19e20c672681"}', '\x9219737b82304fd31ab38db792e5151f935f482a7d413ac31697d8b36bd0205c'),
	('01a228f7-c025-7b03-8be1-e401aac9c0f6', '01a228f7-41d2-7816-927e-b0621a19d1dc', 21, 'tokens.granted', '2026-11-29 20:20:54.949708+00', '{"kind": "system"}', '', '{"bucket": "01a228f7-c024-79ad-b992-59dc641e68c0", "repaid": 0, "source": "purchase", "tokens": 500, "expires_at": null, "business_key": "sample:pack"}', '\x3a32bc03f02e82096966718b693c52a9c9e866755003ad693747a83c2aae8e45'),
	('01a228f7-c030-7823-b483-8d76ed3316ad', '01a228f7-41d2-7816-927e-b0621a19d1dc', 22, 'tokens.granted', '2026-11-29 20:20:54.960521+00', '{"kind": "system"}', '', '{"bucket": "01a228f7-c02f-7f3e-8c2f-b3222e90f17c", "repaid": 0, "source": "promo", "tokens": 60, "expires_at": "2036-11-26T20:20:54.957256+00:00", "business_key": "sample:frozen"}', '\x9557ea1796014b3d0f751bfd9eb21a208248e154539237b3e0732a680e3eb52a'),
	('01a228f7-c037-7f0f-b34d-2429d1dfde69', '01a228f7-41d2-7816-927e-b0621a19d1dc', 23, 'tokens.frozen', '2026-11-29 20:20:54.967962+00', '{"kind": "system"}', 'under review', '{"bucket": "01a228f7-c02f-7f3e-8c2f-b3222e90f17c"}', '\xb826c781ad98f1e255cf3fdd7f12f559b1118eda498477ffc1cd7d12d89fd34f'),
	('01a228f7-c03c-7813-86a4-261481997c7d', '01a228f7-41d2-7816-927e-b0621a19d1dc', 24, 'tokens.granted', '2026-11-29 20:20:54.972518+00', '{"kind": "system"}', '', '{"bucket": "01a228f7-c03c-7013-a042-e21dcb1b223d", "repaid": 0, "source": "purchase", "tokens": 80, "expires_at": null, "business_key": "sample:refunded"}', '\x9b3f8225404311e9d8053121d4a9e8f3eb6a4116886c767ccad39be080f55ee2'),
	('01a228f7-c065-744b-a117-8af0399f3df6', '01a228f7-41d2-7816-927e-b0621a19d1dc', 25, 'tokens.clawed', '2026-11-29 20:20:55.013285+00', '{"kind": "system"}', 'refunded', '{"debt": 0, "bucket": "01a228f7-c03c-7013-a042-e21dcb1b223d", "target": 80, "tokens": -80}', '\x2ec232a5700971a12e1e5d1c17b779368bcd666637712f132c7c49323f5fffb9'),
	('01a228f7-c8a7-74ce-b760-35e032ce569d', '01a228f7-c827-707a-851d-f348e2ca86f2', 1, 'organization.created', '2026-11-29 20:20:57.127327+00', '{"kind": "system"}', '', '{"name": "Closed Kiosk", "owner": "01a228f7-c078-76c5-8eb0-7c83d72c3dcc"}', '\x6d8b15f7ed38a90acc0a8123c42c5259aca1ba64baefc2c5d8225ba2ac437865'),
	('01a228f7-c8c5-7508-9016-cecbcaf3dfd9', '01a228f7-c827-707a-851d-f348e2ca86f2', 2, 'tokens.granted', '2026-11-29 20:20:57.157328+00', '{"kind": "system"}', 'pro allowance', '{"bucket": "01a228f7-c8c4-7d49-8b1e-619c8ed8e533", "repaid": 0, "source": "plan", "tokens": 200, "expires_at": "2026-12-29T20:20:57.136926+00:00", "business_key": "allowance:01a228f7-c8b2-7614-90ee-dc72e01cbe23:2026-11-29T20:20:57Z"}', '\x5bf2e89d0a2653d457ead811665b6ce3d07419c3fa7b88f9ea1aa216da3c5279'),
	('01a228f7-c8db-70d7-9e62-7df474730689', '01a228f7-c827-707a-851d-f348e2ca86f2', 3, 'plan.changed', '2026-11-29 20:20:57.179077+00', '{"kind": "system"}', 'bootstrap', '{"to": "pro", "from": "starter"}', '\x367660389ecdcae9086ba727d2124b14ff67f44a1612d991ff9f98ac7bba1703'),
	('01a228f7-c907-7954-9e12-75c0ef08168e', '01a228f7-c827-707a-851d-f348e2ca86f2', 4, 'api_key.created', '2026-11-29 20:20:57.223609+00', '{"kind": "system"}', '', '{"key": "01a228f7-c8ef-7fa4-85e8-69dea2ff756c", "mode": "live", "name": "bootstrap", "scopes": ["ai", "billing:write", "goals:write", "organization:write", "read", "tokens:write", "webhooks:write"]}', '\x30753fab80149b628a0a5b4e07a338b0d966640a33c703ec2f0cad0aa8e852a4'),
	('01a228f7-cc0d-783f-a802-4db3a37203e8', '01a228f7-c827-707a-851d-f348e2ca86f2', 5, 'api_key.revoked', '2026-11-29 20:20:57.997542+00', '{"kind": "system"}', 'the organization is closed', '{"key": "01a228f7-c8ef-7fa4-85e8-69dea2ff756c"}', '\x2a976f9883dba6b2d6ee148e32eab8cae6a6fb01a1848b38f1da575e8315da29'),
	('01a228f7-cc9a-7fb0-9180-9fa946a56cdb', '01a228f7-c827-707a-851d-f348e2ca86f2', 6, 'plan.changed', '2026-11-29 20:20:58.138998+00', '{"kind": "system"}', 'the organization is closed', '{"to": "starter", "from": "pro"}', '\x7a0c0bd58dd80506858cae721790b79920c909176d163c7c7865f6a726314f6c'),
	('01a228f7-ccc1-70f3-afb3-38484bb91f4e', '01a228f7-c827-707a-851d-f348e2ca86f2', 7, 'account.suspended', '2026-11-29 20:20:58.17708+00', '{"kind": "system"}', 'the organization is closed', '{"revoked": 0}', '\xa419d488daf2d47bc0ab46d1f733387a8593e52784fcf720fcf5f6fb60ce0ce4'),
	('01a228f7-ccd6-7642-ae14-f4ec41cc53d2', '01a228f7-c827-707a-851d-f348e2ca86f2', 8, 'organization.closed', '2026-11-29 20:20:58.198414+00', '{"kind": "system"}', '', '{"tokens": 200}', '\x422cdd588e4f14b31d7c98deb4dd5fd83e697451887c4880756d87bfedd486ca');
INSERT INTO public.audit_reader_position VALUES
	(1, 'webhooks', '01a228f7-41d2-7816-927e-b0621a19d1dc', 18);
INSERT INTO public.auth_permission VALUES
	(1, 'Can add organization', 1, 'add_organization'),
	(2, 'Can change organization', 1, 'change_organization'),
	(3, 'Can delete organization', 1, 'delete_organization'),
	(4, 'Can view organization', 1, 'view_organization'),
	(5, 'Can add user', 2, 'add_user'),
	(6, 'Can change user', 2, 'change_user'),
	(7, 'Can delete user', 2, 'delete_user'),
	(8, 'Can view user', 2, 'view_user'),
	(9, 'Can add department', 3, 'add_department'),
	(10, 'Can change department', 3, 'change_department'),
	(11, 'Can delete department', 3, 'delete_department'),
	(12, 'Can view department', 3, 'view_department'),
	(13, 'Can add api key', 4, 'add_apikey'),
	(14, 'Can change api key', 4, 'change_apikey'),
	(15, 'Can delete api key', 4, 'delete_apikey'),
	(16, 'Can view api key', 4, 'view_apikey'),
	(17, 'Can add membership', 5, 'add_membership'),
	(18, 'Can change membership', 5, 'change_membership'),
	(19, 'Can delete membership', 5, 'delete_membership'),
	(20, 'Can view membership', 5, 'view_membership'),
	(21, 'Can add invitation', 6, 'add_invitation'),
	(22, 'Can change invitation', 6, 'change_invitation'),
	(23, 'Can delete invitation', 6, 'delete_invitation'),
	(24, 'Can view invitation', 6, 'view_invitation'),
	(25, 'Can add idempotency record', 7, 'add_idempotencyrecord'),
	(26, 'Can change idempotency record', 7, 'change_idempotencyrecord'),
	(27, 'Can delete idempotency record', 7, 'delete_idempotencyrecord'),
	(28, 'Can view idempotency record', 7, 'view_idempotencyrecord'),
	(29, 'Can add chain head', 8, 'add_chainhead'),
	(30, 'Can change chain head', 8, 'change_chainhead'),
	(31, 'Can delete chain head', 8, 'delete_chainhead'),
	(32, 'Can view chain head', 8, 'view_chainhead'),
	(33, 'Can add event', 9, 'add_event'),
	(34, 'Can change event', 9, 'change_event'),
	(35, 'Can delete event', 9, 'delete_event'),
	(36, 'Can view event', 9, 'view_event'),
	(37, 'Can add reader position', 10, 'add_readerposition'),
	(38, 'Can change reader position', 10, 'change_readerposition'),
	(39, 'Can delete reader position', 10, 'delete_readerposition'),
	(40, 'Can view reader position', 10, 'view_readerposition'),
	(41, 'Can add notification', 11, 'add_notification'),
	(42, 'Can change notification', 11, 'change_notification'),
	(43, 'Can delete notification', 11, 'delete_notification'),
	(44, 'Can view notification', 11, 'view_notification'),
	(45, 'Can add notification choice', 12, 'add_notificationchoice'),
	(46, 'Can change notification choice', 12, 'change_notificationchoice'),
	(47, 'Can delete notification choice', 12, 'delete_notificationchoice'),
	(48, 'Can view notification choice', 12, 'view_notificationchoice'),
	(49, 'Can add account', 13, 'add_account'),
	(50, 'Can change account', 13, 'change_account'),
	(51, 'Can delete account', 13, 'delete_account'),
	(52, 'Can view account', 13, 'view_account'),
	(53, 'Can add bucket', 14, 'add_bucket'),
	(54, 'Can change bucket', 14, 'change_bucket'),
	(55, 'Can delete bucket', 14, 'delete_bucket'),
	(56, 'Can view bucket', 14, 'view_bucket'),
	(57, 'Can add entry', 15, 'add_entry'),
	(58, 'Can change entry', 15, 'change_entry'),
	(59, 'Can delete entry', 15, 'delete_entry'),
	(60, 'Can view entry', 15, 'view_entry'),
	(61, 'Can add hold', 16, 'add_hold'),
	(62, 'Can change hold', 16, 'change_hold'),
	(63, 'Can delete hold', 16, 'delete_hold'),
	(64, 'Can view hold', 16, 'view_hold'),
	(65, 'Can add quota', 17, 'add_quota'),
	(66, 'Can change quota', 17, 'change_quota'),
	(67, 'Can delete quota', 17, 'delete_quota'),
	(68, 'Can view quota', 17, 'view_quota'),
	(69, 'Can add gauge', 18, 'add_gauge'),
	(70, 'Can change gauge', 18, 'change_gauge'),
	(71, 'Can delete gauge', 18, 'delete_gauge'),
	(72, 'Can view gauge', 18, 'view_gauge'),
	(73, 'Can add block', 19, 'add_block'),
	(74, 'Can change block', 19, 'change_block'),
	(75, 'Can delete block', 19, 'delete_block'),
	(76, 'Can view block', 19, 'view_block'),
	(77, 'Can add flag', 20, 'add_flag'),
	(78, 'Can change flag', 20, 'change_flag'),
	(79, 'Can delete flag', 20, 'delete_flag'),
	(80, 'Can view flag', 20, 'view_flag'),
	(81, 'Can add price book', 21, 'add_pricebook'),
	(82, 'Can change price book', 21, 'change_pricebook'),
	(83, 'Can delete price book', 21, 'delete_pricebook'),
	(84, 'Can view price book', 21, 'view_pricebook'),
	(85, 'Can add plan', 22, 'add_plan'),
	(86, 'Can change plan', 22, 'change_plan'),
	(87, 'Can delete plan', 22, 'delete_plan'),
	(88, 'Can view plan', 22, 'view_plan'),
	(89, 'Can add pack', 23, 'add_pack'),
	(90, 'Can change pack', 23, 'change_pack'),
	(91, 'Can delete pack', 23, 'delete_pack'),
	(92, 'Can view pack', 23, 'view_pack'),
	(93, 'Can add operation price', 24, 'add_operationprice'),
	(94, 'Can change operation price', 24, 'change_operationprice'),
	(95, 'Can delete operation price', 24, 'delete_operationprice'),
	(96, 'Can view operation price', 24, 'view_operationprice'),
	(97, 'Can add limit', 25, 'add_limit'),
	(98, 'Can change limit', 25, 'change_limit'),
	(99, 'Can delete limit', 25, 'delete_limit'),
	(100, 'Can view limit', 25, 'view_limit');
INSERT INTO public.auth_permission VALUES
	(101, 'Can add rollout', 26, 'add_rollout'),
	(102, 'Can change rollout', 26, 'change_rollout'),
	(103, 'Can delete rollout', 26, 'delete_rollout'),
	(104, 'Can view rollout', 26, 'view_rollout'),
	(105, 'Can add subscription', 27, 'add_subscription'),
	(106, 'Can change subscription', 27, 'change_subscription'),
	(107, 'Can delete subscription', 27, 'delete_subscription'),
	(108, 'Can view subscription', 27, 'view_subscription'),
	(109, 'Can add override', 28, 'add_override'),
	(110, 'Can change override', 28, 'change_override'),
	(111, 'Can delete override', 28, 'delete_override'),
	(112, 'Can view override', 28, 'view_override'),
	(113, 'Can add plan feature', 29, 'add_planfeature'),
	(114, 'Can change plan feature', 29, 'change_planfeature'),
	(115, 'Can delete plan feature', 29, 'delete_planfeature'),
	(116, 'Can view plan feature', 29, 'view_planfeature'),
	(117, 'Can add margin check', 30, 'add_margincheck'),
	(118, 'Can change margin check', 30, 'change_margincheck'),
	(119, 'Can delete margin check', 30, 'delete_margincheck'),
	(120, 'Can view margin check', 30, 'view_margincheck'),
	(121, 'Can add license', 31, 'add_license'),
	(122, 'Can change license', 31, 'change_license'),
	(123, 'Can delete license', 31, 'delete_license'),
	(124, 'Can view license', 31, 'view_license'),
	(125, 'Can add attempt record', 32, 'add_attemptrecord'),
	(126, 'Can change attempt record', 32, 'change_attemptrecord'),
	(127, 'Can delete attempt record', 32, 'delete_attemptrecord'),
	(128, 'Can view attempt record', 32, 'view_attemptrecord'),
	(129, 'Can add token request', 33, 'add_tokenrequest'),
	(130, 'Can change token request', 33, 'change_tokenrequest'),
	(131, 'Can delete token request', 33, 'delete_tokenrequest'),
	(132, 'Can view token request', 33, 'view_tokenrequest'),
	(133, 'Can add endpoint', 34, 'add_endpoint'),
	(134, 'Can change endpoint', 34, 'change_endpoint'),
	(135, 'Can delete endpoint', 34, 'delete_endpoint'),
	(136, 'Can view endpoint', 34, 'view_endpoint'),
	(137, 'Can add delivery', 35, 'add_delivery'),
	(138, 'Can change delivery', 35, 'change_delivery'),
	(139, 'Can delete delivery', 35, 'delete_delivery'),
	(140, 'Can view delivery', 35, 'view_delivery'),
	(141, 'Can add secret', 36, 'add_secret'),
	(142, 'Can change secret', 36, 'change_secret'),
	(143, 'Can delete secret', 36, 'delete_secret'),
	(144, 'Can view secret', 36, 'view_secret'),
	(145, 'Can add attempt', 37, 'add_attempt'),
	(146, 'Can change attempt', 37, 'change_attempt'),
	(147, 'Can delete attempt', 37, 'delete_attempt'),
	(148, 'Can view attempt', 37, 'view_attempt'),
	(149, 'Can add goal', 38, 'add_goal'),
	(150, 'Can change goal', 38, 'change_goal'),
	(151, 'Can delete goal', 38, 'delete_goal'),
	(152, 'Can view goal', 38, 'view_goal'),
	(153, 'Can add lead list', 39, 'add_leadlist'),
	(154, 'Can change lead list', 39, 'change_leadlist'),
	(155, 'Can delete lead list', 39, 'delete_leadlist'),
	(156, 'Can view lead list', 39, 'view_leadlist'),
	(157, 'Can add quest', 40, 'add_quest'),
	(158, 'Can change quest', 40, 'change_quest'),
	(159, 'Can delete quest', 40, 'delete_quest'),
	(160, 'Can view quest', 40, 'view_quest'),
	(161, 'Can add revenue entry', 41, 'add_revenueentry'),
	(162, 'Can change revenue entry', 41, 'change_revenueentry'),
	(163, 'Can delete revenue entry', 41, 'delete_revenueentry'),
	(164, 'Can view revenue entry', 41, 'view_revenueentry'),
	(165, 'Can add change head', 42, 'add_changehead'),
	(166, 'Can change change head', 42, 'change_changehead'),
	(167, 'Can delete change head', 42, 'delete_changehead'),
	(168, 'Can view change head', 42, 'view_changehead'),
	(169, 'Can add change', 43, 'add_change'),
	(170, 'Can change change', 43, 'change_change'),
	(171, 'Can delete change', 43, 'delete_change'),
	(172, 'Can view change', 43, 'view_change'),
	(173, 'Can add revenue forecast', 44, 'add_revenueforecast'),
	(174, 'Can change revenue forecast', 44, 'change_revenueforecast'),
	(175, 'Can delete revenue forecast', 44, 'delete_revenueforecast'),
	(176, 'Can view revenue forecast', 44, 'view_revenueforecast'),
	(177, 'Can add pushed change', 45, 'add_pushedchange'),
	(178, 'Can change pushed change', 45, 'change_pushedchange'),
	(179, 'Can delete pushed change', 45, 'delete_pushedchange'),
	(180, 'Can view pushed change', 45, 'view_pushedchange'),
	(181, 'Can add sync conflict', 46, 'add_syncconflict'),
	(182, 'Can change sync conflict', 46, 'change_syncconflict'),
	(183, 'Can delete sync conflict', 46, 'delete_syncconflict'),
	(184, 'Can view sync conflict', 46, 'view_syncconflict'),
	(185, 'Can add order', 47, 'add_order'),
	(186, 'Can change order', 47, 'change_order'),
	(187, 'Can delete order', 47, 'delete_order'),
	(188, 'Can view order', 47, 'view_order'),
	(189, 'Can add paid subscription', 48, 'add_paidsubscription'),
	(190, 'Can change paid subscription', 48, 'change_paidsubscription'),
	(191, 'Can delete paid subscription', 48, 'delete_paidsubscription'),
	(192, 'Can view paid subscription', 48, 'view_paidsubscription'),
	(193, 'Can add payment', 49, 'add_payment'),
	(194, 'Can change payment', 49, 'change_payment'),
	(195, 'Can delete payment', 49, 'delete_payment'),
	(196, 'Can view payment', 49, 'view_payment'),
	(197, 'Can add stripe event', 50, 'add_stripeevent'),
	(198, 'Can change stripe event', 50, 'change_stripeevent'),
	(199, 'Can delete stripe event', 50, 'delete_stripeevent'),
	(200, 'Can view stripe event', 50, 'view_stripeevent');
INSERT INTO public.auth_permission VALUES
	(201, 'Can add top up', 51, 'add_topup'),
	(202, 'Can change top up', 51, 'change_topup'),
	(203, 'Can delete top up', 51, 'delete_topup'),
	(204, 'Can view top up', 51, 'view_topup'),
	(205, 'Can add customer', 52, 'add_customer'),
	(206, 'Can change customer', 52, 'change_customer'),
	(207, 'Can delete customer', 52, 'delete_customer'),
	(208, 'Can view customer', 52, 'view_customer'),
	(209, 'Can add sandbox answer', 53, 'add_sandboxanswer'),
	(210, 'Can change sandbox answer', 53, 'change_sandboxanswer'),
	(211, 'Can delete sandbox answer', 53, 'delete_sandboxanswer'),
	(212, 'Can view sandbox answer', 53, 'view_sandboxanswer'),
	(213, 'Can add sandbox event', 54, 'add_sandboxevent'),
	(214, 'Can change sandbox event', 54, 'change_sandboxevent'),
	(215, 'Can delete sandbox event', 54, 'delete_sandboxevent'),
	(216, 'Can view sandbox event', 54, 'view_sandboxevent'),
	(217, 'Can add sandbox delivery', 55, 'add_sandboxdelivery'),
	(218, 'Can change sandbox delivery', 55, 'change_sandboxdelivery'),
	(219, 'Can delete sandbox delivery', 55, 'delete_sandboxdelivery'),
	(220, 'Can view sandbox delivery', 55, 'view_sandboxdelivery'),
	(221, 'Can add sandbox object', 56, 'add_sandboxobject'),
	(222, 'Can change sandbox object', 56, 'change_sandboxobject'),
	(223, 'Can delete sandbox object', 56, 'delete_sandboxobject'),
	(224, 'Can view sandbox object', 56, 'view_sandboxobject'),
	(225, 'Can add overage', 57, 'add_overage'),
	(226, 'Can change overage', 57, 'change_overage'),
	(227, 'Can delete overage', 57, 'delete_overage'),
	(228, 'Can view overage', 57, 'view_overage'),
	(229, 'Can add overage use', 58, 'add_overageuse'),
	(230, 'Can change overage use', 58, 'change_overageuse'),
	(231, 'Can delete overage use', 58, 'delete_overageuse'),
	(232, 'Can view overage use', 58, 'view_overageuse'),
	(233, 'Can add gift', 59, 'add_gift'),
	(234, 'Can change gift', 59, 'change_gift'),
	(235, 'Can delete gift', 59, 'delete_gift'),
	(236, 'Can view gift', 59, 'view_gift'),
	(237, 'Can add organization to give to', 60, 'add_giftrecipient'),
	(238, 'Can change organization to give to', 60, 'change_giftrecipient'),
	(239, 'Can delete organization to give to', 60, 'delete_giftrecipient'),
	(240, 'Can view organization to give to', 60, 'view_giftrecipient'),
	(241, 'Can add report file', 61, 'add_reportfile'),
	(242, 'Can change report file', 61, 'change_reportfile'),
	(243, 'Can delete report file', 61, 'delete_reportfile'),
	(244, 'Can view report file', 61, 'view_reportfile'),
	(245, 'Can add log entry', 62, 'add_logentry'),
	(246, 'Can change log entry', 62, 'change_logentry'),
	(247, 'Can delete log entry', 62, 'delete_logentry'),
	(248, 'Can view log entry', 62, 'view_logentry'),
	(249, 'Can add permission', 63, 'add_permission'),
	(250, 'Can change permission', 63, 'change_permission'),
	(251, 'Can delete permission', 63, 'delete_permission'),
	(252, 'Can view permission', 63, 'view_permission'),
	(253, 'Can add group', 64, 'add_group'),
	(254, 'Can change group', 64, 'change_group'),
	(255, 'Can delete group', 64, 'delete_group'),
	(256, 'Can view group', 64, 'view_group'),
	(257, 'Can add content type', 65, 'add_contenttype'),
	(258, 'Can change content type', 65, 'change_contenttype'),
	(259, 'Can delete content type', 65, 'delete_contenttype'),
	(260, 'Can view content type', 65, 'view_contenttype'),
	(261, 'Can add session', 66, 'add_session'),
	(262, 'Can change session', 66, 'change_session'),
	(263, 'Can delete session', 66, 'delete_session'),
	(264, 'Can view session', 66, 'view_session'),
	(265, 'Can add email address', 67, 'add_emailaddress'),
	(266, 'Can change email address', 67, 'change_emailaddress'),
	(267, 'Can delete email address', 67, 'delete_emailaddress'),
	(268, 'Can view email address', 67, 'view_emailaddress'),
	(269, 'Can add email confirmation', 68, 'add_emailconfirmation'),
	(270, 'Can change email confirmation', 68, 'change_emailconfirmation'),
	(271, 'Can delete email confirmation', 68, 'delete_emailconfirmation'),
	(272, 'Can view email confirmation', 68, 'view_emailconfirmation'),
	(273, 'Can add authenticator', 69, 'add_authenticator'),
	(274, 'Can change authenticator', 69, 'change_authenticator'),
	(275, 'Can delete authenticator', 69, 'delete_authenticator'),
	(276, 'Can view authenticator', 69, 'view_authenticator'),
	(277, 'Can add user session', 70, 'add_usersession'),
	(278, 'Can change user session', 70, 'change_usersession'),
	(279, 'Can delete user session', 70, 'delete_usersession'),
	(280, 'Can view user session', 70, 'view_usersession');
INSERT INTO public.django_content_type VALUES
	(1, 'accounts', 'organization'),
	(2, 'accounts', 'user'),
	(3, 'accounts', 'department'),
	(4, 'accounts', 'apikey'),
	(5, 'accounts', 'membership'),
	(6, 'accounts', 'invitation'),
	(7, 'web', 'idempotencyrecord'),
	(8, 'audit', 'chainhead'),
	(9, 'audit', 'event'),
	(10, 'audit', 'readerposition'),
	(11, 'audit', 'notification'),
	(12, 'audit', 'notificationchoice'),
	(13, 'tokens', 'account'),
	(14, 'tokens', 'bucket'),
	(15, 'tokens', 'entry'),
	(16, 'tokens', 'hold'),
	(17, 'tokens', 'quota'),
	(18, 'tokens', 'gauge'),
	(19, 'abuse', 'block'),
	(20, 'abuse', 'flag'),
	(21, 'plans', 'pricebook'),
	(22, 'plans', 'plan'),
	(23, 'plans', 'pack'),
	(24, 'plans', 'operationprice'),
	(25, 'plans', 'limit'),
	(26, 'plans', 'rollout'),
	(27, 'plans', 'subscription'),
	(28, 'plans', 'override'),
	(29, 'plans', 'planfeature'),
	(30, 'plans', 'margincheck'),
	(31, 'licensing', 'license'),
	(32, 'metering', 'attemptrecord'),
	(33, 'team', 'tokenrequest'),
	(34, 'webhooks', 'endpoint'),
	(35, 'webhooks', 'delivery'),
	(36, 'webhooks', 'secret'),
	(37, 'webhooks', 'attempt'),
	(38, 'quests', 'goal'),
	(39, 'quests', 'leadlist'),
	(40, 'quests', 'quest'),
	(41, 'quests', 'revenueentry'),
	(42, 'quests', 'changehead'),
	(43, 'quests', 'change'),
	(44, 'quests', 'revenueforecast'),
	(45, 'quests', 'pushedchange'),
	(46, 'quests', 'syncconflict'),
	(47, 'marketplace', 'order'),
	(48, 'marketplace', 'paidsubscription'),
	(49, 'marketplace', 'payment'),
	(50, 'marketplace', 'stripeevent'),
	(51, 'marketplace', 'topup'),
	(52, 'marketplace', 'customer'),
	(53, 'marketplace', 'sandboxanswer'),
	(54, 'marketplace', 'sandboxevent'),
	(55, 'marketplace', 'sandboxdelivery'),
	(56, 'marketplace', 'sandboxobject'),
	(57, 'marketplace', 'overage'),
	(58, 'marketplace', 'overageuse'),
	(59, 'marketplace', 'gift'),
	(60, 'marketplace', 'giftrecipient'),
	(61, 'reports', 'reportfile'),
	(62, 'admin', 'logentry'),
	(63, 'auth', 'permission'),
	(64, 'auth', 'group'),
	(65, 'contenttypes', 'contenttype'),
	(66, 'sessions', 'session'),
	(67, 'account', 'emailaddress'),
	(68, 'account', 'emailconfirmation'),
	(69, 'mfa', 'authenticator'),
	(70, 'usersessions', 'usersession');
INSERT INTO public.django_migrations VALUES
	(1, 'contenttypes', '0001_initial', '2026-11-29 20:19:11.650893+00'),
	(2, 'contenttypes', '0002_remove_content_type_name', '2026-11-29 20:19:11.685219+00'),
	(3, 'auth', '0001_initial', '2026-11-29 20:19:11.819789+00'),
	(4, 'auth', '0002_alter_permission_name_max_length', '2026-11-29 20:19:11.848082+00'),
	(5, 'auth', '0003_alter_user_email_max_length', '2026-11-29 20:19:11.874941+00'),
	(6, 'auth', '0004_alter_user_username_opts', '2026-11-29 20:19:11.917782+00'),
	(7, 'auth', '0005_alter_user_last_login_null', '2026-11-29 20:19:11.954813+00'),
	(8, 'auth', '0006_require_contenttypes_0002', '2026-11-29 20:19:11.968832+00'),
	(9, 'auth', '0007_alter_validators_add_error_messages', '2026-11-29 20:19:11.997554+00'),
	(10, 'auth', '0008_alter_user_username_max_length', '2026-11-29 20:19:12.03088+00'),
	(11, 'auth', '0009_alter_user_last_name_max_length', '2026-11-29 20:19:12.080275+00'),
	(12, 'auth', '0010_alter_group_name_max_length', '2026-11-29 20:19:12.101368+00'),
	(13, 'auth', '0011_update_proxy_permissions', '2026-11-29 20:19:12.120478+00'),
	(14, 'auth', '0012_alter_user_first_name_max_length', '2026-11-29 20:19:12.160782+00'),
	(15, 'accounts', '0001_tables', '2026-11-29 20:19:12.981909+00'),
	(16, 'accounts', '0002_isolation', '2026-11-29 20:19:13.080894+00'),
	(17, 'abuse', '0001_tables', '2026-11-29 20:19:13.218549+00'),
	(18, 'abuse', '0002_isolation', '2026-11-29 20:19:13.250048+00'),
	(19, 'account', '0001_initial', '2026-11-29 20:19:13.447504+00'),
	(20, 'account', '0002_email_max_length', '2026-11-29 20:19:13.517091+00'),
	(21, 'account', '0003_alter_emailaddress_create_unique_verified_email', '2026-11-29 20:19:13.671656+00'),
	(22, 'account', '0004_alter_emailaddress_drop_unique_email', '2026-11-29 20:19:13.777642+00'),
	(23, 'account', '0005_emailaddress_idx_upper_email', '2026-11-29 20:19:13.884639+00'),
	(24, 'account', '0006_emailaddress_lower', '2026-11-29 20:19:13.951988+00'),
	(25, 'account', '0007_emailaddress_idx_email', '2026-11-29 20:19:14.096233+00'),
	(26, 'account', '0008_emailaddress_unique_primary_email_fixup', '2026-11-29 20:19:14.150456+00'),
	(27, 'account', '0009_emailaddress_unique_primary_email', '2026-11-29 20:19:14.190202+00'),
	(28, 'accounts', '0003_key_rotation', '2026-11-29 20:19:14.281367+00'),
	(29, 'accounts', '0004_test_keys', '2026-11-29 20:19:14.496922+00'),
	(30, 'accounts', '0005_closing', '2026-11-29 20:19:14.535055+00'),
	(31, 'admin', '0001_initial', '2026-11-29 20:19:14.625876+00'),
	(32, 'admin', '0002_logentry_remove_auto_add', '2026-11-29 20:19:14.666969+00'),
	(33, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-29 20:19:14.714672+00'),
	(34, 'audit', '0001_tables', '2026-11-29 20:19:14.844891+00'),
	(35, 'audit', '0002_stream', '2026-11-29 20:19:14.887413+00'),
	(36, 'audit', '0003_platform_news', '2026-11-29 20:19:15.093663+00'),
	(37, 'audit', '0004_notification_choices', '2026-11-29 20:19:15.449386+00'),
	(38, 'licensing', '0001_tables', '2026-11-29 20:19:15.563629+00'),
	(39, 'licensing', '0002_isolation', '2026-11-29 20:19:15.582409+00'),
	(40, 'marketplace', '0001_tables', '2026-11-29 20:19:17.59171+00'),
	(41, 'marketplace', '0002_isolation', '2026-11-29 20:19:17.714412+00'),
	(42, 'marketplace', '0003_sandbox', '2026-11-29 20:19:19.029684+00'),
	(43, 'marketplace', '0004_payment_plan', '2026-11-29 20:19:19.266417+00'),
	(44, 'marketplace', '0005_tried_card', '2026-11-29 20:19:19.648012+00'),
	(45, 'marketplace', '0006_overage', '2026-11-29 20:19:20.411447+00'),
	(46, 'marketplace', '0007_gifts', '2026-11-29 20:19:20.931164+00'),
	(47, 'marketplace', '0008_refuse_closed', '2026-11-29 20:19:20.95621+00'),
	(48, 'tokens', '0001_tables', '2026-11-29 20:19:26.724311+00'),
	(49, 'tokens', '0002_ledger', '2026-11-29 20:19:26.880942+00'),
	(50, 'metering', '0001_tables', '2026-11-29 20:19:27.191468+00'),
	(51, 'metering', '0002_usage_log', '2026-11-29 20:19:27.231632+00'),
	(52, 'mfa', '0001_initial', '2026-11-29 20:19:27.535576+00'),
	(53, 'mfa', '0002_authenticator_timestamps', '2026-11-29 20:19:29.175582+00'),
	(54, 'mfa', '0003_authenticator_type_uniq', '2026-11-29 20:19:29.695057+00'),
	(55, 'plans', '0001_tables', '2026-11-29 20:19:31.457998+00'),
	(56, 'plans', '0002_price_book', '2026-11-29 20:19:32.252667+00'),
	(57, 'plans', '0003_overage_price', '2026-11-29 20:19:32.766753+00'),
	(58, 'plans', '0004_payment_fee', '2026-11-29 20:19:33.011567+00'),
	(59, 'plans', '0005_margin_check', '2026-11-29 20:19:33.062738+00'),
	(60, 'plans', '0006_webhook_endpoints_limit', '2026-11-29 20:19:33.379982+00'),
	(61, 'plans', '0007_gift_limits', '2026-11-29 20:19:33.887441+00'),
	(62, 'plans', '0008_refuse_closed', '2026-11-29 20:19:33.910288+00'),
	(63, 'quests', '0001_tables', '2026-11-29 20:19:37.024348+00'),
	(64, 'quests', '0002_isolation', '2026-11-29 20:19:37.076327+00'),
	(65, 'quests', '0003_changes', '2026-11-29 20:19:37.531688+00'),
	(66, 'quests', '0004_revenue_forecast', '2026-11-29 20:19:37.892644+00'),
	(67, 'quests', '0005_revenue_import', '2026-11-29 20:19:38.378922+00'),
	(68, 'quests', '0006_pushed_changes', '2026-11-29 20:19:40.427644+00'),
	(69, 'reports', '0001_file', '2026-11-29 20:19:40.765167+00'),
	(70, 'reports', '0002_isolation', '2026-11-29 20:19:40.795445+00'),
	(71, 'sessions', '0001_initial', '2026-11-29 20:19:40.838829+00'),
	(72, 'team', '0001_token_requests', '2026-11-29 20:19:41.255755+00'),
	(73, 'tokens', '0003_raised_quotas', '2026-11-29 20:19:41.581324+00'),
	(74, 'tokens', '0004_overage', '2026-11-29 20:19:41.949372+00'),
	(75, 'tokens', '0005_extend_holds', '2026-11-29 20:19:41.956163+00'),
	(76, 'tokens', '0006_gauge', '2026-11-29 20:19:42.084152+00'),
	(77, 'tokens', '0007_claw_spent_only', '2026-11-29 20:19:42.093406+00'),
	(78, 'tokens', '0008_warn_of_running_out', '2026-11-29 20:19:42.167223+00'),
	(79, 'tokens', '0009_refuse_closed', '2026-11-29 20:19:42.176311+00'),
	(80, 'usersessions', '0001_initial', '2026-11-29 20:19:42.264828+00'),
	(81, 'web', '0001_tables', '2026-11-29 20:19:42.937071+00'),
	(82, 'web', '0002_isolation', '2026-11-29 20:19:42.944229+00'),
	(83, 'webhooks', '0001_tables', '2026-11-29 20:19:44.391882+00'),
	(84, 'webhooks', '0002_isolation', '2026-11-29 20:19:44.438038+00'),
	(85, 'webhooks', '0003_refuse_closed', '2026-11-29 20:19:44.445127+00');
INSERT INTO public.licensing_license VALUES
	('01a228f6-f609-7712-8c3b-603bbf94f3e4', NULL, NULL, 'active', '', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f7-41ec-7460-a2a8-92959a5cbd2e', NULL, NULL, 'active', '', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c897-708b-b5d3-a15c08132b28', NULL, NULL, 'active', '', '01a228f7-c827-707a-851d-f348e2ca86f2');
INSERT INTO public.metering_attempt VALUES
	('01a228f7-663c-77ac-a43d-7170328bb8e7', '01a228f7-65ea-74ab-b2d6-1350dd6f8cec', 'quest', 'builtin', 'planner-1', 'ok', 0, 0, false, 15, 0.00000000, '2026-11-29 20:20:31.955771+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-7785-7341-80f7-6976353ea3d2', '01a228f7-7759-7619-b392-c4436f7358fc', 'lead_list', 'builtin', 'planner-1', 'ok', 0, 0, false, 8, 0.00000000, '2026-11-29 20:20:36.373595+00', '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.plans_limit VALUES
	(1, 'members', 2, 1, 1),
	(2, 'members', 10, 2, 1),
	(3, 'members', NULL, 3, 1),
	(4, 'requests_per_minute', 30, NULL, 1),
	(5, 'minimum_gap_seconds', 3, NULL, 1),
	(6, 'request_tokens_max', 10, NULL, 1),
	(7, 'output_tokens_max', 2000, NULL, 1),
	(8, 'hourly_tokens_flag', 500, NULL, 1),
	(9, 'failed_attempts_max', 5, NULL, 1),
	(10, 'failed_window_seconds', 900, NULL, 1),
	(11, 'block_seconds', 900, NULL, 1),
	(12, 'key_requests_per_minute', 600, NULL, 1),
	(13, 'webhook_endpoints', 10, NULL, 1),
	(14, 'offline_after_days', 14, NULL, 1),
	(15, 'suspended_after_days', 30, NULL, 1),
	(16, 'gift_days', 30, NULL, 1),
	(17, 'gift_tokens_max', 10000, NULL, 1),
	(18, 'gift_tokens_a_month_max', 50000, NULL, 1),
	(19, 'quota_gift_tokens_max', 1000, NULL, 1);
INSERT INTO public.plans_operation_price VALUES
	(1, 'quest', 3, 1),
	(2, 'lead_list', 5, 1),
	(3, 'revenue_forecast', 4, 1);
INSERT INTO public.plans_pack VALUES
	(1, 'pack_500', '500 tokens', 29.00, 500, 1),
	(2, 'pack_2000', '2,000 tokens', 79.00, 2000, 1),
	(3, 'pack_10000', '10,000 tokens', 349.00, 10000, 1),
	(4, 'pack_50000', '50,000 tokens', 1499.00, 50000, 1);
INSERT INTO public.plans_plan VALUES
	(1, 'starter', 'Starter', 0, 0.00, 0, 0, 1, NULL),
	(2, 'pro', 'Pro', 1, 149.00, 200, 0, 1, NULL),
	(3, 'enterprise', 'Enterprise', 2, 399.00, 2000, 0, 1, 0.1200);
INSERT INTO public.plans_plan_feature VALUES
	(1, 'goals', 1),
	(2, 'sync', 1),
	(3, 'reports', 1),
	(4, 'api', 1),
	(5, 'goals', 2),
	(6, 'sync', 2),
	(7, 'reports', 2),
	(8, 'api', 2),
	(9, 'quest', 2),
	(10, 'lead_list', 2),
	(11, 'revenue_forecast', 2),
	(12, 'metering', 2),
	(13, 'packs', 2),
	(14, 'webhooks', 2),
	(15, 'goals', 3),
	(16, 'sync', 3),
	(17, 'reports', 3),
	(18, 'api', 3),
	(19, 'quest', 3),
	(20, 'lead_list', 3),
	(21, 'revenue_forecast', 3),
	(22, 'metering', 3),
	(23, 'packs', 3),
	(24, 'webhooks', 3),
	(25, 'departments', 3),
	(26, 'overage', 3),
	(27, 'custom_allocation', 3),
	(28, 'audit_export', 3);
INSERT INTO public.plans_price_book VALUES
	(1, '2026-11-29 20:19:32.243189+00', 'First price list', '2026-11-29 20:19:31.816732+00', 2.90, 0.30, 'Stripe''s list price for domestic cards: stripe.com/us/pricing');
INSERT INTO public.plans_subscription VALUES
	('01a228f6-f645-74b6-9fa1-19a0647bda68', 'pro', '', NULL, '2026-11-29 20:20:03.224795+00', '2026-11-29 20:20:03.26986+00', NULL, '2026-12-29 20:20:03.224795+00', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f7-4220-76ee-a580-452bcd94fd5e', 'enterprise', '', NULL, '2026-11-29 20:20:22.648034+00', '2026-11-29 20:20:22.695173+00', NULL, '2026-12-29 20:20:22.648034+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c8b2-7614-90ee-dc72e01cbe23', 'pro', '', NULL, '2026-11-29 20:20:57.136926+00', '2026-11-29 20:20:57.139597+00', '2026-11-29 20:20:58.123261+00', '2026-12-29 20:20:57.136926+00', '01a228f7-c827-707a-851d-f348e2ca86f2');
INSERT INTO public.quests_change VALUES
	('01a228f6-fdda-77b7-8eaa-19bc3e731dda', 'revenue_entry', '01a228f6-fdd7-754c-947d-8fbd83494736', 3, 1, 1, NULL, '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f6-fdef-787b-8708-b5a6e2fdb040', 'revenue_entry', '01a228f6-fdec-7fa5-ae00-b6e9561fda1f', 5, 1, 1, NULL, '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f6-fe00-776b-94ce-04dc67fb8bf7', 'revenue_entry', '01a228f6-fdff-76bf-bbb5-3f094d65157d', 7, 1, 1, NULL, '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f6-fdb3-7bea-8e7e-c3b9d3c240de', 'goal', '01a228f6-fdb1-717b-aeb4-ef317fce077b', 8, 5, 1, NULL, '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f6-fe11-7905-87c9-b23d20fd5201', 'revenue_entry', '01a228f6-fe10-70b7-93e4-1943475f39a9', 9, 1, 1, NULL, '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f6-fe1c-7829-b189-4a71f70043bb', 'goal', '01a228f6-fe1b-77d6-b2be-540953f0d859', 10, 1, 1, NULL, '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f7-6682-7ae8-a504-7ef6d493bbe7', 'quest', '01a228f7-663b-7640-a377-9d35dd19c56e', 2, 1, 1, NULL, '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-6688-72b8-81bf-cee8474c8785', 'quest', '01a228f7-663b-795c-9c68-7ff4a378d87d', 3, 1, 1, NULL, '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-64e3-7b09-aeac-a04238ac7591', 'goal', '01a228f7-64df-7314-8e1b-efe8477d7599', 4, 2, 1, NULL, '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-be76-7210-8132-95aa2972c662', 'revenue_entry', '01a228f7-be74-77e6-baf3-cd0f2becc538', 5, 1, 1, NULL, '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.quests_change_head VALUES
	('01a228f6-f5f6-7155-b7c2-2c46eec50383', 10),
	('01a228f7-41d2-7816-927e-b0621a19d1dc', 5);
INSERT INTO public.quests_goal VALUES
	('01a228f6-fdb1-717b-aeb4-ef317fce077b', 'Win 12,000 in office catering', 'Breakfast platters and lunch boxes for offices within three kilometres.', 12000.00, 1500.00, '2027-04-28', 'active', '2026-11-29 20:20:05.170615+00', '2026-11-29 20:20:05.264074+00', 5, '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f6-fe1b-77d6-b2be-540953f0d859', 'Save a 4,000 reserve for the new oven', '', 4000.00, 900.00, '2027-07-27', 'active', '2026-11-29 20:20:05.276248+00', '2026-11-29 20:20:05.276248+00', 1, '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f7-64df-7314-8e1b-efe8477d7599', 'Roast 2,000 kg a month', '', 20000.00, 120.50, NULL, 'active', '2026-11-29 20:20:31.586216+00', '2026-11-29 20:20:54.515219+00', 2, '01a228f7-3d2f-7708-a331-86820ea4c6a0', '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.quests_lead_list VALUES
	('01a228f7-7784-79c2-9465-37ec7099c6b9', '7 kinds of people to approach for Roast 2,000 kg a month', 'No due date is set, so this runs to 27 February 2027: $20,000 to go, about $1,540 a week. Start with the people in your brief, then the unhappy switcher: they are closest to a yes. Write to five of each kind in the first week and note who answers.', 'Cafes near the harbour', '[{"why": "You named them yourself. Start with the five you could reach today, before anybody else on this list.", "name": "The people in your brief", "channel": "A personal message, then a call two days later", "segment": "Cafes near the harbour", "first_message": "Hi [name], it''s Harbour Roastery. I have something in mind that fits what you do, and it takes ten minutes to show. Would Tuesday or Thursday suit you better?", "estimated_value": "3600.00"}, {"why": "The decision to leave is made; what is missing is somebody who answers the same day.", "name": "The unhappy switcher", "channel": "A short reply where they wrote", "segment": "Says in public that another supplier was late, costly or hard to reach", "first_message": "Hi [name], sorry to read that. We are Harbour Roastery and happy to help this week, without a contract. Tell me what you need and I will answer today.", "estimated_value": "2700.00"}, {"why": "New people choose their suppliers in the first weeks and then keep them for years.", "name": "The newcomer", "channel": "A card through the door, then a visit", "segment": "Moved or opened nearby within the last three months", "first_message": "Welcome to the neighbourhood! We are Harbour Roastery. Bring this note for a first order with a little extra, and ask us anything about the area.", "estimated_value": "1800.00"}, {"why": "They know you and left without a complaint; one good reason usually brings every fifth of them back.", "name": "The quiet regular", "channel": "Phone, or a message by name", "segment": "Bought at least twice, nothing in the last three months", "first_message": "Hi [name], it''s Harbour Roastery. We have not seen you for a while and thought of you: for your next order this month I would like to add something on us. Shall I put it aside?", "estimated_value": "3700.00"}, {"why": "One yes is worth many single sales and tends to repeat every month.", "name": "The office organiser", "channel": "E-mail, then a sample", "segment": "Buys for a team of ten or more: office, school, club", "first_message": "Hi [name], we are Harbour Roastery and look after teams like yours. May I send a sample for everybody this week, with a simple monthly price?", "estimated_value": "3600.00"}, {"why": "They need good things to offer their people, and one date puts you before all of them.", "name": "The community host", "channel": "Direct message, then a meeting", "segment": "Runs a group, market or event your customers go to", "first_message": "Hi [name], your people and ours have a lot in common. Harbour Roastery would gladly bring something for the next date: what would make it easy for you?", "estimated_value": "1800.00"}, {"why": "Its customers pass your door already, and a joint offer costs both of you nothing up front.", "name": "The good neighbour", "channel": "Walk in at a quiet hour", "segment": "A business within ten minutes that serves the same people, without competing", "first_message": "Hello, I''m from Harbour Roastery around the corner. Our customers are often yours: could we try one joint offer for a month and share what comes of it?", "estimated_value": "2800.00"}]', '01a228f7-7759-7619-b392-c4436f7358fc', 'builtin', '2026-11-29 20:20:36.373595+00', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '01a228f7-64df-7314-8e1b-efe8477d7599', '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.quests_quest VALUES
	('01a228f7-663b-7640-a377-9d35dd19c56e', 'Ask for referrals: $20,000 by 27 February 2027', 'A recommended customer decides faster and bargains less, and few businesses ever ask. No due date is set, so this runs to 27 February 2027: $20,000 to go, about $1,540 a week. If one in four of 26 says yes, each new customer has to be worth $3,334. Nothing came in toward it lately: record what does, and the next plan knows your real pace.', '[{"done": false, "title": "Pick 26 customers who thanked you this year", "amount": "2200.00", "due_on": "2026-12-05"}, {"done": false, "title": "Ask each for one introduction, and give them the sentence to forward", "amount": "4400.00", "due_on": "2026-12-17"}, {"done": false, "title": "Answer every introduction within a day and win $6,700 from them", "amount": "6700.00", "due_on": "2027-01-04"}, {"done": false, "title": "Thank both sides with something they will tell others about", "amount": "2200.00", "due_on": "2027-01-28"}, {"done": false, "title": "Print the request on invoices and receipts", "amount": "4500.00", "due_on": "2027-02-27"}]', '01a228f7-65ea-74ab-b2d6-1350dd6f8cec', 'builtin', '2026-11-29 20:20:31.955771+00', 1, '01a228f7-3d2f-7708-a331-86820ea4c6a0', '01a228f7-64df-7314-8e1b-efe8477d7599', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-663b-795c-9c68-7ff4a378d87d', 'Turn one-off work into a monthly plan: $20,000 by 27 February 2027', 'A month that starts with signed plans is half won before the first day. No due date is set, so this runs to 27 February 2027: $20,000 to go, about $1,540 a week. With 26 plans signed, $770 from each of them is enough.', '[{"done": false, "title": "Name the job people keep coming back for and price it by the month", "amount": "1800.00", "due_on": "2026-12-05"}, {"done": false, "title": "Offer it to 26 regulars, with a first month that is easy to accept", "amount": "3600.00", "due_on": "2026-12-17"}, {"done": false, "title": "Sign the first plans: $5,500 from monthly payments", "amount": "5500.00", "due_on": "2027-01-04"}, {"done": false, "title": "Collect on a fixed day, automatically, so nobody has to remember", "amount": "3600.00", "due_on": "2027-01-28"}, {"done": false, "title": "Offer a yearly payment with one month free to those who stay", "amount": "5500.00", "due_on": "2027-02-27"}]', '01a228f7-65ea-74ab-b2d6-1350dd6f8cec', 'builtin', '2026-11-29 20:20:31.955771+00', 1, '01a228f7-3d2f-7708-a331-86820ea4c6a0', '01a228f7-64df-7314-8e1b-efe8477d7599', '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.quests_revenue_entry VALUES
	('01a228f6-fdd7-754c-947d-8fbd83494736', 420.00, '2026-10-15', '', '2026-11-29 20:20:05.209614+00', '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-fdb1-717b-aeb4-ef317fce077b', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 1, NULL),
	('01a228f6-fdec-7fa5-ae00-b6e9561fda1f', 365.50, '2026-10-29', '', '2026-11-29 20:20:05.231238+00', '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-fdb1-717b-aeb4-ef317fce077b', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 1, NULL),
	('01a228f6-fdff-76bf-bbb5-3f094d65157d', 480.00, '2026-11-12', '', '2026-11-29 20:20:05.248179+00', '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-fdb1-717b-aeb4-ef317fce077b', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 1, NULL),
	('01a228f6-fe10-70b7-93e4-1943475f39a9', 234.50, '2026-11-23', '', '2026-11-29 20:20:05.265291+00', '01a228f6-f1d7-7aa0-9fcd-e4cbaa849b9a', '01a228f6-fdb1-717b-aeb4-ef317fce077b', '01a228f6-f5f6-7155-b7c2-2c46eec50383', 1, NULL),
	('01a228f7-be74-77e6-baf3-cd0f2becc538', 120.50, '2026-11-29', '', '2026-11-29 20:20:54.51749+00', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '01a228f7-64df-7314-8e1b-efe8477d7599', '01a228f7-41d2-7816-927e-b0621a19d1dc', 1, NULL);
INSERT INTO public.tokens_account VALUES
	('01a228f6-f5f6-7155-b7c2-2c46eec50383', 200, 0, 0, 1, NULL, '2026-11-29 20:20:03.224795+00', '2026-12-29 20:20:03.224795+00'),
	('01a228f7-41d2-7816-927e-b0621a19d1dc', 2532, 10, 0, 15, NULL, '2026-11-29 20:20:22.648034+00', '2026-12-29 20:20:22.648034+00'),
	('01a228f7-c827-707a-851d-f348e2ca86f2', 200, 0, 0, 1, '2026-11-29 20:20:58.17669+00', '2026-11-29 20:20:57.136926+00', '2026-12-29 20:20:57.136926+00');
INSERT INTO public.tokens_bucket VALUES
	('01a228f6-f659-7a4d-9024-e34f213d8d2f', 'plan', 200, 200, 0, 0, 0, '2026-12-29 20:20:03.224795+00', NULL, NULL, 'allowance:01a228f6-f645-74b6-9fa1-19a0647bda68:2026-11-29T20:20:03Z', 'pro allowance', '2026-11-29 20:20:03.289201+00', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f7-4230-7f83-a71e-0589fd9fc444', 'plan', 2000, 1972, 10, 0, 0, '2026-12-29 20:20:22.648034+00', NULL, NULL, 'allowance:01a228f7-4220-76ee-a580-452bcd94fd5e:2026-11-29T20:20:22Z', 'enterprise allowance', '2026-11-29 20:20:22.704574+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c024-79ad-b992-59dc641e68c0', 'purchase', 500, 500, 0, 0, 0, NULL, NULL, NULL, 'sample:pack', '', '2026-11-29 20:20:54.94835+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c02f-7f3e-8c2f-b3222e90f17c', 'promo', 60, 60, 0, 0, 0, '2036-11-26 20:20:54.957256+00', NULL, '2026-11-29 20:20:54.967837+00', 'sample:frozen', '', '2026-11-29 20:20:54.959844+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c03c-7013-a042-e21dcb1b223d', 'purchase', 80, 0, 0, 80, 0, NULL, NULL, NULL, 'sample:refunded', '', '2026-11-29 20:20:54.971907+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c8c4-7d49-8b1e-619c8ed8e533', 'plan', 200, 200, 0, 0, 0, '2026-12-29 20:20:57.136926+00', NULL, NULL, 'allowance:01a228f7-c8b2-7614-90ee-dc72e01cbe23:2026-11-29T20:20:57Z', 'pro allowance', '2026-11-29 20:20:57.156738+00', '01a228f7-c827-707a-851d-f348e2ca86f2');
INSERT INTO public.tokens_entry VALUES
	('01a228f6-f66c-7100-9514-c910f234d4a3', 1, 'grant', 200, 0, 0, -200, 200, NULL, '', NULL, '2026-11-29 20:20:03.289201+00', '01a228f6-f659-7a4d-9024-e34f213d8d2f', '01a228f6-f5f6-7155-b7c2-2c46eec50383'),
	('01a228f7-4232-7c61-8d9c-e95b9d93b3e5', 1, 'grant', 2000, 0, 0, -2000, 2000, NULL, '', NULL, '2026-11-29 20:20:22.704574+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-6614-7dd5-b557-6632e6ee4254', 2, 'hold', -6, 6, 0, 0, 1994, '01a228f7-65ea-74ab-b2d6-1350dd6f8cec', 'quest', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:31.890885+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-666a-77dd-bd4c-a48576b90b0c', 3, 'settle', 0, -6, 0, 6, 1994, '01a228f7-65ea-74ab-b2d6-1350dd6f8cec', 'quest', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:31.97585+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-776d-7177-ac80-ff03f68b95be', 4, 'hold', -5, 5, 0, 0, 1989, '01a228f7-7759-7619-b392-c4436f7358fc', 'lead_list', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:36.331683+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-77a5-7cb0-a100-40be18512d45', 5, 'settle', 0, -5, 0, 5, 1989, '01a228f7-7759-7619-b392-c4436f7358fc', 'lead_list', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:36.382639+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-8e99-7f4a-879b-930a3edcb587', 6, 'hold', -9, 9, 0, 0, 1980, '01a228f7-8e97-7703-b994-3fb2ca8cf672', 'settled', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:42.264509+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-a557-712e-918b-b2ee03d449e3', 7, 'hold', -5, 5, 0, 0, 1975, '01a228f7-a555-7a8b-8335-dbc7d08b0998', 'released', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:48.086354+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bb5c-7f07-b47a-146d503cd531', 8, 'hold', -10, 10, 0, 0, 1965, '01a228f7-bb5b-7a88-b786-5c8dcccf7346', 'open', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:53.723964+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bc3d-7bb3-acec-4eb4aabb4f9e', 9, 'settle', 0, -7, 0, 7, 1965, '01a228f7-8e97-7703-b994-3fb2ca8cf672', 'settled', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:53.949339+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bc3e-70eb-9f03-807b672a54f7', 10, 'release', 2, -2, 0, 0, 1967, '01a228f7-8e97-7703-b994-3fb2ca8cf672', 'settled', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:53.949339+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bda4-752c-8482-20374f776281', 11, 'release', 5, -5, 0, 0, 1972, '01a228f7-a555-7a8b-8335-dbc7d08b0998', 'released', '01a228f7-3d2f-7708-a331-86820ea4c6a0', '2026-11-29 20:20:54.308057+00', '01a228f7-4230-7f83-a71e-0589fd9fc444', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c025-753f-94b1-2dbcc94139a1', 12, 'grant', 500, 0, 0, -500, 2472, NULL, '', NULL, '2026-11-29 20:20:54.94835+00', '01a228f7-c024-79ad-b992-59dc641e68c0', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c030-7627-bc8b-a5bf2b3f1c37', 13, 'grant', 60, 0, 0, -60, 2532, NULL, '', NULL, '2026-11-29 20:20:54.959844+00', '01a228f7-c02f-7f3e-8c2f-b3222e90f17c', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c03c-762a-a2b3-144ec9c2dcf2', 14, 'grant', 80, 0, 0, -80, 2612, NULL, '', NULL, '2026-11-29 20:20:54.971907+00', '01a228f7-c03c-7013-a042-e21dcb1b223d', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c064-7dd4-ab76-dcf55bbad60a', 15, 'clawback', -80, 0, 0, 80, 2532, NULL, '', NULL, '2026-11-29 20:20:55.012173+00', '01a228f7-c03c-7013-a042-e21dcb1b223d', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-c8c5-718e-ad90-cdfb78c6cd40', 1, 'grant', 200, 0, 0, -200, 200, NULL, '', NULL, '2026-11-29 20:20:57.156738+00', '01a228f7-c8c4-7d49-8b1e-619c8ed8e533', '01a228f7-c827-707a-851d-f348e2ca86f2');
INSERT INTO public.tokens_hold VALUES
	('01a228f7-65ea-74ab-b2d6-1350dd6f8cec', 'settled', 6, 6, 0, 'quest', '01a228f7-3d2f-7708-a331-86820ea4c6a0', NULL, 1, '{}', '2026-11-29 20:20:31.890885+00', '2026-11-29 20:22:31.890885+00', '2026-11-29 20:20:31.97585+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-7759-7619-b392-c4436f7358fc', 'settled', 5, 5, 0, 'lead_list', '01a228f7-3d2f-7708-a331-86820ea4c6a0', NULL, 1, '{}', '2026-11-29 20:20:36.331683+00', '2026-11-29 20:22:36.331683+00', '2026-11-29 20:20:36.382639+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bb5b-7a88-b786-5c8dcccf7346', 'held', 10, 0, 0, 'open', '01a228f7-3d2f-7708-a331-86820ea4c6a0', NULL, NULL, '{}', '2026-11-29 20:20:53.723964+00', '2026-11-29 20:22:53.723964+00', NULL, '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-8e97-7703-b994-3fb2ca8cf672', 'settled', 9, 7, 0, 'settled', '01a228f7-3d2f-7708-a331-86820ea4c6a0', NULL, NULL, '{}', '2026-11-29 20:20:42.264509+00', '2026-11-29 20:22:42.264509+00', '2026-11-29 20:20:53.949339+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-a555-7a8b-8335-dbc7d08b0998', 'released', 5, 0, 0, 'released', '01a228f7-3d2f-7708-a331-86820ea4c6a0', NULL, NULL, '{}', '2026-11-29 20:20:48.086354+00', '2026-11-29 20:22:48.086354+00', '2026-11-29 20:20:54.308057+00', '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.tokens_quota VALUES
	('01a228f7-c015-70b9-a075-74f30af40743', 'user', '01a228f7-4268-7d38-99a7-19e20c672681', 100, 0, '2026-11-29 20:20:22.648034+00', '01a228f7-41d2-7816-927e-b0621a19d1dc', 0);
INSERT INTO public.web_idempotency VALUES
	('01a228f7-660e-7289-80eb-be3d2eb3f530', '341dab6c-7386-46c1-a542-7cc73b18115b', '\x124f84c0219a624a731bbaa8faf959a0e8e27d38c48ae8a60fd86f03a2915ba9', '01a228f7-65ea-74ab-b2d6-1350dd6f8cec', '01a228f7-3d2f-7708-a331-86820ea4c6a0', 201, '{"quests": [{"id": "01a228f7-663b-7640-a377-9d35dd19c56e", "goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "steps": [{"done": false, "title": "Pick 26 customers who thanked you this year", "amount": "2200.00", "due_on": "2026-12-05"}, {"done": false, "title": "Ask each for one introduction, and give them the sentence to forward", "amount": "4400.00", "due_on": "2026-12-17"}, {"done": false, "title": "Answer every introduction within a day and win $6,700 from them", "amount": "6700.00", "due_on": "2027-01-04"}, {"done": false, "title": "Thank both sides with something they will tell others about", "amount": "2200.00", "due_on": "2027-01-28"}, {"done": false, "title": "Print the request on invoices and receipts", "amount": "4500.00", "due_on": "2027-02-27"}], "title": "Ask for referrals: $20,000 by 27 February 2027", "summary": "A recommended customer decides faster and bargains less, and few businesses ever ask. No due date is set, so this runs to 27 February 2027: $20,000 to go, about $1,540 a week. If one in four of 26 says yes, each new customer has to be worth $3,334. Nothing came in toward it lately: record what does, and the next plan knows your real pace.", "version": 1, "provider": "builtin", "transaction_id": "01a228f7-65ea-74ab-b2d6-1350dd6f8cec"}, {"id": "01a228f7-663b-795c-9c68-7ff4a378d87d", "goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "steps": [{"done": false, "title": "Name the job people keep coming back for and price it by the month", "amount": "1800.00", "due_on": "2026-12-05"}, {"done": false, "title": "Offer it to 26 regulars, with a first month that is easy to accept", "amount": "3600.00", "due_on": "2026-12-17"}, {"done": false, "title": "Sign the first plans: $5,500 from monthly payments", "amount": "5500.00", "due_on": "2027-01-04"}, {"done": false, "title": "Collect on a fixed day, automatically, so nobody has to remember", "amount": "3600.00", "due_on": "2027-01-28"}, {"done": false, "title": "Offer a yearly payment with one month free to those who stay", "amount": "5500.00", "due_on": "2027-02-27"}], "title": "Turn one-off work into a monthly plan: $20,000 by 27 February 2027", "summary": "A month that starts with signed plans is half won before the first day. No due date is set, so this runs to 27 February 2027: $20,000 to go, about $1,540 a week. With 26 plans signed, $770 from each of them is enough.", "version": 1, "provider": "builtin", "transaction_id": "01a228f7-65ea-74ab-b2d6-1350dd6f8cec"}], "tokens": {"held": 0, "charged": 6, "available": 1994, "transaction_id": "01a228f7-65ea-74ab-b2d6-1350dd6f8cec"}, "provider": "builtin"}', '2026-11-29 20:20:31.890139+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-7769-7797-a1af-2f6440905f99', '27b6e46b-4d9b-46d2-84d8-c635be94b913', '\x30ecda26325aa86e23e2aa46ad2b505089d6a97a8127a83977fa192ee561d3d5', '01a228f7-7759-7619-b392-c4436f7358fc', '01a228f7-3d2f-7708-a331-86820ea4c6a0', 201, '{"tokens": {"held": 0, "charged": 5, "available": 1989, "transaction_id": "01a228f7-7759-7619-b392-c4436f7358fc"}, "provider": "builtin", "lead_list": {"id": "01a228f7-7784-79c2-9465-37ec7099c6b9", "goal": "01a228f7-64df-7314-8e1b-efe8477d7599", "brief": "Cafes near the harbour", "leads": [{"why": "You named them yourself. Start with the five you could reach today, before anybody else on this list.", "name": "The people in your brief", "channel": "A personal message, then a call two days later", "segment": "Cafes near the harbour", "first_message": "Hi [name], it''s Harbour Roastery. I have something in mind that fits what you do, and it takes ten minutes to show. Would Tuesday or Thursday suit you better?", "estimated_value": "3600.00"}, {"why": "The decision to leave is made; what is missing is somebody who answers the same day.", "name": "The unhappy switcher", "channel": "A short reply where they wrote", "segment": "Says in public that another supplier was late, costly or hard to reach", "first_message": "Hi [name], sorry to read that. We are Harbour Roastery and happy to help this week, without a contract. Tell me what you need and I will answer today.", "estimated_value": "2700.00"}, {"why": "New people choose their suppliers in the first weeks and then keep them for years.", "name": "The newcomer", "channel": "A card through the door, then a visit", "segment": "Moved or opened nearby within the last three months", "first_message": "Welcome to the neighbourhood! We are Harbour Roastery. Bring this note for a first order with a little extra, and ask us anything about the area.", "estimated_value": "1800.00"}, {"why": "They know you and left without a complaint; one good reason usually brings every fifth of them back.", "name": "The quiet regular", "channel": "Phone, or a message by name", "segment": "Bought at least twice, nothing in the last three months", "first_message": "Hi [name], it''s Harbour Roastery. We have not seen you for a while and thought of you: for your next order this month I would like to add something on us. Shall I put it aside?", "estimated_value": "3700.00"}, {"why": "One yes is worth many single sales and tends to repeat every month.", "name": "The office organiser", "channel": "E-mail, then a sample", "segment": "Buys for a team of ten or more: office, school, club", "first_message": "Hi [name], we are Harbour Roastery and look after teams like yours. May I send a sample for everybody this week, with a simple monthly price?", "estimated_value": "3600.00"}, {"why": "They need good things to offer their people, and one date puts you before all of them.", "name": "The community host", "channel": "Direct message, then a meeting", "segment": "Runs a group, market or event your customers go to", "first_message": "Hi [name], your people and ours have a lot in common. Harbour Roastery would gladly bring something for the next date: what would make it easy for you?", "estimated_value": "1800.00"}, {"why": "Its customers pass your door already, and a joint offer costs both of you nothing up front.", "name": "The good neighbour", "channel": "Walk in at a quiet hour", "segment": "A business within ten minutes that serves the same people, without competing", "first_message": "Hello, I''m from Harbour Roastery around the corner. Our customers are often yours: could we try one joint offer for a month and share what comes of it?", "estimated_value": "2800.00"}], "title": "7 kinds of people to approach for Roast 2,000 kg a month", "summary": "No due date is set, so this runs to 27 February 2027: $20,000 to go, about $1,540 a week. Start with the people in your brief, then the unhappy switcher: they are closest to a yes. Write to five of each kind in the first week and note who answers.", "provider": "builtin", "transaction_id": "01a228f7-7759-7619-b392-c4436f7358fc"}}', '2026-11-29 20:20:36.331178+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-8e5f-790a-b15e-dfdd64b1f240', '598db2a8-82dc-494d-8856-ec3d09f16dc4', '\xef7b78b0e13adbb10b46229b67906e1cbfc44117717cc2387f41c22aa21450a8', NULL, '01a228f7-3d2f-7708-a331-86820ea4c6a0', 201, '{"id": "01a228f7-8e97-7703-b994-3fb2ca8cf672", "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "status": "held", "tokens": 9, "operation": "settled", "created_at": "2026-11-29T20:20:42.264Z", "expires_at": "2026-11-29T20:22:42.264Z", "tokens_after": {"held": 9, "charged": 0, "available": 1980, "transaction_id": "01a228f7-8e97-7703-b994-3fb2ca8cf672"}, "settled_tokens": 0}', '2026-11-29 20:20:42.247444+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-a53a-70d7-8f2b-2fc9ecb28186', '40db308b-4d6b-4543-b293-8fa97d5ff127', '\x37dc1da4ab7b4f3a3163563a3815b1d617e5bc525cc3e50bb570f20408df7688', NULL, '01a228f7-3d2f-7708-a331-86820ea4c6a0', 201, '{"id": "01a228f7-a555-7a8b-8335-dbc7d08b0998", "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "status": "held", "tokens": 5, "operation": "released", "created_at": "2026-11-29T20:20:48.086Z", "expires_at": "2026-11-29T20:22:48.086Z", "tokens_after": {"held": 14, "charged": 0, "available": 1975, "transaction_id": "01a228f7-a555-7a8b-8335-dbc7d08b0998"}, "settled_tokens": 0}', '2026-11-29 20:20:48.082325+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bb58-7757-9b85-42bd5a226305', '242a2e03-8a55-45a6-94bc-4c01531242ca', '\x9edcfeadcc10e955fd39c137a81c9b89e6e308a0a552f26e6a1c68789430c9dc', NULL, '01a228f7-3d2f-7708-a331-86820ea4c6a0', 201, '{"id": "01a228f7-bb5b-7a88-b786-5c8dcccf7346", "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "status": "held", "tokens": 10, "operation": "open", "created_at": "2026-11-29T20:20:53.723Z", "expires_at": "2026-11-29T20:22:53.723Z", "tokens_after": {"held": 24, "charged": 0, "available": 1965, "transaction_id": "01a228f7-bb5b-7a88-b786-5c8dcccf7346"}, "settled_tokens": 0}', '2026-11-29 20:20:53.72103+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bbff-73a7-be80-e6851eb1b13f', '336b96bb-ab87-4807-9fa1-e19eea66b94f', '\xd2dcd9758f52fe144559a6562dff1d4226cd27fdd106fed471a5573ff36fc502', NULL, '01a228f7-3d2f-7708-a331-86820ea4c6a0', 200, '{"id": "01a228f7-8e97-7703-b994-3fb2ca8cf672", "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "status": "settled", "tokens": 9, "operation": "settled", "created_at": "2026-11-29T20:20:42.264Z", "expires_at": "2026-11-29T20:22:42.264Z", "tokens_after": {"held": 15, "charged": 7, "available": 1967, "transaction_id": "01a228f7-8e97-7703-b994-3fb2ca8cf672"}, "settled_tokens": 7}', '2026-11-29 20:20:53.888411+00', '01a228f7-41d2-7816-927e-b0621a19d1dc'),
	('01a228f7-bd98-7cb2-b7e0-7b931339d8b2', '388d6ab7-1f66-4e8b-b4f7-d77a96446597', '\x005b2d529975e16f104892645b00b1dd262e036b681167f5e101494d2f6012c5', NULL, '01a228f7-3d2f-7708-a331-86820ea4c6a0', 200, '{"id": "01a228f7-a555-7a8b-8335-dbc7d08b0998", "user": "01a228f7-3d2f-7708-a331-86820ea4c6a0", "status": "released", "tokens": 5, "operation": "released", "created_at": "2026-11-29T20:20:48.086Z", "expires_at": "2026-11-29T20:22:48.086Z", "tokens_after": {"held": 10, "charged": 0, "available": 1972, "transaction_id": "01a228f7-a555-7a8b-8335-dbc7d08b0998"}, "settled_tokens": 0}', '2026-11-29 20:20:54.2968+00', '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.webhooks_endpoint VALUES
	('01a228f7-bfbb-7abe-a37b-cd16c08fe3e6', 'https://example.com/hook', '["quest.created"]', '', '2026-11-29 20:20:54.844394+00', 18, NULL, NULL, '', NULL, '01a228f7-41d2-7816-927e-b0621a19d1dc');
INSERT INTO public.webhooks_secret VALUES
	('01a228f7-bfe7-7219-aa58-3cbbe3dbab04', 'gAAAAABrDIkmt0hEvSjhwA7lyp41tTIXgUeIsoC9_HnWULVfsNK5QvDqHmaWvV-BDI6biNLDfXdegjg0bgJQr1XvsCksPkHcDIiiiEraM-qYvW58uGJ99OWM1Hj6J2Sl0bpowypA7e5pumRmUL-pezCIEfHkIS46Gw==', '2026-11-29 20:20:54.888139+00', NULL, '01a228f7-bfbb-7abe-a37b-cd16c08fe3e6', '01a228f7-41d2-7816-927e-b0621a19d1dc');
SELECT pg_catalog.setval('public.account_emailaddress_id_seq', 6, true);
SELECT pg_catalog.setval('public.account_emailconfirmation_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.audit_reader_position_id_seq', 1, true);
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_permission_id_seq', 280, true);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_content_type_id_seq', 70, true);
SELECT pg_catalog.setval('public.django_migrations_id_seq', 85, true);
SELECT pg_catalog.setval('public.mfa_authenticator_id_seq', 1, false);
SELECT pg_catalog.setval('public.plans_limit_id_seq', 19, true);
SELECT pg_catalog.setval('public.plans_margin_check_id_seq', 1, false);
SELECT pg_catalog.setval('public.plans_operation_price_id_seq', 3, true);
SELECT pg_catalog.setval('public.plans_pack_id_seq', 4, true);
SELECT pg_catalog.setval('public.plans_plan_feature_id_seq', 28, true);
SELECT pg_catalog.setval('public.plans_plan_id_seq', 3, true);
SELECT pg_catalog.setval('public.plans_price_book_version_seq', 1, true);
SELECT pg_catalog.setval('public.plans_rollout_id_seq', 1, false);
SELECT pg_catalog.setval('public.usersessions_usersession_id_seq', 1, false);
ALTER TABLE ONLY public.abuse_block
    ADD CONSTRAINT abuse_block_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.abuse_block
    ADD CONSTRAINT abuse_block_once UNIQUE (organization_id, key);
ALTER TABLE ONLY public.abuse_block
    ADD CONSTRAINT abuse_block_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.abuse_flag
    ADD CONSTRAINT abuse_flag_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.abuse_flag
    ADD CONSTRAINT abuse_flag_once UNIQUE (organization_id, key, rule);
ALTER TABLE ONLY public.abuse_flag
    ADD CONSTRAINT abuse_flag_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY public.accounts_department
    ADD CONSTRAINT accounts_department_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.accounts_department
    ADD CONSTRAINT accounts_department_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_organization
    ADD CONSTRAINT accounts_organization_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_organization
    ADD CONSTRAINT accounts_organization_sandbox_of_id_key UNIQUE (sandbox_of_id);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_canonical_email_key UNIQUE (canonical_email);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_email_key UNIQUE (email);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_chain_head
    ADD CONSTRAINT audit_chain_head_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_seq_once UNIQUE (organization_id, seq);
ALTER TABLE ONLY public.audit_notification
    ADD CONSTRAINT audit_notification_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.audit_notification
    ADD CONSTRAINT audit_notification_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_notificationchoice
    ADD CONSTRAINT audit_notificationchoice_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.audit_notificationchoice
    ADD CONSTRAINT audit_notificationchoice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_reader_position
    ADD CONSTRAINT audit_reader_position_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens_bucket
    ADD CONSTRAINT bucket_granted_once UNIQUE (organization_id, business_key);
ALTER TABLE ONLY public.quests_change
    ADD CONSTRAINT change_number_once UNIQUE (organization_id, seq);
ALTER TABLE ONLY public.quests_change
    ADD CONSTRAINT change_of_record_once UNIQUE (organization_id, type, record_id);
ALTER TABLE ONLY public.marketplace_customer
    ADD CONSTRAINT customer_id_once UNIQUE (mode, customer_id);
ALTER TABLE ONLY public.marketplace_customer
    ADD CONSTRAINT customer_once UNIQUE (organization_id, mode);
ALTER TABLE ONLY public.accounts_department
    ADD CONSTRAINT department_name_once UNIQUE (organization_id, name);
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY public.tokens_entry
    ADD CONSTRAINT entry_seq_once UNIQUE (organization_id, seq);
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT gift_request_once UNIQUE (organization_id, request_key);
ALTER TABLE ONLY public.web_idempotency
    ADD CONSTRAINT idempotency_key_once UNIQUE (organization_id, key);
ALTER TABLE ONLY public.licensing_license
    ADD CONSTRAINT license_once UNIQUE (organization_id);
ALTER TABLE ONLY public.licensing_license
    ADD CONSTRAINT licensing_license_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.licensing_license
    ADD CONSTRAINT licensing_license_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_limit
    ADD CONSTRAINT limit_once UNIQUE NULLS NOT DISTINCT (price_book_id, plan_id, key);
ALTER TABLE ONLY public.plans_margin_check
    ADD CONSTRAINT margin_checked_once UNIQUE (mode, month);
ALTER TABLE ONLY public.marketplace_customer
    ADD CONSTRAINT marketplace_customer_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_customer
    ADD CONSTRAINT marketplace_customer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY public.marketplace_order
    ADD CONSTRAINT marketplace_order_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_order
    ADD CONSTRAINT marketplace_order_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_overage
    ADD CONSTRAINT marketplace_overage_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_overage
    ADD CONSTRAINT marketplace_overage_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_overage_use
    ADD CONSTRAINT marketplace_overage_use_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_overage_use
    ADD CONSTRAINT marketplace_overage_use_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_paidsubscription
    ADD CONSTRAINT marketplace_paidsubscription_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_paidsubscription
    ADD CONSTRAINT marketplace_paidsubscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_payment
    ADD CONSTRAINT marketplace_payment_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_payment
    ADD CONSTRAINT marketplace_payment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_sandbox_answer
    ADD CONSTRAINT marketplace_sandbox_answer_key_key UNIQUE (key);
ALTER TABLE ONLY public.marketplace_sandbox_answer
    ADD CONSTRAINT marketplace_sandbox_answer_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_sandbox_answer
    ADD CONSTRAINT marketplace_sandbox_answer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_sandbox_delivery
    ADD CONSTRAINT marketplace_sandbox_delivery_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_sandbox_delivery
    ADD CONSTRAINT marketplace_sandbox_delivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_sandbox_event
    ADD CONSTRAINT marketplace_sandbox_event_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_sandbox_event
    ADD CONSTRAINT marketplace_sandbox_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_sandbox_event
    ADD CONSTRAINT marketplace_sandbox_event_stripe_id_key UNIQUE (stripe_id);
ALTER TABLE ONLY public.marketplace_sandbox_object
    ADD CONSTRAINT marketplace_sandbox_object_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_sandbox_object
    ADD CONSTRAINT marketplace_sandbox_object_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_sandbox_object
    ADD CONSTRAINT marketplace_sandbox_object_stripe_id_key UNIQUE (stripe_id);
ALTER TABLE ONLY public.marketplace_stripe_event
    ADD CONSTRAINT marketplace_stripe_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_topup
    ADD CONSTRAINT marketplace_topup_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.marketplace_topup
    ADD CONSTRAINT marketplace_topup_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT membership_once UNIQUE (organization_id, user_id);
ALTER TABLE ONLY public.metering_attempt
    ADD CONSTRAINT metering_attempt_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.metering_attempt
    ADD CONSTRAINT metering_attempt_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_notificationchoice
    ADD CONSTRAINT notification_chosen_once UNIQUE (organization_id, user_id, topic);
ALTER TABLE ONLY public.audit_notification
    ADD CONSTRAINT notified_once UNIQUE NULLS NOT DISTINCT (organization_id, user_id, event_id);
ALTER TABLE ONLY public.plans_operation_price
    ADD CONSTRAINT operation_price_once UNIQUE (price_book_id, operation);
ALTER TABLE ONLY public.marketplace_order
    ADD CONSTRAINT order_request_once UNIQUE (organization_id, request_key);
ALTER TABLE ONLY public.marketplace_overage
    ADD CONSTRAINT overage_once UNIQUE (organization_id, mode);
ALTER TABLE ONLY public.marketplace_overage_use
    ADD CONSTRAINT overage_use_once UNIQUE (entry_id);
ALTER TABLE ONLY public.plans_override
    ADD CONSTRAINT override_once UNIQUE (organization_id, kind, key);
ALTER TABLE ONLY public.plans_pack
    ADD CONSTRAINT pack_key_once UNIQUE (price_book_id, key);
ALTER TABLE ONLY public.marketplace_paidsubscription
    ADD CONSTRAINT paid_subscription_id_once UNIQUE (mode, subscription_id);
ALTER TABLE ONLY public.marketplace_payment
    ADD CONSTRAINT payment_once UNIQUE (mode, payment_intent_id);
ALTER TABLE ONLY public.plans_plan_feature
    ADD CONSTRAINT plan_feature_once UNIQUE (plan_id, feature);
ALTER TABLE ONLY public.plans_plan
    ADD CONSTRAINT plan_key_once UNIQUE (price_book_id, key);
ALTER TABLE ONLY public.plans_limit
    ADD CONSTRAINT plans_limit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_margin_check
    ADD CONSTRAINT plans_margin_check_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_operation_price
    ADD CONSTRAINT plans_operation_price_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_override
    ADD CONSTRAINT plans_override_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.plans_override
    ADD CONSTRAINT plans_override_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_pack
    ADD CONSTRAINT plans_pack_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_plan_feature
    ADD CONSTRAINT plans_plan_feature_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_plan
    ADD CONSTRAINT plans_plan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_price_book
    ADD CONSTRAINT plans_price_book_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.plans_rollout
    ADD CONSTRAINT plans_rollout_feature_key UNIQUE (feature);
ALTER TABLE ONLY public.plans_rollout
    ADD CONSTRAINT plans_rollout_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plans_subscription
    ADD CONSTRAINT plans_subscription_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.plans_subscription
    ADD CONSTRAINT plans_subscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_pushed_change
    ADD CONSTRAINT pushed_change_once UNIQUE (organization_id, client_change_id);
ALTER TABLE ONLY public.quests_change_head
    ADD CONSTRAINT quests_change_head_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.quests_change
    ADD CONSTRAINT quests_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_goal
    ADD CONSTRAINT quests_goal_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.quests_goal
    ADD CONSTRAINT quests_goal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_lead_list
    ADD CONSTRAINT quests_lead_list_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.quests_lead_list
    ADD CONSTRAINT quests_lead_list_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_pushed_change
    ADD CONSTRAINT quests_pushed_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_quest
    ADD CONSTRAINT quests_quest_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.quests_quest
    ADD CONSTRAINT quests_quest_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_revenue_entry
    ADD CONSTRAINT quests_revenue_entry_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.quests_revenue_entry
    ADD CONSTRAINT quests_revenue_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_revenue_forecast
    ADD CONSTRAINT quests_revenue_forecast_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.quests_revenue_forecast
    ADD CONSTRAINT quests_revenue_forecast_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_sync_conflict
    ADD CONSTRAINT quests_sync_conflict_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.quests_sync_conflict
    ADD CONSTRAINT quests_sync_conflict_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens_quota
    ADD CONSTRAINT quota_once UNIQUE (organization_id, scope, subject_id);
ALTER TABLE ONLY public.audit_reader_position
    ADD CONSTRAINT reader_position_once UNIQUE (organization_id, reader);
ALTER TABLE ONLY public.reports_file
    ADD CONSTRAINT report_file_once UNIQUE (organization_id, user_id, report, first_day, last_day);
ALTER TABLE ONLY public.reports_file
    ADD CONSTRAINT reports_file_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.reports_file
    ADD CONSTRAINT reports_file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quests_revenue_entry
    ADD CONSTRAINT revenue_imported_once UNIQUE (organization_id, import_key);
ALTER TABLE ONLY public.marketplace_stripe_event
    ADD CONSTRAINT stripe_event_once UNIQUE (mode, event_id);
ALTER TABLE ONLY public.team_tokenrequest
    ADD CONSTRAINT team_tokenrequest_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.team_tokenrequest
    ADD CONSTRAINT team_tokenrequest_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens_account
    ADD CONSTRAINT tokens_account_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.tokens_bucket
    ADD CONSTRAINT tokens_bucket_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.tokens_bucket
    ADD CONSTRAINT tokens_bucket_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens_entry
    ADD CONSTRAINT tokens_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens_gauge
    ADD CONSTRAINT tokens_gauge_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.tokens_hold
    ADD CONSTRAINT tokens_hold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens_quota
    ADD CONSTRAINT tokens_quota_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.marketplace_topup
    ADD CONSTRAINT topup_once UNIQUE (organization_id, mode);
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_session_key_key UNIQUE (session_key);
ALTER TABLE ONLY public.web_idempotency
    ADD CONSTRAINT web_idempotency_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhooks_delivery
    ADD CONSTRAINT webhook_delivered_once UNIQUE (organization_id, endpoint_id, event_id);
ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhook_url_once UNIQUE (organization_id, url);
ALTER TABLE ONLY public.webhooks_attempt
    ADD CONSTRAINT webhooks_attempt_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.webhooks_attempt
    ADD CONSTRAINT webhooks_attempt_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhooks_delivery
    ADD CONSTRAINT webhooks_delivery_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.webhooks_delivery
    ADD CONSTRAINT webhooks_delivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhooks_secret
    ADD CONSTRAINT webhooks_secret_of_organization UNIQUE (organization_id, id);
ALTER TABLE ONLY public.webhooks_secret
    ADD CONSTRAINT webhooks_secret_pkey PRIMARY KEY (id);
CREATE INDEX abuse_block_reviewed_by_id_b48e022a ON public.abuse_block USING btree (reviewed_by_id);
CREATE INDEX abuse_block_user_id_fb09b993 ON public.abuse_block USING btree (user_id);
CREATE INDEX abuse_flag_reviewed_by_id_bd3877ff ON public.abuse_flag USING btree (reviewed_by_id);
CREATE INDEX abuse_flag_user_id_ef6c3f3f ON public.abuse_flag USING btree (user_id);
CREATE INDEX account_emailaddress_email_03be32b2 ON public.account_emailaddress USING btree (email);
CREATE INDEX account_emailaddress_email_03be32b2_like ON public.account_emailaddress USING btree (email varchar_pattern_ops);
CREATE INDEX account_emailaddress_user_id_2c513194 ON public.account_emailaddress USING btree (user_id);
CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON public.account_emailconfirmation USING btree (email_address_id);
CREATE INDEX account_emailconfirmation_key_f43612bd_like ON public.account_emailconfirmation USING btree (key varchar_pattern_ops);
CREATE INDEX accounts_apikey_created_by_id_1b5317c8 ON public.accounts_apikey USING btree (created_by_id);
CREATE INDEX accounts_invitation_department_id_daf40ae5 ON public.accounts_invitation USING btree (department_id);
CREATE INDEX accounts_invitation_invited_by_id_94a21efc ON public.accounts_invitation USING btree (invited_by_id);
CREATE INDEX accounts_membership_department_id_42e4d78d ON public.accounts_membership USING btree (department_id);
CREATE INDEX accounts_membership_user_id_487fb39e ON public.accounts_membership USING btree (user_id);
CREATE INDEX accounts_user_canonical_email_9fab30f8_like ON public.accounts_user USING btree (canonical_email varchar_pattern_ops);
CREATE INDEX accounts_user_email_b2644a56_like ON public.accounts_user USING btree (email varchar_pattern_ops);
CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);
CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);
CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);
CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);
CREATE UNIQUE INDEX api_key_replaced_once ON public.accounts_apikey USING btree (organization_id, replaces_id) WHERE (revoked_at IS NULL);
CREATE INDEX attempt_by_transaction ON public.metering_attempt USING btree (organization_id, transaction_id);
CREATE INDEX audit_notification_user_id_542e787c ON public.audit_notification USING btree (user_id);
CREATE INDEX audit_notificationchoice_user_id_07822909 ON public.audit_notificationchoice USING btree (user_id);
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);
CREATE INDEX bucket_to_expire ON public.tokens_bucket USING btree (expires_at) WHERE (expired_at IS NULL);
CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);
CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);
CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);
CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);
CREATE INDEX entry_by_transaction ON public.tokens_entry USING btree (organization_id, transaction_id);
CREATE INDEX forecast_by_transaction ON public.quests_revenue_forecast USING btree (organization_id, transaction_id);
CREATE INDEX gift_waiting ON public.marketplace_gift USING btree (expires_at) WHERE ((status)::text = 'offered'::text);
CREATE INDEX hold_by_time ON public.tokens_hold USING btree (organization_id, created_at);
CREATE INDEX hold_open ON public.tokens_hold USING btree (organization_id, expires_at) WHERE (ended_at IS NULL);
CREATE INDEX idempotency_by_age ON public.web_idempotency USING btree (created_at);
CREATE UNIQUE INDEX invitation_open_once ON public.accounts_invitation USING btree (organization_id, email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX lead_list_by_transaction ON public.quests_lead_list USING btree (organization_id, transaction_id);
CREATE INDEX license_past_due ON public.licensing_license USING btree (past_due_at) WHERE (past_due_at IS NOT NULL);
CREATE INDEX marketplace_gift_ended_by_id_239c6f12 ON public.marketplace_gift USING btree (ended_by_id);
CREATE INDEX marketplace_gift_offered_by_id_98df0113 ON public.marketplace_gift USING btree (offered_by_id);
CREATE INDEX marketplace_gift_order_id_d473919b ON public.marketplace_gift USING btree (order_id);
CREATE INDEX marketplace_gift_payment_id_a4e2f81d ON public.marketplace_gift USING btree (payment_id);
CREATE INDEX marketplace_gift_recipient_id_6eecd530 ON public.marketplace_gift USING btree (recipient_id);
CREATE INDEX marketplace_order_pack_key_ea5c30c3 ON public.marketplace_order USING btree (pack_key);
CREATE INDEX marketplace_order_pack_key_ea5c30c3_like ON public.marketplace_order USING btree (pack_key varchar_pattern_ops);
CREATE INDEX marketplace_order_user_id_8fb3949e ON public.marketplace_order USING btree (user_id);
CREATE INDEX marketplace_overage_changed_by_id_d71e8467 ON public.marketplace_overage USING btree (changed_by_id);
CREATE INDEX marketplace_paidsubscription_pending_plan_key_fcbc0821 ON public.marketplace_paidsubscription USING btree (pending_plan_key);
CREATE INDEX marketplace_paidsubscription_pending_plan_key_fcbc0821_like ON public.marketplace_paidsubscription USING btree (pending_plan_key varchar_pattern_ops);
CREATE INDEX marketplace_paidsubscription_plan_key_da96764d ON public.marketplace_paidsubscription USING btree (plan_key);
CREATE INDEX marketplace_paidsubscription_plan_key_da96764d_like ON public.marketplace_paidsubscription USING btree (plan_key varchar_pattern_ops);
CREATE INDEX marketplace_paidsubscription_scheduled_plan_key_d015af23 ON public.marketplace_paidsubscription USING btree (scheduled_plan_key);
CREATE INDEX marketplace_paidsubscription_scheduled_plan_key_d015af23_like ON public.marketplace_paidsubscription USING btree (scheduled_plan_key varchar_pattern_ops);
CREATE INDEX marketplace_payment_order_id_0f9dc695 ON public.marketplace_payment USING btree (order_id);
CREATE INDEX marketplace_payment_plan_key_955ecb8d ON public.marketplace_payment USING btree (plan_key);
CREATE INDEX marketplace_payment_plan_key_955ecb8d_like ON public.marketplace_payment USING btree (plan_key varchar_pattern_ops);
CREATE INDEX marketplace_sandbox_answer_key_ac95689f_like ON public.marketplace_sandbox_answer USING btree (key varchar_pattern_ops);
CREATE INDEX marketplace_sandbox_delivery_event_id_d0eb4c4b ON public.marketplace_sandbox_delivery USING btree (event_id);
CREATE INDEX marketplace_sandbox_event_stripe_id_ffc5df1a_like ON public.marketplace_sandbox_event USING btree (stripe_id varchar_pattern_ops);
CREATE INDEX marketplace_sandbox_object_stripe_id_b6078e83_like ON public.marketplace_sandbox_object USING btree (stripe_id varchar_pattern_ops);
CREATE INDEX marketplace_topup_changed_by_id_d9bf4513 ON public.marketplace_topup USING btree (changed_by_id);
CREATE INDEX marketplace_topup_pack_key_aabfe2d5 ON public.marketplace_topup USING btree (pack_key);
CREATE INDEX marketplace_topup_pack_key_aabfe2d5_like ON public.marketplace_topup USING btree (pack_key varchar_pattern_ops);
CREATE INDEX mfa_authenticator_user_id_0c3a50c0 ON public.mfa_authenticator USING btree (user_id);
CREATE INDEX notification_to_mail ON public.audit_notification USING btree (email_claim_ends_at) WHERE (by_mail AND (emailed_at IS NULL));
CREATE INDEX order_open ON public.marketplace_order USING btree (attempted_at) WHERE ((status)::text = ANY ((ARRAY['pending'::character varying, 'processing'::character varying])::text[]));
CREATE INDEX overage_use_waiting ON public.marketplace_overage_use USING btree (retry_at) WHERE ((status)::text = 'waiting'::text);
CREATE UNIQUE INDEX paid_subscription_one_live ON public.marketplace_paidsubscription USING btree (organization_id, mode) WHERE ((NOT duplicate) AND (ended_at IS NULL));
CREATE INDEX plans_limit_key_418b2aee ON public.plans_limit USING btree (key);
CREATE INDEX plans_limit_key_418b2aee_like ON public.plans_limit USING btree (key varchar_pattern_ops);
CREATE INDEX plans_limit_plan_id_f8f7e76d ON public.plans_limit USING btree (plan_id);
CREATE INDEX plans_limit_price_book_id_7e4758c1 ON public.plans_limit USING btree (price_book_id);
CREATE INDEX plans_operation_price_operation_37b6d3a4 ON public.plans_operation_price USING btree (operation);
CREATE INDEX plans_operation_price_operation_37b6d3a4_like ON public.plans_operation_price USING btree (operation varchar_pattern_ops);
CREATE INDEX plans_operation_price_price_book_id_fba0de80 ON public.plans_operation_price USING btree (price_book_id);
CREATE INDEX plans_override_created_by_id_b82f395b ON public.plans_override USING btree (created_by_id);
CREATE INDEX plans_override_key_ed418d96 ON public.plans_override USING btree (key);
CREATE INDEX plans_override_key_ed418d96_like ON public.plans_override USING btree (key varchar_pattern_ops);
CREATE INDEX plans_pack_key_12ed1a2e ON public.plans_pack USING btree (key);
CREATE INDEX plans_pack_key_12ed1a2e_like ON public.plans_pack USING btree (key varchar_pattern_ops);
CREATE INDEX plans_pack_price_book_id_f0b49a67 ON public.plans_pack USING btree (price_book_id);
CREATE INDEX plans_plan_feature_feature_b0c40b31 ON public.plans_plan_feature USING btree (feature);
CREATE INDEX plans_plan_feature_feature_b0c40b31_like ON public.plans_plan_feature USING btree (feature varchar_pattern_ops);
CREATE INDEX plans_plan_feature_plan_id_ba3770f8 ON public.plans_plan_feature USING btree (plan_id);
CREATE INDEX plans_plan_key_92fefc6e ON public.plans_plan USING btree (key);
CREATE INDEX plans_plan_key_92fefc6e_like ON public.plans_plan USING btree (key varchar_pattern_ops);
CREATE INDEX plans_plan_price_book_id_9c38d2f5 ON public.plans_plan USING btree (price_book_id);
CREATE INDEX plans_rollout_feature_3d114d4f_like ON public.plans_rollout USING btree (feature varchar_pattern_ops);
CREATE INDEX plans_subscription_plan_key_0dd8dab7 ON public.plans_subscription USING btree (plan_key);
CREATE INDEX plans_subscription_plan_key_0dd8dab7_like ON public.plans_subscription USING btree (plan_key varchar_pattern_ops);
CREATE INDEX plans_subscription_scheduled_plan_key_192c4101 ON public.plans_subscription USING btree (scheduled_plan_key);
CREATE INDEX plans_subscription_scheduled_plan_key_192c4101_like ON public.plans_subscription USING btree (scheduled_plan_key varchar_pattern_ops);
CREATE INDEX quest_by_transaction ON public.quests_quest USING btree (organization_id, transaction_id);
CREATE INDEX quests_goal_created_by_id_03c215f1 ON public.quests_goal USING btree (created_by_id);
CREATE INDEX quests_lead_list_created_by_id_2a174f0a ON public.quests_lead_list USING btree (created_by_id);
CREATE INDEX quests_lead_list_goal_id_b495b05e ON public.quests_lead_list USING btree (goal_id);
CREATE INDEX quests_quest_created_by_id_a1bc6690 ON public.quests_quest USING btree (created_by_id);
CREATE INDEX quests_quest_goal_id_65fbcb0a ON public.quests_quest USING btree (goal_id);
CREATE INDEX quests_revenue_entry_created_by_id_3d1084bc ON public.quests_revenue_entry USING btree (created_by_id);
CREATE INDEX quests_revenue_entry_goal_id_65e1f47a ON public.quests_revenue_entry USING btree (goal_id);
CREATE INDEX quests_revenue_forecast_created_by_id_4eeb7610 ON public.quests_revenue_forecast USING btree (created_by_id);
CREATE INDEX quests_sync_conflict_created_by_id_30ee60f2 ON public.quests_sync_conflict USING btree (created_by_id);
CREATE INDEX quests_sync_conflict_resolved_by_id_66b3519b ON public.quests_sync_conflict USING btree (resolved_by_id);
CREATE INDEX report_building ON public.reports_file USING btree (claim_ends_at) WHERE ((status)::text = 'building'::text);
CREATE INDEX reports_file_report_8af3c45e ON public.reports_file USING btree (report);
CREATE INDEX reports_file_report_8af3c45e_like ON public.reports_file USING btree (report varchar_pattern_ops);
CREATE INDEX reports_file_user_id_20651109 ON public.reports_file USING btree (user_id);
CREATE INDEX revenue_by_goal ON public.quests_revenue_entry USING btree (organization_id, goal_id, received_on);
CREATE INDEX sandbox_delivery_due ON public.marketplace_sandbox_delivery USING btree (due_at) WHERE ((state)::text = 'waiting'::text);
CREATE INDEX sandbox_event_list ON public.marketplace_sandbox_event USING btree (organization_id, "position");
CREATE INDEX sandbox_object_due ON public.marketplace_sandbox_object USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX sandbox_object_list ON public.marketplace_sandbox_object USING btree (organization_id, kind, "position");
CREATE INDEX stripe_event_of_object ON public.marketplace_stripe_event USING btree (type, object_id);
CREATE INDEX stripe_event_waiting ON public.marketplace_stripe_event USING btree (retry_at) WHERE ((status)::text = 'received'::text);
CREATE INDEX subscription_due ON public.plans_subscription USING btree (allowance_until) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX subscription_open_once ON public.plans_subscription USING btree (organization_id) WHERE (ended_at IS NULL);
CREATE INDEX sync_conflict_open ON public.quests_sync_conflict USING btree (organization_id, id) WHERE ((kept)::text = ''::text);
CREATE INDEX team_tokenrequest_answered_by_id_7a2c7f3f ON public.team_tokenrequest USING btree (answered_by_id);
CREATE INDEX team_tokenrequest_asked_by_id_40471093 ON public.team_tokenrequest USING btree (asked_by_id);
CREATE UNIQUE INDEX token_request_open_once ON public.team_tokenrequest USING btree (organization_id, asked_by_id) WHERE ((status)::text = 'open'::text);
CREATE UNIQUE INDEX topup_one_in_flight ON public.marketplace_order USING btree (organization_id) WHERE (((origin)::text = 'topup'::text) AND ((status)::text = ANY ((ARRAY['pending'::character varying, 'processing'::character varying])::text[])));
CREATE UNIQUE INDEX unique_authenticator_type ON public.mfa_authenticator USING btree (user_id, type) WHERE ((type)::text = ANY ((ARRAY['totp'::character varying, 'recovery_codes'::character varying])::text[]));
CREATE UNIQUE INDEX unique_primary_email ON public.account_emailaddress USING btree (user_id, "primary") WHERE "primary";
CREATE UNIQUE INDEX unique_verified_email ON public.account_emailaddress USING btree (email) WHERE verified;
CREATE INDEX usersessions_usersession_session_key_fd35de43_like ON public.usersessions_usersession USING btree (session_key varchar_pattern_ops);
CREATE INDEX usersessions_usersession_user_id_af5e0a6d ON public.usersessions_usersession USING btree (user_id);
CREATE INDEX webhook_attempts ON public.webhooks_attempt USING btree (delivery_id, at);
CREATE INDEX webhook_due ON public.webhooks_delivery USING btree (endpoint_id, due_at) WHERE ((status)::text = 'pending'::text);
CREATE INDEX webhook_log ON public.webhooks_delivery USING btree (endpoint_id, id);
CREATE UNIQUE INDEX webhook_secret_newest_once ON public.webhooks_secret USING btree (organization_id, endpoint_id) WHERE (ends_at IS NULL);
CREATE INDEX webhooks_attempt_delivery_id_bb1708b1 ON public.webhooks_attempt USING btree (delivery_id);
CREATE INDEX webhooks_delivery_endpoint_id_6cbee67d ON public.webhooks_delivery USING btree (endpoint_id);
CREATE INDEX webhooks_secret_endpoint_id_d9f89665 ON public.webhooks_secret USING btree (endpoint_id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.plans_margin_check FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.tokens_entry FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER closed BEFORE INSERT ON public.accounts_apikey FOR EACH ROW EXECUTE FUNCTION public.refuse_closed();
CREATE TRIGGER closed BEFORE INSERT ON public.accounts_invitation FOR EACH ROW EXECUTE FUNCTION public.refuse_closed();
CREATE TRIGGER closed BEFORE INSERT ON public.marketplace_order FOR EACH ROW EXECUTE FUNCTION public.refuse_closed();
CREATE TRIGGER closed BEFORE INSERT ON public.plans_subscription FOR EACH ROW EXECUTE FUNCTION public.refuse_closed();
CREATE TRIGGER closed BEFORE INSERT ON public.tokens_bucket FOR EACH ROW EXECUTE FUNCTION public.refuse_closed();
CREATE TRIGGER closed BEFORE INSERT ON public.tokens_hold FOR EACH ROW EXECUTE FUNCTION public.refuse_closed();
CREATE TRIGGER closed BEFORE INSERT ON public.webhooks_endpoint FOR EACH ROW EXECUTE FUNCTION public.refuse_closed();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.plans_margin_check FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.tokens_entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER number_change BEFORE INSERT OR DELETE OR UPDATE ON public.quests_goal FOR EACH ROW EXECUTE FUNCTION public.quests_number_change('goal');
CREATE TRIGGER number_change BEFORE INSERT OR DELETE OR UPDATE ON public.quests_quest FOR EACH ROW EXECUTE FUNCTION public.quests_number_change('quest');
CREATE TRIGGER number_change BEFORE INSERT OR DELETE OR UPDATE ON public.quests_revenue_entry FOR EACH ROW EXECUTE FUNCTION public.quests_number_change('revenue_entry');
CREATE TRIGGER unchangeable BEFORE INSERT OR DELETE OR UPDATE ON public.plans_limit FOR EACH ROW EXECUTE FUNCTION public.price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR DELETE OR UPDATE ON public.plans_operation_price FOR EACH ROW EXECUTE FUNCTION public.price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR DELETE OR UPDATE ON public.plans_pack FOR EACH ROW EXECUTE FUNCTION public.price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR DELETE OR UPDATE ON public.plans_plan FOR EACH ROW EXECUTE FUNCTION public.price_book_guard();
CREATE TRIGGER unchangeable BEFORE INSERT OR DELETE OR UPDATE ON public.plans_plan_feature FOR EACH ROW EXECUTE FUNCTION public.price_book_guard();
CREATE TRIGGER unchangeable BEFORE DELETE OR UPDATE ON public.plans_price_book FOR EACH ROW EXECUTE FUNCTION public.price_book_guard();
ALTER TABLE ONLY public.abuse_block
    ADD CONSTRAINT abuse_block_organization_id_33f02331_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.abuse_block
    ADD CONSTRAINT abuse_block_reviewed_by_id_b48e022a_fk_accounts_user_id FOREIGN KEY (reviewed_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.abuse_block
    ADD CONSTRAINT abuse_block_user_id_fb09b993_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.abuse_flag
    ADD CONSTRAINT abuse_flag_organization_id_b6ce8a02_fk_accounts_organization_id FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.abuse_flag
    ADD CONSTRAINT abuse_flag_reviewed_by_id_bd3877ff_fk_accounts_user_id FOREIGN KEY (reviewed_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.abuse_flag
    ADD CONSTRAINT abuse_flag_user_id_ef6c3f3f_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES public.account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_created_by_id_1b5317c8_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_organization_id_79d80250_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_replaces_id_in_organization FOREIGN KEY (organization_id, replaces_id) REFERENCES public.accounts_apikey(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_department
    ADD CONSTRAINT accounts_department_organization_id_1cac8042_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_department_id_in_organization FOREIGN KEY (organization_id, department_id) REFERENCES public.accounts_department(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_invited_by_id_94a21efc_fk_accounts_user_id FOREIGN KEY (invited_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_organization_id_2be75950_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_department_id_in_organization FOREIGN KEY (organization_id, department_id) REFERENCES public.accounts_department(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_organization_id_936776de_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_user_id_487fb39e_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_organization
    ADD CONSTRAINT accounts_organizatio_sandbox_of_id_f8373e7e_fk_accounts_ FOREIGN KEY (sandbox_of_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.audit_notification
    ADD CONSTRAINT audit_notification_organization_id_d7ddb3a4_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.audit_notification
    ADD CONSTRAINT audit_notification_user_id_542e787c_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.audit_notificationchoice
    ADD CONSTRAINT audit_notificationch_organization_id_1e72a091_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.audit_notificationchoice
    ADD CONSTRAINT audit_notificationchoice_user_id_07822909_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.licensing_license
    ADD CONSTRAINT licensing_license_organization_id_4a46e3cb_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_customer
    ADD CONSTRAINT marketplace_customer_organization_id_651a6447_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_ended_by_id_239c6f12_fk_accounts_user_id FOREIGN KEY (ended_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_offered_by_id_98df0113_fk_accounts_user_id FOREIGN KEY (offered_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_order_id_in_organization FOREIGN KEY (organization_id, order_id) REFERENCES public.marketplace_order(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_organization_id_3f7991b3_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_payment_id_in_organization FOREIGN KEY (organization_id, payment_id) REFERENCES public.marketplace_payment(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_gift
    ADD CONSTRAINT marketplace_gift_recipient_id_6eecd530_fk_accounts_ FOREIGN KEY (recipient_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_order
    ADD CONSTRAINT marketplace_order_organization_id_bc0e81cd_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_order
    ADD CONSTRAINT marketplace_order_user_id_8fb3949e_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_overage_use
    ADD CONSTRAINT marketplace_overage__organization_id_8d1dd21c_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_overage
    ADD CONSTRAINT marketplace_overage_changed_by_id_d71e8467_fk_accounts_user_id FOREIGN KEY (changed_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_overage
    ADD CONSTRAINT marketplace_overage_organization_id_18c1e4e5_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_paidsubscription
    ADD CONSTRAINT marketplace_paidsubs_organization_id_2c04caee_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_payment
    ADD CONSTRAINT marketplace_payment_order_id_in_organization FOREIGN KEY (organization_id, order_id) REFERENCES public.marketplace_order(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_payment
    ADD CONSTRAINT marketplace_payment_organization_id_940449b2_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_sandbox_answer
    ADD CONSTRAINT marketplace_sandbox__organization_id_19e97c54_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_sandbox_object
    ADD CONSTRAINT marketplace_sandbox__organization_id_3aee75b4_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_sandbox_event
    ADD CONSTRAINT marketplace_sandbox__organization_id_48cb737d_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_sandbox_delivery
    ADD CONSTRAINT marketplace_sandbox__organization_id_daf5b6c7_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_sandbox_delivery
    ADD CONSTRAINT marketplace_sandbox_delivery_event_id_in_organization FOREIGN KEY (organization_id, event_id) REFERENCES public.marketplace_sandbox_event(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_topup
    ADD CONSTRAINT marketplace_topup_changed_by_id_d9bf4513_fk_accounts_user_id FOREIGN KEY (changed_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.marketplace_topup
    ADD CONSTRAINT marketplace_topup_organization_id_202d8af8_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.metering_attempt
    ADD CONSTRAINT metering_attempt_organization_id_2d1c5b49_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_user_id_0c3a50c0_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_limit
    ADD CONSTRAINT plans_limit_plan_id_f8f7e76d_fk_plans_plan_id FOREIGN KEY (plan_id) REFERENCES public.plans_plan(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_limit
    ADD CONSTRAINT plans_limit_price_book_id_7e4758c1_fk_plans_price_book_version FOREIGN KEY (price_book_id) REFERENCES public.plans_price_book(version) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_operation_price
    ADD CONSTRAINT plans_operation_pric_price_book_id_fba0de80_fk_plans_pri FOREIGN KEY (price_book_id) REFERENCES public.plans_price_book(version) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_override
    ADD CONSTRAINT plans_override_created_by_id_b82f395b_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_override
    ADD CONSTRAINT plans_override_organization_id_b09de0a6_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_pack
    ADD CONSTRAINT plans_pack_price_book_id_f0b49a67_fk_plans_price_book_version FOREIGN KEY (price_book_id) REFERENCES public.plans_price_book(version) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_plan_feature
    ADD CONSTRAINT plans_plan_feature_plan_id_ba3770f8_fk_plans_plan_id FOREIGN KEY (plan_id) REFERENCES public.plans_plan(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_plan
    ADD CONSTRAINT plans_plan_price_book_id_9c38d2f5_fk_plans_price_book_version FOREIGN KEY (price_book_id) REFERENCES public.plans_price_book(version) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.plans_subscription
    ADD CONSTRAINT plans_subscription_organization_id_569f13d6_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_change
    ADD CONSTRAINT quests_change_organization_id_364f0cc7_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_goal
    ADD CONSTRAINT quests_goal_created_by_id_03c215f1_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_goal
    ADD CONSTRAINT quests_goal_organization_id_5fa14abe_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_lead_list
    ADD CONSTRAINT quests_lead_list_created_by_id_2a174f0a_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_lead_list
    ADD CONSTRAINT quests_lead_list_goal_id_in_organization FOREIGN KEY (organization_id, goal_id) REFERENCES public.quests_goal(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_lead_list
    ADD CONSTRAINT quests_lead_list_organization_id_17cb637b_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_pushed_change
    ADD CONSTRAINT quests_pushed_change_organization_id_25850af7_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_quest
    ADD CONSTRAINT quests_quest_created_by_id_a1bc6690_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_quest
    ADD CONSTRAINT quests_quest_goal_id_in_organization FOREIGN KEY (organization_id, goal_id) REFERENCES public.quests_goal(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_quest
    ADD CONSTRAINT quests_quest_organization_id_e9cb37d7_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_revenue_entry
    ADD CONSTRAINT quests_revenue_entry_created_by_id_3d1084bc_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_revenue_entry
    ADD CONSTRAINT quests_revenue_entry_goal_id_in_organization FOREIGN KEY (organization_id, goal_id) REFERENCES public.quests_goal(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_revenue_entry
    ADD CONSTRAINT quests_revenue_entry_organization_id_e93df192_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_revenue_forecast
    ADD CONSTRAINT quests_revenue_forec_created_by_id_4eeb7610_fk_accounts_ FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_revenue_forecast
    ADD CONSTRAINT quests_revenue_forec_organization_id_e09b26b5_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_sync_conflict
    ADD CONSTRAINT quests_sync_conflict_created_by_id_30ee60f2_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_sync_conflict
    ADD CONSTRAINT quests_sync_conflict_organization_id_f6267982_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.quests_sync_conflict
    ADD CONSTRAINT quests_sync_conflict_resolved_by_id_66b3519b_fk_accounts_ FOREIGN KEY (resolved_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.reports_file
    ADD CONSTRAINT reports_file_organization_id_b09daaaa_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.reports_file
    ADD CONSTRAINT reports_file_user_id_20651109_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.team_tokenrequest
    ADD CONSTRAINT team_tokenrequest_answered_by_id_7a2c7f3f_fk_accounts_user_id FOREIGN KEY (answered_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.team_tokenrequest
    ADD CONSTRAINT team_tokenrequest_asked_by_id_40471093_fk_accounts_user_id FOREIGN KEY (asked_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.team_tokenrequest
    ADD CONSTRAINT team_tokenrequest_organization_id_42d725d8_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.tokens_account
    ADD CONSTRAINT tokens_account_organization_id_56a4ad07_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.tokens_bucket
    ADD CONSTRAINT tokens_bucket_organization_id_8e84cc2e_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.tokens_entry
    ADD CONSTRAINT tokens_entry_bucket_id_in_organization FOREIGN KEY (organization_id, bucket_id) REFERENCES public.tokens_bucket(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.tokens_gauge
    ADD CONSTRAINT tokens_gauge_organization_id_d7d11dd9_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.tokens_quota
    ADD CONSTRAINT tokens_quota_organization_id_c70a0a66_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_user_id_af5e0a6d_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.web_idempotency
    ADD CONSTRAINT web_idempotency_organization_id_797393f0_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.webhooks_attempt
    ADD CONSTRAINT webhooks_attempt_delivery_id_in_organization FOREIGN KEY (organization_id, delivery_id) REFERENCES public.webhooks_delivery(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.webhooks_attempt
    ADD CONSTRAINT webhooks_attempt_organization_id_bc8d6ee1_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.webhooks_delivery
    ADD CONSTRAINT webhooks_delivery_endpoint_id_in_organization FOREIGN KEY (organization_id, endpoint_id) REFERENCES public.webhooks_endpoint(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.webhooks_delivery
    ADD CONSTRAINT webhooks_delivery_organization_id_a565623c_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_organization_id_f4e26187_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.webhooks_secret
    ADD CONSTRAINT webhooks_secret_endpoint_id_in_organization FOREIGN KEY (organization_id, endpoint_id) REFERENCES public.webhooks_endpoint(organization_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.webhooks_secret
    ADD CONSTRAINT webhooks_secret_organization_id_10a842c5_fk_accounts_ FOREIGN KEY (organization_id) REFERENCES public.accounts_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE public.abuse_block ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.abuse_flag ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_apikey ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_department ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.accounts_organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_chain_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_notification ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_notificationchoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_reader_position ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.licensing_license ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_gift ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_overage ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_overage_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_paidsubscription ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_payment ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_sandbox_object ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_stripe_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.marketplace_topup ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.metering_attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON public.abuse_block USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.abuse_flag USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.accounts_apikey USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.accounts_department USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.accounts_invitation USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.accounts_membership USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.accounts_organization USING ((id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.audit_chain_head USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.audit_event USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.audit_notification USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.audit_notificationchoice USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.audit_reader_position USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.licensing_license USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_customer USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_gift USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_order USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_overage USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_overage_use USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_paidsubscription USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_payment USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_sandbox_answer USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_sandbox_delivery USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_sandbox_event USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_sandbox_object USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.marketplace_topup USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.metering_attempt USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.plans_override USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.plans_subscription USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_change USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_change_head USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_goal USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_lead_list USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_pushed_change USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_quest USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_revenue_entry USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_revenue_forecast USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.quests_sync_conflict USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.reports_file USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.team_tokenrequest USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.tokens_account USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.tokens_bucket USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.tokens_entry USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.tokens_gauge USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.tokens_hold USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.tokens_quota USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.web_idempotency USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.webhooks_attempt USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.webhooks_delivery USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.webhooks_endpoint USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_organization ON public.webhooks_secret USING ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif"))) WITH CHECK ((organization_id = ( SELECT (NULLIF(current_setting('app.current_org'::text, true), ''::text))::uuid AS "nullif")));
CREATE POLICY of_system ON public.abuse_block TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.abuse_flag TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.accounts_apikey TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.accounts_department TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.accounts_invitation TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.accounts_membership TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.accounts_organization TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.audit_chain_head TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.audit_event TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.audit_notification TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.audit_notificationchoice TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.audit_reader_position TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.licensing_license TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_customer TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_gift TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_order TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_overage TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_overage_use TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_paidsubscription TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_payment TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_sandbox_answer TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_sandbox_delivery TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_sandbox_event TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_sandbox_object TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_stripe_event TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.marketplace_topup TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.metering_attempt TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.plans_margin_check TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.plans_override TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.plans_subscription TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_change TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_change_head TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_goal TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_lead_list TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_pushed_change TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_quest TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_revenue_entry TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_revenue_forecast TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.quests_sync_conflict TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.reports_file TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.team_tokenrequest TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.tokens_account TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.tokens_bucket TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.tokens_entry TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.tokens_gauge TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.tokens_hold TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.tokens_quota TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.web_idempotency TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.webhooks_attempt TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.webhooks_delivery TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.webhooks_endpoint TO app_system USING (true) WITH CHECK (true);
CREATE POLICY of_system ON public.webhooks_secret TO app_system USING (true) WITH CHECK (true);
ALTER TABLE public.plans_margin_check ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plans_override ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plans_subscription ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_change_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_goal ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_lead_list ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_pushed_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_quest ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_revenue_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_revenue_forecast ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quests_sync_conflict ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.reports_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.team_tokenrequest ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_bucket ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_gauge ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tokens_quota ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.web_idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_endpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks_secret ENABLE ROW LEVEL SECURITY;
GRANT ALL ON SCHEMA public TO app_owner;
GRANT USAGE ON SCHEMA public TO app_web;
GRANT USAGE ON SCHEMA public TO app_system;
REVOKE ALL ON FUNCTION public.audit_append(p_kind text, p_data jsonb, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_append(p_kind text, p_data jsonb, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.audit_append(p_kind text, p_data jsonb, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.audit_append_to(p_organization uuid, p_kind text, p_data jsonb, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.audit_canonical(p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamp with time zone, p_actor jsonb, p_reason text, p_data jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_canonical(p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamp with time zone, p_actor jsonb, p_reason text, p_data jsonb) TO app_web;
GRANT ALL ON FUNCTION public.audit_canonical(p_organization uuid, p_seq bigint, p_id uuid, p_kind text, p_created_at timestamp with time zone, p_actor jsonb, p_reason text, p_data jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.audit_verify() FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_verify() TO app_web;
GRANT ALL ON FUNCTION public.audit_verify() TO app_system;
REVOKE ALL ON FUNCTION public.licensing_tell(p_news jsonb, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.licensing_tell(p_news jsonb, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.licensing_tell(p_news jsonb, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.organization_acting() FROM PUBLIC;
GRANT ALL ON FUNCTION public.organization_acting() TO app_web;
GRANT ALL ON FUNCTION public.organization_acting() TO app_system;
REVOKE ALL ON FUNCTION public.organization_lock(p_organization uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.organization_lock(p_organization uuid) TO app_web;
GRANT ALL ON FUNCTION public.organization_lock(p_organization uuid) TO app_system;
REVOKE ALL ON FUNCTION public.organization_now() FROM PUBLIC;
GRANT ALL ON FUNCTION public.organization_now() TO app_web;
GRANT ALL ON FUNCTION public.organization_now() TO app_system;
REVOKE ALL ON FUNCTION public.plans_refresh(p_orders jsonb, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.plans_refresh(p_orders jsonb, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.plans_refresh(p_orders jsonb, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.price_book_guard() FROM PUBLIC;
GRANT ALL ON FUNCTION public.price_book_guard() TO app_web;
GRANT ALL ON FUNCTION public.price_book_guard() TO app_system;
REVOKE ALL ON FUNCTION public.quests_number_change() FROM PUBLIC;
GRANT ALL ON FUNCTION public.quests_number_change() TO app_web;
GRANT ALL ON FUNCTION public.quests_number_change() TO app_system;
REVOKE ALL ON FUNCTION public.refuse_change() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_change() TO app_web;
GRANT ALL ON FUNCTION public.refuse_change() TO app_system;
REVOKE ALL ON FUNCTION public.refuse_closed() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_closed() TO app_web;
GRANT ALL ON FUNCTION public.refuse_closed() TO app_system;
REVOKE ALL ON FUNCTION public.tokens_account_open() FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_account_open() TO app_web;
GRANT ALL ON FUNCTION public.tokens_account_open() TO app_system;
REVOKE ALL ON FUNCTION public.tokens_allot(p_source text, p_key text, p_tokens integer, p_expires_at timestamp with time zone, p_reason text, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_allot(p_source text, p_key text, p_tokens integer, p_expires_at timestamp with time zone, p_reason text, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_allot(p_source text, p_key text, p_tokens integer, p_expires_at timestamp with time zone, p_reason text, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_allotment(p_source text, p_key text, OUT used integer, OUT held integer, OUT remaining integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_allotment(p_source text, p_key text, OUT used integer, OUT held integer, OUT remaining integer) TO app_web;
GRANT ALL ON FUNCTION public.tokens_allotment(p_source text, p_key text, OUT used integer, OUT held integer, OUT remaining integer) TO app_system;
GRANT SELECT ON TABLE public.tokens_account TO app_web;
GRANT SELECT ON TABLE public.tokens_account TO app_system;
REVOKE ALL ON FUNCTION public.tokens_begin() FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_begin() TO app_web;
GRANT ALL ON FUNCTION public.tokens_begin() TO app_system;
REVOKE ALL ON FUNCTION public.tokens_claw(p_business_key text, p_target integer, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_claw(p_business_key text, p_target integer, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_claw(p_business_key text, p_target integer, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_count_quotas(p_account public.tokens_account, p_tokens integer, p_user uuid, p_department uuid, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_count_quotas(p_account public.tokens_account, p_tokens integer, p_user uuid, p_department uuid, p_now timestamp with time zone) TO app_web;
GRANT ALL ON FUNCTION public.tokens_count_quotas(p_account public.tokens_account, p_tokens integer, p_user uuid, p_department uuid, p_now timestamp with time zone) TO app_system;
GRANT SELECT ON TABLE public.tokens_hold TO app_web;
GRANT SELECT ON TABLE public.tokens_hold TO app_system;
REVOKE ALL ON FUNCTION public.tokens_end(p_account public.tokens_account, p_now timestamp with time zone, p_hold public.tokens_hold, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_end(p_account public.tokens_account, p_now timestamp with time zone, p_hold public.tokens_hold, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_end(p_account public.tokens_account, p_now timestamp with time zone, p_hold public.tokens_hold, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_expire(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_expire(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_expire(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_expire_buckets(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_expire_buckets(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_expire_buckets(p_account public.tokens_account, p_now timestamp with time zone, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_expired_unspent(p_business_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_expired_unspent(p_business_key text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_expired_unspent(p_business_key text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_freeze(p_business_key text, p_frozen boolean, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_freeze(p_business_key text, p_frozen boolean, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_freeze(p_business_key text, p_frozen boolean, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_grant(p_source text, p_tokens integer, p_expires_at timestamp with time zone, p_business_key text, p_reason text, p_period_started_at timestamp with time zone, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_grant(p_source text, p_tokens integer, p_expires_at timestamp with time zone, p_business_key text, p_reason text, p_period_started_at timestamp with time zone, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_grant(p_source text, p_tokens integer, p_expires_at timestamp with time zone, p_business_key text, p_reason text, p_period_started_at timestamp with time zone, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_hold_absorb(p_id uuid, p_tokens integer, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_hold_absorb(p_id uuid, p_tokens integer, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_hold_absorb(p_id uuid, p_tokens integer, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_hold_end(p_id uuid, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text, OUT status text, OUT tokens integer, OUT settled_tokens integer, OUT available integer, OUT held integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_hold_end(p_id uuid, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text, OUT status text, OUT tokens integer, OUT settled_tokens integer, OUT available integer, OUT held integer) TO app_web;
GRANT ALL ON FUNCTION public.tokens_hold_end(p_id uuid, p_status text, p_charge integer, p_details jsonb, p_actor jsonb, p_reason text, OUT status text, OUT tokens integer, OUT settled_tokens integer, OUT available integer, OUT held integer) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_hold_extend(p_id uuid, p_seconds integer, p_seconds_max integer, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_hold_extend(p_id uuid, p_seconds integer, p_seconds_max integer, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_hold_extend(p_id uuid, p_seconds integer, p_seconds_max integer, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_hold_place(p_id uuid, p_tokens integer, p_operation text, p_user uuid, p_department uuid, p_seconds integer, p_price_book integer, p_details jsonb, p_actor jsonb, OUT available integer, OUT held integer, OUT expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_hold_place(p_id uuid, p_tokens integer, p_operation text, p_user uuid, p_department uuid, p_seconds integer, p_price_book integer, p_details jsonb, p_actor jsonb, OUT available integer, OUT held integer, OUT expires_at timestamp with time zone) TO app_web;
GRANT ALL ON FUNCTION public.tokens_hold_place(p_id uuid, p_tokens integer, p_operation text, p_user uuid, p_department uuid, p_seconds integer, p_price_book integer, p_details jsonb, p_actor jsonb, OUT available integer, OUT held integer, OUT expires_at timestamp with time zone) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_period_since(p_account public.tokens_account) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_period_since(p_account public.tokens_account) TO app_web;
GRANT ALL ON FUNCTION public.tokens_period_since(p_account public.tokens_account) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_position(OUT available integer, OUT held integer, OUT debt integer, OUT frozen integer, OUT overage integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_position(OUT available integer, OUT held integer, OUT debt integer, OUT frozen integer, OUT overage integer) TO app_web;
GRANT ALL ON FUNCTION public.tokens_position(OUT available integer, OUT held integer, OUT debt integer, OUT frozen integer, OUT overage integer) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_post(p_account public.tokens_account, p_now timestamp with time zone, p_kind text, p_tokens integer, p_held integer, p_debt integer, p_bucket uuid, p_transaction uuid, p_operation text, p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_post(p_account public.tokens_account, p_now timestamp with time zone, p_kind text, p_tokens integer, p_held integer, p_debt integer, p_bucket uuid, p_transaction uuid, p_operation text, p_user uuid) TO app_web;
GRANT ALL ON FUNCTION public.tokens_post(p_account public.tokens_account, p_now timestamp with time zone, p_kind text, p_tokens integer, p_held integer, p_debt integer, p_bucket uuid, p_transaction uuid, p_operation text, p_user uuid) TO app_system;
GRANT SELECT ON TABLE public.tokens_quota TO app_web;
GRANT SELECT ON TABLE public.tokens_quota TO app_system;
REVOKE ALL ON FUNCTION public.tokens_quota_allowed(p_quota public.tokens_quota) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_quota_allowed(p_quota public.tokens_quota) TO app_web;
GRANT ALL ON FUNCTION public.tokens_quota_allowed(p_quota public.tokens_quota) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_quota_allows(p_quota public.tokens_quota, p_since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_quota_allows(p_quota public.tokens_quota, p_since timestamp with time zone) TO app_web;
GRANT ALL ON FUNCTION public.tokens_quota_allows(p_quota public.tokens_quota, p_since timestamp with time zone) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_quota_raise(p_scope text, p_subject uuid, p_tokens integer, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_quota_raise(p_scope text, p_subject uuid, p_tokens integer, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_quota_raise(p_scope text, p_subject uuid, p_tokens integer, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_quota_remove(p_id uuid, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_quota_remove(p_id uuid, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_quota_remove(p_id uuid, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_quota_set(p_scope text, p_subject uuid, p_limit integer, p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_quota_set(p_scope text, p_subject uuid, p_limit integer, p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_quota_set(p_scope text, p_subject uuid, p_limit integer, p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_quota_used(p_quota public.tokens_quota) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_quota_used(p_quota public.tokens_quota) TO app_web;
GRANT ALL ON FUNCTION public.tokens_quota_used(p_quota public.tokens_quota) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_receipt(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_receipt(p_id uuid) TO app_web;
GRANT ALL ON FUNCTION public.tokens_receipt(p_id uuid) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_repay_from(p_account public.tokens_account, p_now timestamp with time zone, p_bucket uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_repay_from(p_account public.tokens_account, p_now timestamp with time zone, p_bucket uuid) TO app_web;
GRANT ALL ON FUNCTION public.tokens_repay_from(p_account public.tokens_account, p_now timestamp with time zone, p_bucket uuid) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_resume(p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_resume(p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_resume(p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_return_to_quotas(p_hold public.tokens_hold, p_tokens integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_return_to_quotas(p_hold public.tokens_hold, p_tokens integer) TO app_web;
GRANT ALL ON FUNCTION public.tokens_return_to_quotas(p_hold public.tokens_hold, p_tokens integer) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_suspend(p_actor jsonb, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_suspend(p_actor jsonb, p_reason text) TO app_web;
GRANT ALL ON FUNCTION public.tokens_suspend(p_actor jsonb, p_reason text) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_sweep(p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_sweep(p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_sweep(p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_sweep_due(p_limit integer, p_actor jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_sweep_due(p_limit integer, p_actor jsonb) TO app_web;
GRANT ALL ON FUNCTION public.tokens_sweep_due(p_limit integer, p_actor jsonb) TO app_system;
REVOKE ALL ON FUNCTION public.tokens_used_since(p_organization uuid, p_subject uuid, p_since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tokens_used_since(p_organization uuid, p_subject uuid, p_since timestamp with time zone) TO app_web;
GRANT ALL ON FUNCTION public.tokens_used_since(p_organization uuid, p_subject uuid, p_since timestamp with time zone) TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.abuse_block TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.abuse_block TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.abuse_flag TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.abuse_flag TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_emailaddress TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_emailaddress TO app_system;
GRANT USAGE ON SEQUENCE public.account_emailaddress_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.account_emailaddress_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_emailconfirmation TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_emailconfirmation TO app_system;
GRANT USAGE ON SEQUENCE public.account_emailconfirmation_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.account_emailconfirmation_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_apikey TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_apikey TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_department TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_department TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_invitation TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_invitation TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_membership TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_membership TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_organization TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_organization TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user_groups TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user_groups TO app_system;
GRANT USAGE ON SEQUENCE public.accounts_user_groups_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.accounts_user_groups_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user_user_permissions TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts_user_user_permissions TO app_system;
GRANT USAGE ON SEQUENCE public.accounts_user_user_permissions_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.accounts_user_user_permissions_id_seq TO app_system;
GRANT SELECT ON TABLE public.audit_event TO app_web;
GRANT SELECT ON TABLE public.audit_event TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ai_token_usage_log TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ai_token_usage_log TO app_system;
GRANT SELECT ON TABLE public.audit_chain_head TO app_web;
GRANT SELECT ON TABLE public.audit_chain_head TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_notification TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_notification TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_notificationchoice TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_notificationchoice TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_reader_position TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_reader_position TO app_system;
GRANT USAGE ON SEQUENCE public.audit_reader_position_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.audit_reader_position_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_group TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_group TO app_system;
GRANT USAGE ON SEQUENCE public.auth_group_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.auth_group_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_group_permissions TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_group_permissions TO app_system;
GRANT USAGE ON SEQUENCE public.auth_group_permissions_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.auth_group_permissions_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_permission TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.auth_permission TO app_system;
GRANT USAGE ON SEQUENCE public.auth_permission_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.auth_permission_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_admin_log TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_admin_log TO app_system;
GRANT USAGE ON SEQUENCE public.django_admin_log_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.django_admin_log_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_content_type TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_content_type TO app_system;
GRANT USAGE ON SEQUENCE public.django_content_type_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.django_content_type_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_migrations TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_migrations TO app_system;
GRANT USAGE ON SEQUENCE public.django_migrations_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.django_migrations_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_session TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.django_session TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.licensing_license TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.licensing_license TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_customer TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_customer TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_gift TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_gift TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_order TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_order TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_overage TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_overage TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_overage_use TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_overage_use TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_paidsubscription TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_paidsubscription TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_payment TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_payment TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_answer TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_answer TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_delivery TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_delivery TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_event TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_event TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_object TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_sandbox_object TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_stripe_event TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_stripe_event TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_topup TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marketplace_topup TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.metering_attempt TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.metering_attempt TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.mfa_authenticator TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.mfa_authenticator TO app_system;
GRANT USAGE ON SEQUENCE public.mfa_authenticator_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.mfa_authenticator_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_limit TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_limit TO app_system;
GRANT USAGE ON SEQUENCE public.plans_limit_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_limit_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_margin_check TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_margin_check TO app_system;
GRANT USAGE ON SEQUENCE public.plans_margin_check_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_margin_check_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_operation_price TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_operation_price TO app_system;
GRANT USAGE ON SEQUENCE public.plans_operation_price_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_operation_price_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_override TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_override TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_pack TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_pack TO app_system;
GRANT USAGE ON SEQUENCE public.plans_pack_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_pack_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_plan TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_plan TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_plan_feature TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_plan_feature TO app_system;
GRANT USAGE ON SEQUENCE public.plans_plan_feature_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_plan_feature_id_seq TO app_system;
GRANT USAGE ON SEQUENCE public.plans_plan_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_plan_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_price_book TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_price_book TO app_system;
GRANT USAGE ON SEQUENCE public.plans_price_book_version_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_price_book_version_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_rollout TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_rollout TO app_system;
GRANT USAGE ON SEQUENCE public.plans_rollout_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.plans_rollout_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_subscription TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plans_subscription TO app_system;
GRANT SELECT ON TABLE public.quests_change TO app_web;
GRANT SELECT ON TABLE public.quests_change TO app_system;
GRANT SELECT ON TABLE public.quests_change_head TO app_web;
GRANT SELECT ON TABLE public.quests_change_head TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_goal TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_goal TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_lead_list TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_lead_list TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_pushed_change TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_pushed_change TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_quest TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_quest TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_revenue_entry TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_revenue_entry TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_revenue_forecast TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_revenue_forecast TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_sync_conflict TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quests_sync_conflict TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reports_file TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reports_file TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.team_tokenrequest TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.team_tokenrequest TO app_system;
GRANT SELECT ON TABLE public.tokens_bucket TO app_web;
GRANT SELECT ON TABLE public.tokens_bucket TO app_system;
GRANT SELECT ON TABLE public.tokens_entry TO app_web;
GRANT SELECT ON TABLE public.tokens_entry TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tokens_gauge TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tokens_gauge TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usersessions_usersession TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usersessions_usersession TO app_system;
GRANT USAGE ON SEQUENCE public.usersessions_usersession_id_seq TO app_web;
GRANT USAGE ON SEQUENCE public.usersessions_usersession_id_seq TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.web_idempotency TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.web_idempotency TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_attempt TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_attempt TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_delivery TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_delivery TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_endpoint TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_endpoint TO app_system;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_secret TO app_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhooks_secret TO app_system;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO app_web;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO app_system;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO app_web;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO app_system;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES TO app_web;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES TO app_system;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
