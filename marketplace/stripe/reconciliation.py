"""Comparing our rows with Stripe's objects, so that even an event that was never made is made up for."""

from datetime import timedelta
from uuid import UUID

from marketplace.actions import overage_uses, packs, payments, subscription_sync
from marketplace.actions.customers import refresh_card
from marketplace.models import Customer, PaidSubscription, Payment, present_mode
from marketplace.stripe import gateway
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.items import for_each_organization

PAYMENTS_OF = timedelta(days=3)
"""How far back payments are compared; Stripe repeats an event for as long."""


def reconcile() -> int:
    """Reconcile every organization that ever paid; return how many could not be."""
    waiting = customers()
    return len(waiting) - len(for_each_organization("reconcile", waiting, reconcile_organization))


def customers() -> list[UUID]:
    """Return the organizations that are customers at Stripe in the present mode."""
    with tenancy.system():
        known = Customer.objects.filter(mode=present_mode()).exclude(customer_id=None)
        return list(known.values_list("organization_id", flat=True))


def reconcile_organization() -> None:
    """Bring the organization's card, payments and subscriptions to what Stripe says, and compare its overage."""
    customer = refresh_card()
    assert customer.customer_id is not None
    for subscription_id in gateway.subscriptions_of(customer.customer_id):
        subscription_sync.sync_subscription(subscription_id)
    since = database_now() - PAYMENTS_OF
    disputed = Payment.objects.filter(disputed=True).values_list("payment_intent_id", flat=True)
    for payment_intent_id in {*gateway.payments_of(customer.customer_id, since), *disputed}:
        payments.sync_payment(payment_intent_id)
    packs.settle_unknown()
    overage_uses.compare()
    refund_duplicates()


def refund_duplicates() -> int:
    """End and refund subscriptions that were paid beside another one; return how many there were."""
    twice = PaidSubscription.objects.filter(mode=present_mode(), duplicate=True, ended_at=None)
    for row in list(twice):
        subscription_sync.undo_duplicate(row)
    return len(twice)
