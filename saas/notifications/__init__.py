"""What people are notified of: notifications made from the audit log's events, in the application and by mail.

Stands above the rooms whose events it reads, and asks them what their ids read like; none of them knows of it.

Owns Notification and NotificationChoice, and the words: `templates/notifications/<kind>.txt`.

Words
    rule       who is notified of a kind of event, and where the notification leads
    topic      what people choose by: payments, security, tokens, team, goals, steps
    audience   owners, managers (owners and admins), members, whom the event concerns, or staff

Invariants
    an event makes one notification per person, whatever is repeated
    a mail is sent at least once; what cannot be sent for three days stays unsent, to be seen in the admin
    an event that cannot be rendered is set aside with an alert, and stops nobody
    nobody can switch off payments and security
"""
