"""How requests come in and answers go out: identity, context, errors, idempotency, limits, cursors.

Owns IdempotencyRecord. Knows people and organizations, no feature.

Words
    problem   an error as RFC 9457 application/problem+json, a page or a fragment: one code for all three
    claim     an idempotency key taken by one request; its answer is stored with the effect

Invariants
    the organization of a request is set once, at the door, and left at its end
    the same key and body give the same answer; the effect and the answer are one commit
"""
