-- What the tokens spent between two instants really cost: tokens that holds settled, and dollars of all attempts made for
-- them, over all organizations but test organizations. The same two sums as the whole of earnings.sql, and nothing else.
WITH did AS MATERIALIZED (
    SELECT organization_id, id, settled_tokens FROM tokens_hold
    WHERE ended_at >= %(since)s AND ended_at < %(until)s
        AND organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL)
)
SELECT (SELECT coalesce(sum(settled_tokens), 0) FROM did), (
    SELECT coalesce(sum(r.cost_usd), 0)
    FROM did d JOIN metering_attempt r ON r.organization_id = d.organization_id AND r.transaction_id = d.id
)
