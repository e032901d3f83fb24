"""The ledger: what an organization may spend, what is reserved, what became of every token.

Owns Account, Bucket, Hold, Entry and Quota. Knows nothing of plans, prices or payments.

Words
    bucket     a grant of tokens with a source, what is left of it and an expiry
    hold       tokens reserved for one operation; its id is the transaction id
    entry      an immutable line: how it changed available, held and debt, and the outside world
    available  granted - spent - held; what a new hold can take
    frozen     tokens that exist but cannot be spent now
    allotment  the buckets of one source and key that together offer a target, spent tokens included

Invariants (constraints, triggers and `manage.py verify_ledger`)
    available, held and debt are never negative; the account equals its entries and its buckets
    a hold ends once; what it settles is at most what it held; the rest returns to the same buckets
    one grant per business key
    only the functions of sql/ write; entries are append-only
"""
