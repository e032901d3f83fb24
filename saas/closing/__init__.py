"""Closing the account: an owner ends an organization, with all that it pays for and all who act in it.

A room of its own, since it ends what three rooms that know nothing of each other own: money, people with their
keys, and webhooks. Owns no table; when an organization was closed is its own `closed_at`.

Words
    closed   nobody works in the organization, nothing new begins in it; what happened in it stays readable for staff
    window   the days in which owners and admins of a closed organization still take their data out

Invariants
    an organization is closed after its subscriptions ended at Stripe, never before
    everything that ends here ends in one commit, in which `closed_at` is set; repeating it is safe
    the database refuses new keys, invitations, holds, buckets, plans, orders and endpoints to a closed organization
    the ledger and the audit log are only added to
"""
