"""Read the card, the paid subscription and the auto top-up, for all rooms of money."""

from dataclasses import dataclass

from marketplace.models import (
    Customer,
    StripeSubscription,
    TopUp,
)


@dataclass(frozen=True)
class Billing:
    """What the billing page shows; None where there is nothing yet."""

    customer: Customer | None
    subscription: StripeSubscription | None
    topup: TopUp | None

    @property
    def card(self) -> str:
        """Return the saved payment method as people know it, or nothing."""
        return self.customer.method_name if self.customer else ""


def billing() -> Billing:
    """Return the organization's card, subscription and auto top-up."""
    return Billing(
        Customer.objects.exclude(customer_id=None).first(),
        live_subscription(),
        TopUp.objects.first(),
    )


def live_subscription() -> StripeSubscription | None:
    """Return the paid subscription that has not ended."""
    return StripeSubscription.objects.filter(ended_at=None, duplicate=False).first()
