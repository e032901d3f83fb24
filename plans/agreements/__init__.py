"""What single organizations agreed to pay and get: a version of the price book, or terms of their own.

Note [Prices pinned]
    Who begins a plan agrees to the version of the price book that sells it, and keeps its price, tokens and overage
    price until the plan changes or staff migrate them. So each subscription has rows of `Agreement`: the one that
    began last is in force. A change in the future is a row, too, which begins with it: nothing has to run at that
    instant. Features, limits, prices of operations, roll-over and packs follow the price book in effect.

    A custom agreement is a row without a subscription. It is in force for the subscription to its plan, and while
    there is none, new ones begin at it until `agreed_until`; a subscription to another plan leaves it alone.

    Money is billed at Stripe. A change there is made first, for the renewal; then the row begins with that renewal.

`plans.queries.entitlements` reads what is in force in its one statement.
"""
