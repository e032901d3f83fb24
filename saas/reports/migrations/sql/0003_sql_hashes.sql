COMMENT ON POLICY of_organization ON reports_file IS 'sha256:b1a52c3221794610';
COMMENT ON POLICY of_system ON reports_file IS 'sha256:af294618fd1a09d2';
