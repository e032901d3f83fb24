COMMENT ON POLICY of_organization ON abuse_block IS 'sha256:240cc13c463aeb03';
COMMENT ON POLICY of_system ON abuse_block IS 'sha256:06b6aa8f5df48f10';
COMMENT ON POLICY of_organization ON abuse_flag IS 'sha256:9675714c1e82c9c1';
COMMENT ON POLICY of_system ON abuse_flag IS 'sha256:54c9e761e462ac03';
