-- The key of organization, user or goal number p_number: bench/world.py makes the same.
CREATE FUNCTION bench_key(p_kind text, p_number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT format('00000000-0000-7000-%s-%s', p_kind, lpad(p_number::text, 12, '0'))::uuid
$$;

-- Give organizations p_first..p_last three buckets that outlast any run, a quota, a first pair
-- (a planner that sees empty tables plans for empty tables), and an account for the limit.
CREATE PROCEDURE bench_fund(p_first int, p_last int) LANGUAGE plpgsql AS $$
DECLARE
    v_day timestamptz := date_trunc('day', now());
    v_hold uuid;
BEGIN
    INSERT INTO bench_limit_account (id, available)
    SELECT bench_key('8000', n), 2000000000 FROM generate_series(p_first, p_last) n;
    FOR n IN p_first..p_last LOOP
        PERFORM set_config('app.current_org', bench_key('8000', n)::text, true);
        PERFORM tokens_account_open();
        PERFORM tokens_grant('plan', 600000000, v_day + interval '1 month', 'allowance', '', v_day, '{"kind": "system"}');
        PERFORM tokens_grant('promo', 600000000, v_day + interval '2 months', 'promo', '', NULL, '{"kind": "system"}');
        PERFORM tokens_grant('purchase', 600000000, NULL, 'pack', '', NULL, '{"kind": "system"}');
        PERFORM tokens_quota_set('user', bench_key('9000', n), 2000000000, '{"kind": "system"}', '');
        v_hold := uuidv7();
        PERFORM tokens_hold_place(v_hold, 3, 'quest', bench_key('9000', n), NULL, 120, 1, '{}', '{"kind": "system"}');
        PERFORM tokens_hold_end(v_hold, 'settled', 3, '{}', '{"kind": "system"}', '');
        IF n % 500 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
    COMMIT;
END $$;

-- The limit: what a pair costs when it is nothing but two guarded updates with a line each.
CREATE TABLE bench_limit_account (
    id uuid PRIMARY KEY,
    available int NOT NULL CHECK (available >= 0),
    held int NOT NULL DEFAULT 0 CHECK (held >= 0)
);
CREATE TABLE bench_limit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account uuid NOT NULL,
    tokens int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE ON bench_limit_account, bench_limit_entry TO app_web;

-- Leave a hold in organizations p_first..p_last that nobody will settle: late in a second.
CREATE PROCEDURE bench_forget(p_first int, p_last int) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN p_first..p_last LOOP
        PERFORM set_config('app.current_org', bench_key('8000', n)::text, true);
        PERFORM tokens_hold_place(uuidv7(), 3, 'quest', bench_key('9000', n), NULL, 1, 1, '{}', '{"kind": "system"}');
        IF n % 500 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
END $$;
