-- Events come before anybody knows whose they are, and carry personal data: the system's eyes only.
CREATE POLICY of_system ON marketplace_stripe_event TO app_system USING (true) WITH CHECK (true);
