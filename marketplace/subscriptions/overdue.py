"""Pay overdue bills with the card that is saved now, and cancel subscriptions that stay unpaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet

from audit.actions import record
from licensing.queries import license_status
from marketplace.models import Customer, StripeSubscription
from marketplace.queries import live_subscription
from marketplace.stripe import gateway, return_urls
from marketplace.stripe.concurrency import state_version
from marketplace.stripe.customers import ensure_customer, require_payer
from marketplace.stripe.gateway.snapshots import OVERDUE, InvoiceSnapshot, SubscriptionSnapshot
from marketplace.subscriptions.events import SubscriptionBillsVoided, SubscriptionMethodChanged
from marketplace.subscriptions.sync import sync_subscription
from plans.price_book import FREE_PLAN
from plans.queries import current_book, entitlements
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now

VOIDS_FOR = timedelta(days=30)
"""How long after a subscription's end its open bills are looked at."""


@dataclass(frozen=True)
class PaymentFix:
    """The result of fixing an overdue payment: it is `paid`, on its way, or the person pays it at `url`."""

    paid: bool
    url: str = ""
    processing: bool = False


def fix_payment(*, caller: Caller) -> PaymentFix:
    """Pay what is overdue, in the one way that can work now.

    With a saved card that may still work, it is charged. Otherwise the way leads to the open bill, where any card
    works and a bank can ask for confirmation; without a subscription at Stripe, to subscribing to the present plan.
    Raises NotPayer, PaymentsUnavailable.
    """
    require_payer(caller)
    live = live_subscription()
    if live is None:
        return _subscribe_now()
    if live.processing_at is not None:
        return PaymentFix(paid=False, processing=True)
    if ensure_customer().payment_method_id and not live.needs_customer and _pays(live):
        return PaymentFix(paid=True)
    live.refresh_from_db()
    if live.processing_at is not None:
        return PaymentFix(paid=False, processing=True)
    return PaymentFix(paid=live.past_due_at is None, url=live.open_invoice_url if live.past_due_at else "")


def _subscribe_now() -> PaymentFix:
    plan = entitlements(tenancy.current_organization_id()).fetch().plan
    if license_status().past_due_at is None:
        return PaymentFix(paid=True)
    url = return_urls.plans() if plan.key == FREE_PLAN else return_urls.change_plan(plan.key)
    return PaymentFix(paid=False, url=url)


def _pays(live: StripeSubscription) -> bool:
    try:
        return pay_open_invoices(live, key=state_version())
    except gateway.CardDeclined:
        sync_subscription(live.subscription_id)
        return False


def pay_open_invoices(live: StripeSubscription, *, key: str) -> bool:
    """Pay what is overdue with the card; a new card alone pays nothing. Return whether all is paid.

    Who comes back pays for the present month only: open renewals of months that brought no AI are voided first.
    A bill whose money is on its way is left alone, and with the newest one on its way nothing else is charged.
    `key` names the attempt: the same one never charges twice. Raises CardDeclined.
    """
    snapshot = gateway.subscription(live.subscription_id)
    card = ensure_customer().payment_method_id
    if snapshot.is_processing:
        sync_subscription(live.subscription_id)
        return False
    awaited = _on_their_way(snapshot)
    missed = [bill for bill in snapshot.open_invoices if bill.is_renewal and bill not in awaited][:-1]
    _void(missed, live, reason="The customer came back and pays the newest month.")
    for bill in snapshot.open_invoices:
        if bill in missed or bill in awaited:
            continue
        gateway.pay_invoice(invoice_id=bill.invoice_id, card=card, key=f"pay:{bill.invoice_id}:{card}:{key}")
    if snapshot.payment_failed:  # Stripe paused it for the failed payment, and makes no more bills until it is resumed
        gateway.resume(snapshot=snapshot, month_is_paid=True, key=f"paid:{snapshot.subscription_id}:{key}")
    if card and card != live.tried_card:
        gateway.use_card(subscription_id=live.subscription_id, card=card, key=state_version())
    sync_subscription(live.subscription_id)
    return not StripeSubscription.objects.filter(id=live.id, past_due_at__isnull=False).exists()


def _on_their_way(snapshot: SubscriptionSnapshot) -> list[InvoiceSnapshot]:
    """Return the open bills whose money is on its way, see Note [Debits] in `gateway.methods`."""
    newest = list(snapshot.open_invoices[-1:]) if snapshot.is_processing else []
    return [bill for bill in snapshot.open_invoices[:-1] if gateway.attempt_at(bill).processing] + newest


