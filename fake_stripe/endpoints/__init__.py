"""The calls that the sandbox answers; each module registers its own. Everything else is "not in the sandbox"."""

from fake_stripe.endpoints import billing, catalogue, checkout, customers, payments, system
from fake_stripe.endpoints.registry import Endpoint, find, owners

__all__ = ["Endpoint", "billing", "catalogue", "checkout", "customers", "find", "owners", "payments", "system"]
