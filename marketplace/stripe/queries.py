"""What is known of Stripe's customers before anybody asks Stripe."""

from marketplace.models import BillingMode, Customer
from saas.kernel import tenancy

SANDBOX_MONEY = "BILLING_MODE=live refuses a database with sandbox customers: their tokens were never paid for."


def sandbox_money_exists() -> bool:
    """Tell whether any organization ever paid in the sandbox."""
    with tenancy.system():
        return Customer.objects.filter(mode=BillingMode.SANDBOX).exists()