def _void(bills: Sequence[InvoiceSnapshot], row: StripeSubscription, *, reason: str) -> None:
    """Void open bills at Stripe and record them for staff. Safe to repeat: a voided bill is not open any more."""
    if not bills:
        return
    for bill in bills:
        gateway.void_bill(invoice_id=bill.invoice_id)
    with serialized():
        record(
            SubscriptionBillsVoided(subscription=row.subscription_id, bills=[bill.invoice_id for bill in bills]),
            reason=reason,
        )


def pay_with_new_card() -> bool:
    """Pay an overdue bill with a card that was saved since it was tried last; return whether it was tried.

    A decline makes the new card the one that was tried, so no card is tried twice by itself.
    """
    overdue = StripeSubscription.objects.filter(past_due_at__isnull=False, ended_at=None, processing_at=None)
    live = overdue.exclude(duplicate=True).first()
    if live is None or not (card := _card()) or card == live.tried_card:
        return False
    try:
        pay_open_invoices(live, key="new")
    except gateway.CardDeclined:
        sync_subscription(live.subscription_id)
    return True


def _card() -> str | None:
    return Customer.objects.values_list("payment_method_id", flat=True).first()


def use_default_method() -> bool:
    """Charge the subscription's next bills to the default that the customer chose since; return if moved.

    Whoever changes it in the portal means the plan, too, whether or not Stripe carries it over by itself. A plan that
    began with another method than the default of that time keeps it.
    """
    live, customer = live_subscription(), Customer.objects.filter(default_changed=True).first()
    if customer is None:
        return False
    moves = live is not None and live.method_id not in ("", customer.payment_method_id)
    if live is not None and moves:
        gateway.use_card(subscription_id=live.subscription_id, card=customer.payment_method_id, key=state_version())
        sync_subscription(live.subscription_id)
        with serialized():
            record(
                SubscriptionMethodChanged(what=current_book().plans[live.plan_key].name, method=customer.method_name)
            )
    Customer.objects.filter(id=customer.id, payment_method_id=customer.payment_method_id).update(default_changed=False)
    return moves


def end_unbegun() -> bool:
    """Cancel a subscription whose first bill was to be paid by a debit that did not arrive; return if there was one."""
    failed = StripeSubscription.objects.filter(plan_subscription_id=None, first_bill_open=True, processing_at=None)
    failed = failed.filter(ended_at=None, duplicate=False, status__in=OVERDUE)
    row = _still_so(failed)
    if row is None:
        return False
    _give_up(row, key=f"unbegun:{row.subscription_id}")
    return True


def end_unpaid() -> bool:
    """Cancel a subscription unpaid for the limit `ended_after_days`, and void its bills; return if there was one.

    The stages of the license have long run their course by then; from here on the organization is on the
    free plan, with nothing overdue. Stripe itself must be set to leave unpaid subscriptions as they are.
    """
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    days = entitled.limit("ended_after_days")
    if days is None:
        return False
    given_up = entitled.now - timedelta(days=days)
    unpaid = StripeSubscription.objects.filter(past_due_at__lte=given_up, processing_at=None)
    row = unpaid.filter(ended_at=None, duplicate=False).first()
    if row is None:
        return False
    _give_up(row, key=f"unpaid:{row.subscription_id}")
    return True


def _give_up(row: StripeSubscription, *, key: str) -> None:
    """Cancel a subscription and void its bills."""
    gateway.cancel_now(subscription_id=row.subscription_id, schedule_id=row.schedule_id, key=key)
    sync_subscription(row.subscription_id)
    void_bills_of_ended()


def _still_so(found: QuerySet[StripeSubscription]) -> StripeSubscription | None:
    """Return the first of these subscriptions if it is still among them once Stripe was asked: it may be paid now."""
    row = found.first()
    if row is None:
        return None
    sync_subscription(row.subscription_id)
    return found.filter(id=row.id).first()


def void_bills_of_ended() -> int:
    """Void what was open when a subscription ended: nobody owes it any more. Return how many bills there were.

    The bill of overage that was used is made after the end, and stays.
    """
    ended = StripeSubscription.objects.filter(ended_at__isnull=False).exclude(open_invoice_id="")
    voided = 0
    for row in list(ended.filter(ended_at__gt=database_now() - VOIDS_FOR)):
        snapshot = gateway.subscription(row.subscription_id)
        awaited = _on_their_way(snapshot)
        open_then = [bill for bill in snapshot.open_invoices if row.ended_at and bill.finalized_at < row.ended_at]
        unpaid = [bill for bill in open_then if bill not in awaited]
        _void(unpaid, row, reason="The subscription has ended.")
        sync_subscription(row.subscription_id)
        voided += len(unpaid)
    return voided
