COMMENT ON FUNCTION licensing_tell(jsonb, jsonb) IS 'sha256:82f0f9198136a82a';
COMMENT ON POLICY of_organization ON licensing_license IS 'sha256:9f233ac8830d4aec';
COMMENT ON POLICY of_system ON licensing_license IS 'sha256:0be031dc78753dae';
