"""Read customers at Stripe from our own rows."""

from marketplace.models import Customer
from marketplace.models.modes import BillingMode
from saas.kernel import tenancy

SANDBOX_MONEY = "BILLING_MODE=live refuses a database with sandbox customers: their tokens were never paid for."


def sandbox_money_exists() -> bool:
    """Return True if any organization ever paid in the sandbox."""
    with tenancy.system():
        return Customer.of_all_modes.filter(mode=BillingMode.SANDBOX).exists()
