"""Where money comes in: customers, orders of packs, payments, paid subscriptions, refunds, disputes.

Owns Customer, Order, Payment, PaidSubscription, TopUp, Overage, OverageUse and StripeEvent. Tokens, plans and the
license are told, never asked why. `stripe` is known to `marketplace.stripe.gateway` and `fake_stripe` only.

Words
    mode       sandbox, test or live: which Stripe the money of a row belongs to
    order      the intention to buy one pack; written before Stripe is called
    payment    one payment intent with what was paid, refunded and disputed of it
    snapshot   what Stripe says about one object right now, as a frozen value
    use        overage tokens that one ledger line charged, to be billed once
    inbox      the events that Stripe sent; an event only says what to look at

Invariants
    no transaction and no connection is open across a call of Stripe
    tokens are granted once per payment, by a key made of the payment intent
    an event's effect and its `processed_at` are one commit; a snapshot is applied only if
    nothing else was since it was fetched
    overage is offered by the ledger up to its cap; each line that charged it is billed at most once
    what is clawed back is computed from the payment's totals, never added up from events
"""
