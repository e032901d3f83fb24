"""Leaving: an owner exports all data, or closes an organization with its payments, keys and members.

A room of its own, since it exports and ends what rooms that know nothing of each other own: goals, money, people with
their keys, and webhooks. Owns no table; when an organization was closed is its own `closed_at`.

Words
    export   every table of an organization as one JSON document, without secrets
    closed   nobody works in the organization, nothing new begins in it; what happened in it stays readable for staff
    window   the days in which owners and admins of a closed organization still take their data out

Invariants
    an organization is closed after its subscriptions ended at Stripe, never before
    everything that ends here ends in one commit, in which `closed_at` is set; repeating it is safe
    the database refuses new keys, invitations, holds, buckets, plans, orders and endpoints to a closed organization
    the ledger and the audit log are only added to
"""
