\set n :n + 1
\set place random(:first, :last)
\set client 1000 + :client_id
SET LOCAL app.current_org = '00000000-0000-7000-8000-000000:place'\; SET LOCAL ROLE NONE\; SELECT * FROM tokens_hold_place(':n-:client-7000-8000-000000000000'::uuid, 3, 'quest', '00000000-0000-7000-9000-000000:place'::uuid, NULL, 120, 1, '{}', '{"kind": "user", "user_id": "00000000-0000-7000-9000-000000:place", "request_id": "0199f0d7c0de7000a000000000000000"}');
SET LOCAL app.current_org = '00000000-0000-7000-8000-000000:place'\; SET LOCAL ROLE NONE\; SELECT * FROM tokens_hold_end(':n-:client-7000-8000-000000000000'::uuid, 'settled', 3, '{}', '{"kind": "user", "user_id": "00000000-0000-7000-9000-000000:place", "request_id": "0199f0d7c0de7000a000000000000000"}', '');
