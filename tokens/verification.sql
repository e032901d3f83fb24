-- Every invariant of the ledger as one query that returns what breaks it: organization_id, detail.
-- They run in one snapshot, for the organizations that the caller's context shows. An aggregate of
-- all entries is written out in each check that needs it: a check must be readable alone.
-- `tokens_history` is the ledger from its first line on: where older entries were moved into files, their sums.

-- check available_entries of accounts: what is available is the sum of all entries
SELECT organization_id, format('available %s, entries %s', a.available, e.tokens) AS detail
FROM tokens_account a
FULL JOIN (SELECT organization_id, sum(tokens) AS tokens FROM tokens_history GROUP BY organization_id) e USING (organization_id)
WHERE coalesce(a.available, -1) <> coalesce(e.tokens, 0);

-- check available_buckets of accounts: what is available is what the buckets have left
SELECT organization_id, format('available %s, buckets %s', a.available, b.remaining) AS detail
FROM tokens_account a
FULL JOIN (SELECT organization_id, sum(remaining) AS remaining FROM tokens_bucket GROUP BY organization_id) b USING (organization_id)
WHERE coalesce(a.available, -1) <> coalesce(b.remaining, 0);

-- check held_entries of accounts: what is held is the sum of all entries
SELECT organization_id, format('held %s, entries %s', a.held, e.held) AS detail
FROM tokens_account a
FULL JOIN (SELECT organization_id, sum(held) AS held FROM tokens_history GROUP BY organization_id) e USING (organization_id)
WHERE coalesce(a.held, -1) <> coalesce(e.held, 0);

-- check held_buckets of accounts: what is held is what the buckets hold
SELECT organization_id, format('held %s, buckets %s', a.held, b.held) AS detail
FROM tokens_account a
FULL JOIN (SELECT organization_id, sum(held) AS held FROM tokens_bucket GROUP BY organization_id) b USING (organization_id)
WHERE coalesce(a.held, -1) <> coalesce(b.held, 0);

-- check held_holds of accounts: what is held is the sum of the open holds
SELECT organization_id, format('held %s, open holds %s', a.held, h.tokens) AS detail
FROM tokens_account a
FULL JOIN (
    SELECT organization_id, sum(tokens) AS tokens FROM tokens_hold WHERE ended_at IS NULL GROUP BY organization_id
) h USING (organization_id)
WHERE coalesce(a.held, -1) <> coalesce(h.tokens, 0);

-- check debt_entries of accounts: the debt is the sum of all entries
SELECT organization_id, format('debt %s, entries %s', a.debt, e.debt) AS detail
FROM tokens_account a
FULL JOIN (SELECT organization_id, sum(debt) AS debt FROM tokens_history GROUP BY organization_id) e USING (organization_id)
WHERE coalesce(a.debt, -1) <> coalesce(e.debt, 0);

-- check never_negative of accounts: nobody has less than nothing
SELECT organization_id, format('available %s, held %s, debt %s', available, held, debt) AS detail
FROM tokens_account WHERE available < 0 OR held < 0 OR debt < 0;

-- check gapless of entries: numbered 1, 2, 3 ... up to the account's newest; from the opening on where there is one
SELECT organization_id, format('account at %s; opening at %s; %s entries from %s to %s', a.entry_seq, o.entry_seq, e.lines, e.first, e.last)
    AS detail
FROM tokens_account a
FULL JOIN (
    SELECT organization_id, count(*) AS lines, min(seq) AS first, max(seq) AS last FROM tokens_entry GROUP BY organization_id
) e USING (organization_id)
LEFT JOIN audit_beginning o USING (organization_id)
WHERE coalesce(a.entry_seq, -1) <> coalesce(e.last, o.entry_seq, 0)
    OR e.lines <> e.last - coalesce(o.entry_seq, 0) OR e.first <> coalesce(o.entry_seq, 0) + 1;

