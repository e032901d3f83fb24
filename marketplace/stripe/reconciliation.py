"""Reconcile our rows with Stripe's objects, so that a missing event does no lasting harm."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from uuid import UUID

from django.db.models.functions import Now

from marketplace.models import Customer, Payment
from marketplace.stripe import gateway
from marketplace.stripe.customers import refresh_card
from marketplace.stripe.objects import PAYMENT, SUBSCRIPTION
from saas.kernel import tenancy
from saas.kernel.claims import work_claimed
from saas.kernel.clock import database_now

PAYMENTS_OF = timedelta(days=14)
"""How far back payments are compared: a debit of a bank account may take as long to come or to fail."""

STEPS: tuple[Callable[[], object], ...] = ()
"""What the rooms above compare besides, for the organization acted for; `marketplace.apps` names them at the start."""


EVERY = timedelta(days=1)
"""How often each organization is compared."""

LEASE = timedelta(hours=2)
"""When one is tried again that failed, or whose worker died: longer than what fails is left aside, so that those who
keep failing are not in front of the others."""

BUDGET_SECONDS = 240.0
CHUNK = 5
"""So many are taken at once, until the time of a run is over; the next run goes on with those who wait longest.

One call follows the other: with 150 ms a call that is 7 a second, below the 25 that Stripe allows in test mode."""


def reconcile() -> int:
    """Reconcile the organizations whose day is over, the longest first, within BUDGET_SECONDS; return how many.

    Ends at once while Stripe is away: those who were not reached stay first.
    """
    began, done = monotonic(), 0
    while monotonic() - began < BUDGET_SECONDS:
        with tenancy.system():
            customers = Customer.objects.exclude(customer_id=None)
            worked = work_claimed(
                "reconcile",
                customers,
                _reconcile_customer,
                until="compare_at",
                lease=LEASE,
                at_most=CHUNK,
                is_away=lambda error: isinstance(error, gateway.PaymentsUnavailable),
            )
        done += worked
        if not worked:
            break
    return done


def _reconcile_customer(customer: Customer) -> None:
    with tenancy.organization(UUID(str(customer.organization_id))):
        reconcile_organization()
        Customer.objects.filter(id=customer.id).update(compare_at=Now() + EVERY)


def reconcile_organization() -> None:
    """Bring the organization's card, subscriptions and payments to what Stripe says, then take the other steps."""
    customer = refresh_card()
    if customer.customer_id is None:  # deleted at Stripe, which ended all that it had
        return
    for subscription_id in gateway.subscriptions_of(customer.customer_id):
        SUBSCRIPTION.sync(subscription_id)
    since = database_now() - PAYMENTS_OF
    disputed = Payment.objects.filter(disputed=True).values_list("payment_intent_id", flat=True)
    for payment_intent_id in {*gateway.payments_of(customer.customer_id, since), *disputed}:
        PAYMENT.sync(payment_intent_id)
    for step in STEPS:
        step()
