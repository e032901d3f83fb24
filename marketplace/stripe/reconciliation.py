"""Reconcile our rows with Stripe's objects, so that a missing event does no lasting harm."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from marketplace.models import Customer, Payment
from marketplace.stripe import gateway
from marketplace.stripe.customers import refresh_card
from marketplace.stripe.objects import PAYMENT, SUBSCRIPTION
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.items import for_each_organization

PAYMENTS_OF = timedelta(days=3)
"""How far back payments are compared; Stripe repeats an event for as long."""

STEPS: tuple[Callable[[], object], ...] = ()
"""What the rooms above compare besides, for the organization acted for; `marketplace.apps` names them at the start."""


def reconcile() -> int:
    """Reconcile every organization that ever paid; return how many could not be."""
    waiting = customers()
    return len(waiting) - len(for_each_organization("reconcile", waiting, reconcile_organization))


def customers() -> list[UUID]:
    """Return the organizations that are customers at Stripe in the present mode."""
    with tenancy.system():
        known = Customer.objects.exclude(customer_id=None)
        return list(known.values_list("organization_id", flat=True))


def reconcile_organization() -> None:
    """Bring the organization's card, subscriptions and payments to what Stripe says, then take the other steps."""
    customer = refresh_card()
    assert customer.customer_id is not None
    for subscription_id in gateway.subscriptions_of(customer.customer_id):
        SUBSCRIPTION.sync(subscription_id)
    since = database_now() - PAYMENTS_OF
    disputed = Payment.objects.filter(disputed=True).values_list("payment_intent_id", flat=True)
    for payment_intent_id in {*gateway.payments_of(customer.customer_id, since), *disputed}:
        PAYMENT.sync(payment_intent_id)
    for step in STEPS:
        step()
