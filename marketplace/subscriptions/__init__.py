"""Plans that are paid for: subscribing, changing, cancelling, and what Stripe says of them.

`sync` makes plan, license and allowance what was paid; `changes` is what customers do; `overdue` pays and gives up
open bills; `duplicates` undoes what was paid beside another subscription.
"""