-- check sums of openings: an opening's balances are the sums of its lines, and what it holds is in holds that are here
SELECT organization_id, format('opening %s: %s available, %s held, %s owed; lines %s, %s, %s, held %s',
    o.number, o.opening ->> 'available', o.opening ->> 'held', o.opening ->> 'debt', l.tokens, l.held, l.debt, l.held_here) AS detail
FROM audit_beginning o, LATERAL (
    SELECT coalesce(sum(l.tokens), 0) AS tokens, coalesce(sum(l.held), 0) AS held, coalesce(sum(l.debt), 0) AS debt,
        coalesce(sum(l.held) FILTER (WHERE h.id IS NOT NULL), 0) AS held_here
    FROM jsonb_to_recordset(o.opening -> 'entries') AS l (transaction uuid, tokens bigint, held bigint, debt bigint)
    LEFT JOIN tokens_hold h ON h.organization_id = o.organization_id AND h.id = l.transaction
) l
WHERE (o.opening ->> 'available')::bigint <> l.tokens OR (o.opening ->> 'held')::bigint <> l.held
    OR (o.opening ->> 'debt')::bigint <> l.debt OR (o.opening ->> 'outside')::bigint <> l.debt - l.tokens - l.held
    OR l.held <> l.held_here;

-- check balanced of entries: what moves sums to zero with the world outside, so the whole ledger does
SELECT organization_id, format('entry %s', seq) AS detail
FROM tokens_entry WHERE tokens + held + outside - debt <> 0;

-- check kinds of entries: each kind moves only what it is named for
SELECT organization_id, format('entry %s: %s of %s, held %s, debt %s', seq, kind, tokens, held, debt) AS detail
FROM tokens_entry WHERE NOT CASE kind
    WHEN 'hold' THEN tokens < 0 AND held = -tokens AND debt = 0
    WHEN 'settle' THEN tokens = 0 AND held < 0 AND debt = 0
    WHEN 'release' THEN tokens > 0 AND held = -tokens AND debt = 0
    WHEN 'expire' THEN tokens < 0 AND held = 0 AND debt = 0
    WHEN 'grant' THEN tokens > 0 AND held = 0 AND debt = 0
    WHEN 'gift' THEN tokens > 0 AND held = 0 AND debt = 0
    WHEN 'repay' THEN tokens < 0 AND held = 0 AND debt = tokens
    ELSE held = 0
END;

-- check running of entries: balance_after is the sum of all entries up to this one, from the opening's balance on
SELECT organization_id, format('entry %s: balance %s, sum %s', seq, balance_after, total) AS detail
FROM (
    SELECT e.organization_id, e.seq, e.balance_after, coalesce((o.opening ->> 'available')::bigint, 0)
        + sum(e.tokens) OVER (PARTITION BY e.organization_id ORDER BY e.seq) AS total
    FROM tokens_entry e LEFT JOIN audit_beginning o ON o.organization_id = e.organization_id
) e WHERE balance_after <> total;

-- check of_holds of entries: what is held, settled or released belongs to a hold
SELECT e.organization_id, format('entry %s: transaction %s', e.seq, e.transaction_id) AS detail
FROM tokens_entry e
LEFT JOIN tokens_hold h ON h.organization_id = e.organization_id AND h.id = e.transaction_id
WHERE h.id IS NULL AND e.kind IN ('hold', 'settle', 'release');

-- check of_buckets of entries: what moves tokens moves them in a bucket of its organization
SELECT e.organization_id, format('entry %s: bucket %s', e.seq, e.bucket_id) AS detail
FROM tokens_entry e
LEFT JOIN tokens_bucket b ON b.organization_id = e.organization_id AND b.id = e.bucket_id
WHERE b.id IS NULL;

-- check entries of holds: what was held, settled and released is exactly what the status says
SELECT h.organization_id, format('hold %s: %s, %s held, %s settled; entries %s, %s, %s',
    h.id, h.status, h.tokens, h.settled_tokens, e.held, e.settled, e.released) AS detail
