\set place random(:first, :last)
UPDATE bench_limit_account SET available = available - 3 WHERE id = '00000000-0000-7000-8000-000000:place'\; INSERT INTO bench_limit_entry (account, tokens) VALUES ('00000000-0000-7000-8000-000000:place', -3);
UPDATE bench_limit_account SET held = held + 3 WHERE id = '00000000-0000-7000-8000-000000:place'\; INSERT INTO bench_limit_entry (account, tokens) VALUES ('00000000-0000-7000-8000-000000:place', 3);
