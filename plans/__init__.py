"""What may be used at which price: the price book, subscriptions, overrides, roll-outs.

Owns PriceBook (with Plan, PlanFeature, Limit, OperationPrice, Pack), Subscription, Agreement, Override, Rollout.

Words
    price book     everything that is sold and limited, as one version with an effective date
    entitlements   what one organization may do now; each value knows its source: plan, override, roll-out
    agreement      what one organization pays and gets on a plan: a version of the price book, or terms of its own
    period         month n of a subscription, computed from its anchor: anchor + n months, half-open, UTC
    allowance      the plan's bucket of a period

Invariants
    a price book that has taken effect never changes, nor does what was agreed
    one open subscription per organization; one allowance per (subscription, period)
"""
