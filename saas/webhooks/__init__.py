"""Outgoing webhooks: an organization's own programs receive its events, by Standard Webhooks.

The third reader of the audit stream, after the log and notifications. Stands above plans, which say who has
webhooks and how many, and beside the features: it needs none of them, since their events come by the stream.

Owns Endpoint, Secret, Delivery and Attempt.

Words
    endpoint     an address of the organization's that wants events of some kinds
    delivery     one event for one endpoint: the message, with what became of it
    attempt      one HTTP call of a delivery, and what was answered
    outbox       deliveries made from the stream, in the commit that moves the reader on

Invariants
    an event is one delivery per endpoint, whatever is repeated; its message id never changes
    a delivery arrives at least once, or its log says why not
    no connection is made to an address that is not public
    a secret is stored encrypted, shown once, and written in no log
"""
