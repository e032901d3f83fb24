"""Where money comes in: customers, orders of packs, payments, paid subscriptions, refunds, disputes.

Owns Customer, PackOrder, Payment, StripeSubscription, TopUp, Overage, OverageUse, Gift and StripeEvent, in `models`.
Tokens, plans and the license are changed through their actions.

Rooms
    stripe         the one door to Stripe, the inbox of its events, the daily comparison with it
    packs          ordering packs, the pay page, auto top-up
    subscriptions  plans that are paid for, and what is overdue
    gifts          tokens from Milepost, a pack for another business, more quota for a colleague; above packs
    overage        tokens beyond all others, up to a cap; above subscriptions
    payments       what was paid is credited, what is refunded or disputed taken back; above packs and gifts

Words
    mode       sandbox, test or live: which Stripe the money of a row belongs to
    order      the intention to buy one pack; written before Stripe is called
    payment    one payment intent with what was paid, refunded and disputed of it
    snapshot   what Stripe says about one object right now, as a frozen value
    use        overage tokens that one ledger line charged, to be billed once
    inbox      the events that Stripe sent; an event only says what to look at

Invariants
    only `marketplace.stripe.gateway` and `fake_stripe` know Stripe's library
    no transaction and no connection is open across a call of Stripe
    tokens are granted once per payment, by a key made of the payment intent
    an event's effect and its `processed_at` are one commit; a snapshot is applied only if
    nothing else was since it was fetched
    overage is offered by the ledger up to its cap; each line that charged it is billed at most once
    what is clawed back is computed from the payment's totals, never added up from events
"""
