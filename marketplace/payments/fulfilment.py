"""Credit payments, once each."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from audit.actions import record
from marketplace.gifts import gifted_packs
from marketplace.models import OPEN, OrderMethod, OrderStatus, PackOrder, Payment, StripeSubscription
from marketplace.packs import orders, topup
from marketplace.packs.events import PurchasePaid
from marketplace.payments import invoices, refunds
from marketplace.payments.events import PaymentAfterClosing, PaymentBoughtNothing, PaymentReceived
from marketplace.payments.queries import bill_payload, what_was_paid
from marketplace.stripe.gateway.snapshots import InvoiceSnapshot, PaymentSnapshot, SaleSnapshot
from plans.actions import allowance_key, upgrade_key
from plans.agreements.queries import plan_at
from plans.anchors import begins_month
from plans.changes import remaining_fraction, upgrade_tokens
from plans.models import Subscription
from plans.periods import period_at
from plans.queries import current_book
from saas.accounts import queries as accounts
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError, NotFound
from tokens import actions as ledger_actions
from tokens.kinds import Source


class OrderUnknown(NotFound):
    """A payment names an order, or a subscription's month, that is not here (yet)."""


class WrongAmount(DomainError):
    """What was paid is not what was ordered: nothing is credited and a person must look."""

    code, status, title = "wrong_amount", 409, "The amount does not fit the order"


def apply_payment(snapshot: PaymentSnapshot) -> None:
    """Credit a payment that succeeded, and bring what is taken back of it to Stripe's totals.

    One for an organization that is closed is recorded, staff are notified, and it brings nothing.
    Raises OrderUnknown, WrongAmount; then nothing is credited.
    """
    if snapshot.status != "succeeded":
        _note_unpaid(snapshot)
        return
    payment = Payment.objects.filter(payment_intent_id=snapshot.payment_intent_id).first()
    payment = payment or _first_seen(snapshot)
    if payment is not None:
        refunds.reverse(payment, snapshot)
        invoices.save_of_payment(payment, snapshot)


def apply_sale(snapshot: SaleSnapshot) -> None:
    """Credit what an invoice was paid for, and save the invoice; as `apply_payment` where it has a payment."""
    if snapshot.payment is not None:
        apply_payment(snapshot.payment)
    elif snapshot.invoice.subscription_id and snapshot.invoice.status == "paid":
        invoices.save_bill(snapshot.invoice)


def _note_unpaid(snapshot: PaymentSnapshot) -> None:
    """Save the status of an unfinished payment; a declined order stays open for another way to pay."""
    if snapshot.order_id is None:
        _note_bill_unpaid(snapshot)
        return
    order = PackOrder.objects.filter(id=snapshot.order_id, status__in=OPEN)
    if _is_of_another_attempt(snapshot, order.first()):
        return
    if snapshot.status == "processing":
        orders.await_money(snapshot.order_id)
    elif snapshot.failure_code and order.filter(status=OrderStatus.PROCESSING).exists():
        orders.bounce(snapshot.order_id, snapshot.failure_code)
    elif snapshot.failure_code:
        # Of an order's own invoice `orders.settle` says how the attempt ended, and ends the invoice with it.
        order.exclude(method=OrderMethod.INVOICE).update(failure_code=snapshot.failure_code[:80])


def _note_bill_unpaid(snapshot: PaymentSnapshot) -> None:
    """Note whether the money for a subscription's newest open bill is on its way."""
    if snapshot.invoice is not None and snapshot.invoice.subscription_id:
        billed = StripeSubscription.objects.filter(
            subscription_id=snapshot.invoice.subscription_id,
            open_invoice_id=snapshot.invoice.invoice_id,
            ended_at=None,
            duplicate=False,
        )
        is_processing = snapshot.status == "processing"
        billed.filter(processing_at__isnull=is_processing).update(
            processing_at=database_now() if is_processing else None
        )


def _is_of_another_attempt(snapshot: PaymentSnapshot, order: PackOrder | None) -> bool:
    """Return True for the payment of an invoice that ended with a declined card: the order goes on elsewhere."""
    present = order.invoice_id if order and order.method == OrderMethod.INVOICE else ""
    bill = snapshot.invoice
    return bill is not None and bill.status == "void" and bill.invoice_id != present


def _first_seen(snapshot: PaymentSnapshot) -> Payment | None:
    if snapshot.order_id is not None:
        order = _ordered(snapshot, snapshot.order_id)
        return _save_too_late(snapshot, order) if accounts.is_closed() else _fulfil(snapshot, order)
    if snapshot.invoice is not None and snapshot.invoice.subscription_id:
        return _save_plan_payment(snapshot, snapshot.invoice)
    return None  # taken by hand in Stripe's dashboard: it buys nothing here


def _ordered(snapshot: PaymentSnapshot, order_id: UUID) -> PackOrder:
    """Return the order that was paid, after comparing what was sold with it: tax on top and discounts are no part."""
    order = PackOrder.objects.filter(id=order_id).first()
    if order is None:
        raise OrderUnknown(f"There is no order {order_id} here.")
    if order.cents not in snapshot.asked_cents or snapshot.currency != order.currency:
        raise WrongAmount(
            f"Order {order.id} costs {order.cents} {order.currency},"
            f" paid were {snapshot.received_cents} {snapshot.currency}."
        )
    return order


