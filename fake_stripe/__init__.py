"""The fake Stripe: it answers the real SDK from database rows, and no money moves.

Works, and is installed, in BILLING_MODE=sandbox only; settings name it (FAKE_STRIPE_...), and nobody imports it. Knows
nothing of plans, tokens or orders. Its tables are called `marketplace_sandbox_*`, because `marketplace` made them; they
stay in every mode.

Words
    transport     the HTTP client given to the SDK: `transport.FakeTransport`
    store         one organization's Stripe objects in one transaction at one instant; its changes become events
    catalogue     objects of the whole account (prices, meters): rows without an organization
    card          a payment method; it has a behaviour (works, declines, ...) instead of a number
    scheduled     changes that fall due as time passes: renewals, retries, expiries, each run at its own time

Invariants
    every answer and event has the shape of the pinned API version
    every event is signed and goes over HTTP to the ordinary webhook address
    the same idempotency key gives the same answer, refusals included
"""
