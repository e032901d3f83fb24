-- Jobs belong to no organization: workers write the rows, /metrics and staff read them.
CREATE POLICY of_system ON backoffice_job_run TO app_system USING (true) WITH CHECK (true);
