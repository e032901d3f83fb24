-- The figures of /metrics, each from an index or a small table. Rows: name, labels, value.
-- Events and attempts are numbered by time (UUIDv7), so the primary key finds the newest without reading the rest.
-- What concerns customers' work leaves test organizations out: an integrator's test suite alerts nobody.
WITH recent AS (SELECT uuidv7(-make_interval(mins => %(minutes)s)) AS first_id),
tests AS (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL),
open_holds AS (
    SELECT created_at, expires_at FROM tokens_hold
    WHERE ended_at IS NULL AND organization_id NOT IN (SELECT id FROM tests)
),
attempts AS (
    SELECT provider, outcome, milliseconds FROM metering_attempt
    WHERE id >= (SELECT first_id FROM recent) AND organization_id NOT IN (SELECT id FROM tests)
)
SELECT 'holds_open', ARRAY[]::text[], count(*)::float FROM open_holds
UNION ALL
SELECT 'holds_open_age_seconds_max', ARRAY[]::text[], coalesce(max(extract(epoch FROM clock_timestamp() - created_at)), 0)
FROM open_holds
UNION ALL
SELECT 'holds_overdue_seconds_max', ARRAY[]::text[], greatest(coalesce(max(extract(epoch FROM clock_timestamp() - expires_at)), 0), 0)
FROM open_holds
UNION ALL
SELECT 'inbox_waiting', ARRAY[]::text[], count(*) FROM marketplace_stripe_event WHERE status = 'received'
UNION ALL
SELECT 'inbox_lag_seconds', ARRAY[]::text[], coalesce(max(extract(epoch FROM clock_timestamp() - received_at)), 0)
FROM marketplace_stripe_event WHERE status = 'received'
UNION ALL
SELECT 'inbox_parked', ARRAY[]::text[], count(*) FROM marketplace_stripe_event WHERE status = 'parked'
UNION ALL
SELECT 'stream_unread', ARRAY[p.reader::text], sum(h.seq - p.seq)
FROM audit_reader_position p JOIN audit_chain_head h USING (organization_id) GROUP BY p.reader
UNION ALL
SELECT 'outbox_pending', ARRAY[]::text[], count(*) FROM webhooks_delivery WHERE status = 'pending'
UNION ALL
SELECT 'outbox_overdue_seconds_max', ARRAY[]::text[], greatest(coalesce(max(extract(epoch FROM clock_timestamp() - due_at)), 0), 0)
FROM webhooks_delivery WHERE status = 'pending'
UNION ALL
SELECT 'mails_unsent', ARRAY[]::text[], count(*) FROM audit_notification WHERE emailed_at IS NULL
UNION ALL
SELECT 'mails_unsent_age_seconds_max', ARRAY[]::text[], coalesce(max(extract(epoch FROM clock_timestamp() - created_at)), 0)
FROM audit_notification WHERE emailed_at IS NULL
UNION ALL
SELECT 'refusals', ARRAY[e.data ->> 'code'], count(*)
FROM audit_event e WHERE e.id >= (SELECT first_id FROM recent) AND e.kind = 'operation.refused'
    AND e.organization_id NOT IN (SELECT id FROM tests)
GROUP BY e.data ->> 'code'
UNION ALL
SELECT 'provider_calls', ARRAY[a.provider::text, a.outcome::text], count(*)
FROM attempts a GROUP BY a.provider, a.outcome
UNION ALL
SELECT 'provider_seconds_p95', ARRAY[a.provider::text], percentile_cont(0.95) WITHIN GROUP (ORDER BY a.milliseconds) / 1000
FROM attempts a GROUP BY a.provider
UNION ALL
SELECT 'items_set_aside', ARRAY[a.job::text], count(*) FROM kernel_set_aside a GROUP BY a.job
UNION ALL
SELECT 'job_last_success_age_seconds', ARRAY[name::text],
    extract(epoch FROM clock_timestamp() - coalesce(succeeded_at, known_since))
FROM backoffice_job_run
UNION ALL
SELECT 'job_schedule_seconds', ARRAY[name::text], extract(epoch FROM every) FROM backoffice_job_run
