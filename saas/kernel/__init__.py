"""The ground everything stands on: errors, clock, ids, tenancy, transactions.

Owns no table and knows no room above it.

Words
    context       which organization (or the system) the running code acts for
    stamp         the `SET LOCAL` text that tells PostgreSQL the context, sent with each statement
    together      several statements in one round trip and one transaction

Invariants
    nothing about an organization outlives its transaction on a connection
    no context means no rows
    no transaction is open across a network call (`durable`)
"""
