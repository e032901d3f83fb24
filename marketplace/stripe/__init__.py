"""Stripe: all calls of its API, the inbox of its events, and the daily comparison with its data.

`gateway` alone knows the SDK. `inbox` stores an event before anything is done with it, `handlers` is the map of the
events that are handled, `concurrency` applies a snapshot only while it is the newest, `reconciliation` makes up for
events that never came. The rooms of money, above, say what a snapshot means for packs, plans, overage and gifts.
"""
