-- Events come before anybody knows whose they are, and carry personal data: the system's eyes only.
CREATE POLICY of_system ON marketplace_stripe_event TO app_system USING (true) WITH CHECK (true);

-- The cursor of the catch-up belongs to no organization either.
CREATE POLICY of_system ON marketplace_event_cursor TO app_system USING (true) WITH CHECK (true);
