"""The kinds of Stripe's objects that rows here mirror: how to fetch one, and which function applies it.

The rooms above say what a snapshot means for packs, plans, overage and gifts; `marketplace.apps` names their functions
when the app starts. So an event, a page that asks again and the daily comparison all apply the same in one commit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from marketplace.stripe import gateway
from marketplace.stripe.concurrency import apply_if_unchanged
from marketplace.stripe.gateway.snapshots import (
    CheckoutSnapshot,
    CustomerSnapshot,
    PaymentSnapshot,
    SaleSnapshot,
    SubscriptionSnapshot,
)

Snapshot = TypeVar("Snapshot")


@dataclass(eq=False)
class StripeObject(Generic[Snapshot]):
    """A kind of object: `fetch` asks Stripe for the one with an id, `appliers` write what it says, in their order."""

    fetch: Callable[[str], Snapshot]
    appliers: tuple[Callable[[Snapshot], None], ...] = ()

    def apply(self, snapshot: Snapshot) -> None:
        """Apply a snapshot; in the caller's transaction, under the organization's lock."""
        for applier in self.appliers:
            applier(snapshot)

    def sync(self, object_id: str) -> None:
        """Ask Stripe about an object of this organization and apply the answer."""
        apply_if_unchanged(lambda: self.fetch(object_id), self.apply)


CHECKOUT: StripeObject[CheckoutSnapshot] = StripeObject(gateway.checkout)
PAYMENT: StripeObject[PaymentSnapshot] = StripeObject(gateway.payment)
WARNED_PAYMENT: StripeObject[PaymentSnapshot] = StripeObject(gateway.payment)
"""A payment with which a bank fears fraud."""
SALE: StripeObject[SaleSnapshot] = StripeObject(gateway.sale)
"""An invoice that bills no subscription, or one with credit notes."""
SUBSCRIPTION: StripeObject[SubscriptionSnapshot] = StripeObject(gateway.subscription)
CUSTOMER: StripeObject[CustomerSnapshot] = StripeObject(gateway.customer)
