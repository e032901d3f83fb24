-- How packs sell, by month of the order and pack, newest first. A buyer came again who had paid for a pack before.
WITH orders AS (
    SELECT o.*, date_trunc('month', o.created_at, 'UTC') AS month, o.status = 'paid' AS is_paid,
        row_number() OVER (PARTITION BY o.organization_id, o.status = 'paid' ORDER BY o.created_at, o.id) > 1 AS is_again
    FROM marketplace_order o WHERE o.mode = %(mode)s
        AND o.organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL)
),
given_back AS (
    SELECT p.order_id, sum(p.reversed_cents) / 100.0 AS amount FROM marketplace_payment p
    WHERE p.mode = %(mode)s AND p.order_id IS NOT NULL AND p.reversed_cents > 0 GROUP BY p.order_id
)
SELECT o.month, o.pack_key, max(o.pack_name), count(*), count(*) FILTER (WHERE o.is_paid),
    count(DISTINCT o.organization_id) FILTER (WHERE o.is_paid),
    count(DISTINCT o.organization_id) FILTER (WHERE o.is_paid AND o.is_again),
    coalesce(sum(o.amount) FILTER (WHERE o.is_paid), 0), coalesce(sum(g.amount), 0)
FROM orders o LEFT JOIN given_back g ON g.order_id = o.id
WHERE o.created_at >= %(since)s
GROUP BY o.month, o.pack_key
ORDER BY o.month DESC, max(o.amount)
