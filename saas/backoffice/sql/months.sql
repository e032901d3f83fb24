-- MRR by month is the platform's own: workers write it, staff read it.
CREATE POLICY of_system ON backoffice_month_mrr TO app_system USING (true) WITH CHECK (true);
