"""Overage: tokens beyond all others, billed as they are used, up to a cap.

`agreements` is what an owner agreed to, `allotment` the tokens of it in the ledger, `uses` what was used of them, on
its way to the bill. A subscription at Stripe bills it, so this room stands above `marketplace.subscriptions`.
"""
