-- One row for each AI operation that ended, was refused, or was flagged; tokens are counted once, in the
-- operation's own row. The view reads with the rights and the organization of whoever asks; test organizations, which no
-- figure counts, are not in it.
CREATE VIEW ai_token_usage_log WITH (security_invoker = true) AS
SELECT id, created_at, organization_id, user_id, feature, tokens_deducted, metadata FROM (
SELECT id, created_at, organization_id, user_id, operation AS feature, settled_tokens AS tokens_deducted,
    jsonb_build_object(
        'status', CASE status WHEN 'settled' THEN 'settled' ELSE 'released' END,
        'ended', status, 'held', tokens, 'absorbed', absorbed_tokens) || details AS metadata
FROM tokens_hold WHERE ended_at IS NOT NULL
UNION ALL
SELECT id, created_at, organization_id, (data ->> 'user')::uuid, data ->> 'operation', 0,
    jsonb_build_object('status', 'refused', 'code', data ->> 'code', 'reason', reason)
FROM audit_event WHERE kind = 'operation.refused'
UNION ALL
SELECT id, started_at, organization_id, user_id, rule, 0,
    jsonb_build_object('status', 'fraud_flagged', 'tokens', tokens, 'limit', "limit", 'review', status)
FROM abuse_flag
) AS log
WHERE organization_id NOT IN (SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL);
