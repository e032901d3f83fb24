DROP POLICY IF EXISTS of_system ON backoffice_month_mrr;
CREATE POLICY of_system ON backoffice_month_mrr TO app_system USING (true) WITH CHECK (true);
COMMENT ON POLICY of_system ON backoffice_month_mrr IS 'sha256:646d1947f1c7fe38';
