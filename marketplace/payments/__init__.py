"""Payments: what Stripe says was paid, and what of it was taken back.

A payment of a pack, a gifted pack or a plan is credited once (`fulfilment`); refunds and disputes take back what it
brought (`refunds`). It stands above packs and gifts, because a payment may be for either; what it needs to know of a
plan it reads from the tables.
"""
