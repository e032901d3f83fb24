"""The API calls that the fake Stripe answers; each module registers its own. Others are "not in the sandbox"."""

from fake_stripe.routes import billing, catalogue, checkout, clocks, customers, invoices, payments, system
from fake_stripe.routes.registry import Route, find, owners

__all__ = [
    "Route",
    "billing",
    "catalogue",
    "checkout",
    "clocks",
    "customers",
    "find",
    "invoices",
    "owners",
    "payments",
    "system",
]
