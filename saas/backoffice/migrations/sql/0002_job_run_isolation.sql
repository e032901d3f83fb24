DROP POLICY IF EXISTS of_system ON backoffice_job_run;
CREATE POLICY of_system ON backoffice_job_run TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON backoffice_job_run IS 'sha256:a9558d574e034f26';