def _fulfil(snapshot: PaymentSnapshot, order: PackOrder) -> Payment:
    """Credit an order's tokens, or offer the gift it is: once per payment, by the bucket's key and the gift's state."""
    payment = _save(snapshot, business_key=f"payment:{snapshot.payment_intent_id}", tokens=order.tokens, order=order)
    gift = gifted_packs.offer_paid(order, payment)
    if gift is None:
        ledger_actions.grant(
            source=Source.PURCHASE, tokens=order.tokens, business_key=payment.business_key, reason=order.pack_name
        )
    PackOrder.objects.filter(id=order.id).update(status=OrderStatus.PAID, paid_at=payment.paid_at, failure_code="")
    topup.succeeded(order)
    record(PurchasePaid(**orders.event_payload(order), **_paid(payment), gift=gift.id if gift else None))
    return payment


def _save_too_late(snapshot: PaymentSnapshot, order: PackOrder) -> Payment:
    """Save a payment for a closed organization, for staff to refund: it brings no tokens and no gift."""
    payment = _save(snapshot, business_key=f"payment:{snapshot.payment_intent_id}", tokens=0, order=order)
    PackOrder.objects.filter(id=order.id).update(status=OrderStatus.PAID, paid_at=payment.paid_at, failure_code="")
    return payment


def _paid(payment: Payment) -> dict[str, Any]:
    return {"payment": payment.payment_intent_id, "receipt_url": payment.receipt_url}


def _save_plan_payment(snapshot: PaymentSnapshot, bill: InvoiceSnapshot) -> Payment | None:
    """Save a plan's payment with the key of the tokens it pays for, so that a refund claws those back."""
    paid = StripeSubscription.objects.filter(subscription_id=bill.subscription_id).first()
    begun = paid.plan_subscription_id if paid else None
    subscription = Subscription.objects.filter(id=begun).first() if begun else None
    if paid is not None and begun is None and paid.ended_at is not None and not paid.duplicate:
        return _save_for_nothing(snapshot, bill, paid)
    if paid is None or subscription is None:
        raise OrderUnknown(f"Subscription {bill.subscription_id} has not begun here.")
    ended = paid.duplicate or paid.ended_at is not None or subscription.ended_at is not None
    if bill.begins_period and bill.starts_at > subscription.anchor_at and not ended:
        _require_months_followed(subscription, bill)
    period = period_at(subscription.anchor_at, max(bill.starts_at, subscription.anchor_at))
    book = current_book()
    billed_at = max(bill.starts_at, period.starts_at)
    plan = plan_at(subscription, bill.plan_key if bill.plan_key in book.plans else paid.plan_key, billed_at)
    only_usage = paid.ended_at is not None and bill.finalized_at >= paid.ended_at
    too_late = paid.ended_at is not None and not only_usage and (bill.paid_at or database_now()) > paid.ended_at
    buys_allowance = bill.begins_period and not only_usage and not too_late
    if bill.begins_period and bill.starts_at < subscription.anchor_at:  # the months were moved since
        period = replace(period, starts_at=bill.starts_at)
    key, tokens = allowance_key(subscription.id, period), plan.monthly_tokens if buys_allowance else 0
    if bill.is_upgrade and not too_late and bill.from_plan_key in book.plans:
        key, before = upgrade_key(key, plan.key), plan_at(subscription, bill.from_plan_key, billed_at)
        tokens = upgrade_tokens(before, plan, remaining_fraction(period, billed_at))
    payment = _save(snapshot, business_key=key, tokens=tokens, plan_key=plan.key)
    return _received(payment, bill, plan.name, bought_nothing=too_late)


def _require_months_followed(subscription: Subscription, bill: InvoiceSnapshot) -> None:
    """Wait for the subscription where its months begin anew with this bill: by its old months the key is another's."""
    if not begins_month(subscription, bill.starts_at):
        raise OrderUnknown(f"The months of subscription {bill.subscription_id} begin anew: they are not followed yet.")


def _save_for_nothing(snapshot: PaymentSnapshot, bill: InvoiceSnapshot, paid: StripeSubscription) -> Payment:
    """Save a first payment that came after its subscription had ended, as a debit may: for staff to refund."""
    sold = current_book().plans
    plan = sold[bill.plan_key if bill.plan_key in sold else paid.plan_key]
    key = f"payment:{snapshot.payment_intent_id}"
    payment = _save(snapshot, business_key=key, tokens=0, plan_key=plan.key)
    return _received(payment, bill, plan.name, bought_nothing=True)


def _received(payment: Payment, bill: InvoiceSnapshot, what: str, *, bought_nothing: bool) -> Payment:
    """Record a plan's payment; of a closed organization's `_save` has recorded that it bought nothing."""
    payload = bill_payload(payment, what) | {"bill_url": bill.hosted_url}
    record(PaymentReceived(**payload, **_paid(payment)))
    if bought_nothing and not accounts.is_closed():
        record(PaymentBoughtNothing(**payload, payment=payment.payment_intent_id))
    return payment


def _save(
    snapshot: PaymentSnapshot, *, business_key: str, tokens: int, order: PackOrder | None = None, plan_key: str = ""
) -> Payment:
    payment = Payment.objects.create(
        payment_intent_id=snapshot.payment_intent_id,
        charge_id=snapshot.charge_id,
        order=order,
        plan_key=plan_key,
        business_key=business_key,
        tokens=tokens,
        paid_cents=snapshot.received_cents,
        tax_cents=snapshot.tax_cents,
        currency=snapshot.currency,
        receipt_url=snapshot.receipt_url,
        paid_at=database_now(),
    )
    if accounts.is_closed():
        record(PaymentAfterClosing(**bill_payload(payment, what_was_paid(payment)), payment=payment.payment_intent_id))
    return payment
