COMMENT ON VIEW ai_token_usage_log IS 'sha256:fa07f51a5c5a71be';
COMMENT ON POLICY of_organization ON metering_attempt IS 'sha256:3a771b2d0e4c5600';
COMMENT ON POLICY of_system ON metering_attempt IS 'sha256:9b3ab16b75397db0';
