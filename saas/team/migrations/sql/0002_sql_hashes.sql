COMMENT ON POLICY of_organization ON team_tokenrequest IS 'sha256:87097442e7c61166';
COMMENT ON POLICY of_system ON team_tokenrequest IS 'sha256:31d97b0c9de48d37';
