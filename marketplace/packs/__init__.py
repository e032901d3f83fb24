"""Packs: tokens that are bought once, by a person or by an auto top-up.

An order is written before Stripe is called (`orders`); what a visit to the pay page came to is in `checkouts`, what
buys by itself in `topup`. Its tokens are credited by `marketplace.payments` once it is paid.
"""
