-- Give each of organizations p_first..p_last a year behind it: p_pairs operations, so twice as many entries and events.
-- They are inserted set by set and numbered on from what is there. Hashes are not chained and no total counts the
-- tokens: reading does not notice, a verification would.
CREATE OR REPLACE PROCEDURE bench_history(p_first int, p_last int, p_pairs int) LANGUAGE plpgsql AS $$
DECLARE
    v_from timestamptz := now() - interval '365 days';
    v_step interval := interval '364 days' / p_pairs;
    v_at_once int := greatest(1, 50000 / (p_last - p_first + 1));
BEGIN
    CREATE TEMPORARY TABLE bench_place AS
    SELECT state.organization_id, bench_key('9000', n) AS user_id, bucket.id AS bucket_id,
           state.entry_seq AS entries, state.event_seq AS events
    FROM generate_series(p_first, p_last) n
    JOIN tokens_account state ON state.organization_id = bench_key('8000', n)
    JOIN tokens_bucket bucket ON bucket.organization_id = state.organization_id AND bucket.source = 'plan';
    CREATE TEMPORARY TABLE bench_pair (LIKE bench_place, number int, id uuid, at timestamptz);
    FOR k IN 1..p_pairs BY v_at_once LOOP
        -- By time, as it would have come in: the rows of one organization lie far apart.
        INSERT INTO bench_pair
        SELECT bench_place.*, number, uuidv7(v_from + number * v_step - now()), v_from + number * v_step
        FROM generate_series(k, least(k + v_at_once - 1, p_pairs)) number CROSS JOIN bench_place;

        INSERT INTO tokens_hold (id, organization_id, status, tokens, settled_tokens, absorbed_tokens, operation,
                                 user_id, price_book_version, details, created_at, expires_at, ended_at)
        SELECT id, organization_id, 'settled', 3, 3, 0,
               (ARRAY['quest', 'lead_list', 'revenue_forecast'])[1 + number % 3], user_id, 1, '{}', at, at + interval '2 minutes', at + interval '1 second'
        FROM bench_pair;

        INSERT INTO tokens_entry (id, organization_id, seq, kind, tokens, held, debt, outside, balance_after, bucket_id,
                                  transaction_id, operation, user_id, created_at)
        SELECT uuidv7(at - now()), organization_id, entries + 2 * number - 1 + step,
               (ARRAY['hold', 'settle'])[1 + step], step * 3 - 3, 3 - step * 6, 0, step * 3, 1000000, bucket_id,
               id, 'quest', user_id, at + step * interval '1 second'
        FROM bench_pair CROSS JOIN generate_series(0, 1) step;

        INSERT INTO audit_event (id, organization_id, seq, kind, created_at, actor, reason, data, hash)
        SELECT uuidv7(at - now()), organization_id, events + 2 * number - 1 + step,
               (ARRAY['hold.placed', 'hold.settled'])[1 + step], at + step * interval '1 second',
               jsonb_build_object('kind', 'user', 'user_id', user_id), '',
               jsonb_build_object('transaction', id, 'operation', 'quest', 'user', user_id,
                                  (ARRAY['tokens', 'charged'])[1 + step], 3),
               decode(repeat('00', 32), 'hex')
        FROM bench_pair CROSS JOIN generate_series(0, 1) step;
        DELETE FROM bench_pair;
        COMMIT;
    END LOOP;
    UPDATE tokens_account SET entry_seq = entry_seq + 2 * p_pairs, event_seq = event_seq + 2 * p_pairs
    WHERE organization_id IN (SELECT organization_id FROM bench_place);
    DROP TABLE bench_place, bench_pair;
END $$;