FROM tokens_hold h
LEFT JOIN (
    SELECT organization_id, transaction_id,
        sum(held) FILTER (WHERE kind = 'hold') AS held,
        -sum(held) FILTER (WHERE kind = 'settle') AS settled,
        sum(tokens) FILTER (WHERE kind = 'release') AS released
    FROM tokens_history WHERE transaction_id IS NOT NULL GROUP BY organization_id, transaction_id
) e ON e.organization_id = h.organization_id AND e.transaction_id = h.id
WHERE coalesce(e.held, 0) <> h.tokens
    OR coalesce(e.settled, 0) <> h.settled_tokens
    OR coalesce(e.released, 0) <> CASE WHEN h.ended_at IS NULL THEN 0 ELSE h.tokens - h.settled_tokens END;

-- check same_buckets of holds: an ended hold gives each bucket back what it took from it
SELECT e.organization_id, format('hold %s: %s left in bucket %s', h.id, sum(e.held), e.bucket_id) AS detail
FROM tokens_history e JOIN tokens_hold h ON h.organization_id = e.organization_id AND h.id = e.transaction_id
WHERE h.ended_at IS NOT NULL
GROUP BY e.organization_id, h.id, e.bucket_id HAVING sum(e.held) <> 0;

-- check one_end of holds: open without an end, or ended once; nothing is charged above the hold or without settling
SELECT organization_id, format('hold %s: %s, %s of %s charged, ended %s', id, status, settled_tokens, tokens, ended_at) AS detail
FROM tokens_hold
WHERE (status = 'held') <> (ended_at IS NULL)
    OR settled_tokens > tokens
    OR settled_tokens > 0 AND status <> 'settled'
    OR ended_at < created_at;

-- check stale of holds: a hold is swept within five minutes of its expiry
SELECT organization_id, format('hold %s: expired at %s', id, expires_at) AS detail
FROM tokens_hold WHERE ended_at IS NULL AND expires_at < clock_timestamp() - interval '5 minutes';

-- check granted of buckets: one grant made the bucket, of what it says
SELECT b.organization_id, format('bucket %s: %s granted; %s entries of %s', b.id, b.granted, e.lines, e.tokens) AS detail
FROM tokens_bucket b
LEFT JOIN (
    SELECT organization_id, bucket_id, sum(lines) AS lines, sum(tokens) AS tokens
    FROM tokens_history WHERE kind IN ('grant', 'gift', 'adjust') GROUP BY organization_id, bucket_id
) e ON e.organization_id = b.organization_id AND e.bucket_id = b.id
WHERE e.lines IS DISTINCT FROM 1 OR e.tokens <> b.granted;

-- check entries of buckets: what is left and what is held are the sums of the bucket's entries
SELECT b.organization_id, format('bucket %s: %s left, %s held; entries %s, %s', b.id, b.remaining, b.held, e.tokens, e.held) AS detail
FROM tokens_bucket b
LEFT JOIN (
    SELECT organization_id, bucket_id, sum(tokens) AS tokens, sum(held) AS held
    FROM tokens_history GROUP BY organization_id, bucket_id
) e ON e.organization_id = b.organization_id AND e.bucket_id = b.id
WHERE b.remaining <> coalesce(e.tokens, 0) OR b.held <> coalesce(e.held, 0);

-- check within_grant of buckets: nothing comes out that was not put in
SELECT organization_id, format('bucket %s: %s left, %s held of %s', id, remaining, held, granted) AS detail
FROM tokens_bucket WHERE remaining < 0 OR held < 0 OR remaining + held > granted;

-- check expired_empty of buckets: an expired bucket has nothing left
SELECT organization_id, format('bucket %s: %s left', id, remaining) AS detail
FROM tokens_bucket WHERE expired_at IS NOT NULL AND remaining > 0;

