"""What every room uses: errors, clock, ids, tenancy, transactions.

Owns the list of what jobs set aside, and knows no room above it.

Words
    context       which organization (or the system) the running code acts for
    tenant prefix the `SET LOCAL` text that gives PostgreSQL the context, sent with each statement
    run_batch     several statements in one round trip and one transaction
    set aside     what a job could not work, left out until it is tried again; see `items`

Invariants
    nothing about an organization outlives its transaction on a connection
    no context means no rows
    no transaction is open across a network call (`durable`)
"""
