COMMENT ON POLICY of_organization ON web_idempotency IS 'sha256:d895d6ad3a682dd7';
COMMENT ON POLICY of_system ON web_idempotency IS 'sha256:ed27182080abda60';