-- check used of quotas: what is used is what the subject's holds since the period's start say
SELECT q.organization_id, format('quota %s: %s used, holds %s', q.id, q.used_tokens, h.tokens) AS detail
FROM tokens_quota q, LATERAL (
    SELECT coalesce(sum(CASE WHEN h.ended_at IS NULL THEN h.tokens ELSE h.settled_tokens END), 0) AS tokens
    FROM tokens_hold h
    WHERE h.organization_id = q.organization_id AND h.created_at >= q.counted_since
        AND q.subject_id IN (h.organization_id, h.department_id, h.user_id)
) h WHERE q.used_tokens <> h.tokens;

-- check raised of quotas: what raises a quota in its period is what its events say
SELECT q.organization_id, format('quota %s: raised by %s, events %s', q.id, q.raised_tokens, e.tokens) AS detail
FROM tokens_quota q
LEFT JOIN (
    SELECT organization_id, (data ->> 'quota')::uuid AS id, (data ->> 'since')::timestamptz AS since,
        sum((data ->> 'tokens')::int) AS tokens
    FROM audit_event WHERE kind = 'quota.raised' GROUP BY 1, 2, 3
) e ON e.organization_id = q.organization_id AND e.id = q.id AND e.since = q.counted_since
WHERE q.raised_tokens <> least(coalesce(e.tokens, 0), 2147483647);

-- check holds of events: each hold tells when it was placed and how it ended, once, and nothing else does
SELECT organization_id, format('hold %s: %s; %s placed, %s ended as %s',
    coalesce(h.id, e.id), h.status, e.placed, e.ended, e.ending) AS detail
FROM tokens_hold h
FULL JOIN (
    SELECT organization_id, subject_id AS id,
        coalesce(sum(lines) FILTER (WHERE kind = 'hold.placed'), 0) AS placed,
        coalesce(sum(lines) FILTER (WHERE kind IN ('hold.settled', 'hold.released', 'hold.expired', 'hold.revoked')), 0) AS ended,
        max(kind) FILTER (WHERE kind NOT IN ('hold.placed', 'hold.absorbed', 'hold.extended')) AS ending,
        coalesce(sum(lines) FILTER (WHERE kind = 'hold.absorbed'), 0) AS absorbed
    FROM tokens_history_events WHERE kind LIKE 'hold.%' GROUP BY organization_id, subject_id
) e USING (organization_id, id)
WHERE h.id IS NULL
    OR e.placed IS DISTINCT FROM 1
    OR e.ended <> (h.ended_at IS NOT NULL)::int
    OR e.ending <> 'hold.' || h.status
    OR e.absorbed <> (h.absorbed_tokens > 0)::int;

-- check grants of events: each bucket tells of its grant once, and nothing else does
SELECT organization_id, format('bucket %s: %s granted; %s events of %s', id, b.granted, e.events, e.tokens) AS detail
FROM tokens_bucket b
FULL JOIN (
    SELECT organization_id, subject_id AS id, sum(lines) AS events, sum(tokens) AS tokens
    FROM tokens_history_events WHERE kind = 'tokens.granted' GROUP BY organization_id, subject_id
) e USING (organization_id, id)
WHERE b.granted IS DISTINCT FROM e.tokens OR e.events <> 1;

-- check expiries of events: each expiry of a bucket tells of itself, and nothing else does
SELECT organization_id, format('bucket %s: %s expired, events %s', bucket_id, e.tokens, v.tokens) AS detail
FROM (
    SELECT organization_id, bucket_id, -sum(tokens) AS tokens, sum(lines) AS lines
    FROM tokens_history WHERE kind = 'expire' GROUP BY organization_id, bucket_id
) e
FULL JOIN (
    SELECT organization_id, subject_id AS bucket_id, sum(tokens) AS tokens, sum(lines) AS lines
    FROM tokens_history_events WHERE kind = 'tokens.expired' GROUP BY organization_id, subject_id
) v USING (organization_id, bucket_id)
WHERE e.tokens IS DISTINCT FROM v.tokens OR e.lines <> v.lines;
