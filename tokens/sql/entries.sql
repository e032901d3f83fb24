-- The lines of the ledger: one function writes them, triggers refuse to change them.

-- Move tokens and write the line that tells it, in one statement: a bucket, its account and the line change alike.
CREATE FUNCTION tokens_post(
    p_account tokens_account, p_now timestamptz, p_kind text, p_tokens int, p_held int, p_debt int, p_bucket uuid,
    p_transaction uuid DEFAULT NULL, p_operation text DEFAULT '', p_user uuid DEFAULT NULL
) RETURNS tokens_account LANGUAGE plpgsql AS $$
BEGIN
    WITH bucket AS (
        UPDATE tokens_bucket SET remaining = remaining + p_tokens, held = held + p_held
        WHERE organization_id = p_account.organization_id AND id = p_bucket RETURNING id
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
            bucket.id, p_transaction, p_operation, p_user, p_now
        FROM account, bucket
    )
    SELECT account.* INTO STRICT p_account FROM account, bucket;
    RETURN p_account;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tokens_entry FOR EACH ROW
EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON tokens_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
