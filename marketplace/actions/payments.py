"""Crediting what was paid, once per payment, and taking back what was taken back from us."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from audit.actions import record
from marketplace.actions import gifted_packs, topup
from marketplace.events import (
    PaymentAfterClosing,
    PaymentBoughtNothing,
    PaymentDisputed,
    PaymentLost,
    PaymentReceived,
    PaymentRefundBegun,
    PaymentRefunded,
    PaymentReinstated,
    PaymentReversal,
    PurchaseBounced,
    PurchasePaid,
    PurchaseProcessing,
)
from marketplace.models import OPEN, Order, OrderStatus, PaidSubscription, Payment, present_mode
from marketplace.stripe import gateway
from marketplace.stripe.concurrency import apply_if_unchanged
from marketplace.stripe.gateway.snapshots import InvoiceSnapshot, PaymentSnapshot
from plans.actions import allowance_key, upgrade_key
from plans.changes import remaining_fraction, upgrade_tokens
from plans.models import Subscription
from plans.periods import period_at
from plans.queries import current_book
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError, Invalid, NotFound
from tokens import actions as tokens
from tokens import queries as ledger
from tokens.kinds import Source


class OrderUnknown(NotFound):
    """A payment names an order that is not here (yet)."""


class WrongAmount(DomainError):
    """What was paid is not what was ordered: nothing is credited and a person must look."""

    code, status, title = "wrong_amount", 409, "The amount does not fit the order"


def sync_payment(payment_intent_id: str) -> None:
    """Ask Stripe about a payment of this organization and apply the answer."""
    apply_if_unchanged(lambda: gateway.payment(payment_intent_id), apply_payment)


def apply_payment(snapshot: PaymentSnapshot) -> None:
    """Credit a payment that succeeded, and bring what is taken back of it to Stripe's totals.

    One for an organization that is closed is recorded, staff are notified, and it brings nothing.
    Raises OrderUnknown, WrongAmount; then nothing is credited.
    """
    if snapshot.status != "succeeded":
        _note_unpaid(snapshot)
        return
    payment = Payment.objects.filter(mode=present_mode(), payment_intent_id=snapshot.payment_intent_id).first()
    payment = payment or _first_seen(snapshot)
    if payment is not None:
        _reverse(payment, snapshot)


def refund(*, payment_id: UUID, amount: Decimal | None = None, reason: str) -> Payment:
    """Give `amount`, by default all that is left, back to the customer; the tokens go with it.

    For staff. Raises NotFound, Invalid for more than is left or without a reason.
    """
    if not reason.strip():
        raise Invalid("A refund needs a reason.")
    payment = Payment.objects.filter(id=payment_id).first()
    if payment is None:
        raise NotFound("There is no such payment.")
    left = payment.paid_cents - payment.reversed_cents
    cents = left if amount is None else int(amount * 100)
    if not 0 < cents <= left:
        raise Invalid(f"At most {Decimal(left) / 100} of this payment can be refunded.")
    # The key counts the refunds before: a double click is one refund, and one that the bank returned can be repeated.
    before = gateway.payment(payment.payment_intent_id).refunds
    gateway.refund(
        payment_intent_id=payment.payment_intent_id,
        cents=cents,
        organization_id=tenancy.current_organization_id(),
        key=f"refund:{payment.id}:{before}:{cents}",
    )
    with serialized():
        record(PaymentRefundBegun(payment=payment.payment_intent_id, cents=cents), reason=reason)
    sync_payment(payment.payment_intent_id)
    payment.refresh_from_db()
    return payment


def _note_unpaid(snapshot: PaymentSnapshot) -> None:
    """Keep how an unfinished payment stands; a declined order stays open for another way to pay."""
    if snapshot.order_id is None:
        return
    order = Order.objects.filter(id=snapshot.order_id, status__in=OPEN)
    if snapshot.status == "processing":
        await_money(snapshot.order_id)
    elif snapshot.failure_code and order.filter(status=OrderStatus.PROCESSING).exists():
        bounce(snapshot.order_id, snapshot.failure_code)
    elif snapshot.failure_code:
        order.update(failure_code=snapshot.failure_code[:80])


def await_money(order_id: UUID) -> None:
    """Note that Stripe has the order and the money is on its way; the caller holds the organization's lock."""
    if Order.objects.filter(id=order_id, status=OrderStatus.PENDING).update(status=OrderStatus.PROCESSING):
        record(PurchaseProcessing(order=order_id))


def bounce(order_id: UUID, reason: str) -> None:
    """End an order whose money was on its way and did not arrive; the caller holds the organization's lock."""
    if Order.objects.filter(id=order_id, status__in=OPEN).update(
        status=OrderStatus.FAILED, failure_code=reason[:80], checkout_url=""
    ):
        record(PurchaseBounced(**event_payload(Order.objects.get(id=order_id)), reason=reason))


def event_payload(order: Order) -> dict[str, Any]:
    """Return what events say of an order."""
    return {
        "order": order.id,
        "what": order.pack_name,
        "tokens": order.tokens,
        "amount": order.amount,
        "currency": order.currency,
        "origin": order.origin,
    }


def _first_seen(snapshot: PaymentSnapshot) -> Payment | None:
    if snapshot.order_id is not None:
        order = _ordered(snapshot, snapshot.order_id)
        return _save_too_late(snapshot, order) if accounts.is_closed() else _fulfil(snapshot, order)
    if snapshot.invoice is not None:
        return _save_plan_payment(snapshot, snapshot.invoice)
    return None  # taken by hand in Stripe's dashboard: it buys nothing here


def _ordered(snapshot: PaymentSnapshot, order_id: UUID) -> Order:
    """Return the order that was paid, after comparing what was paid with what it costs."""
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise OrderUnknown(f"There is no order {order_id} here.")
    if (snapshot.received_cents, snapshot.currency) != (order.cents, order.currency):
        raise WrongAmount(
            f"Order {order.id} costs {order.cents} {order.currency},"
            f" paid were {snapshot.received_cents} {snapshot.currency}."
        )
    return order


def _fulfil(snapshot: PaymentSnapshot, order: Order) -> Payment:
    """Credit an order's tokens, or offer the gift it is: once per payment, by the bucket's key and the gift's state."""
    payment = _save(snapshot, business_key=f"payment:{snapshot.payment_intent_id}", amount=order.tokens, order=order)
    gift = gifted_packs.offer_paid(order, payment)
    if gift is None:
        _credit(order, payment)
    Order.objects.filter(id=order.id).update(status=OrderStatus.PAID, paid_at=payment.paid_at, failure_code="")
    topup.succeeded(order)
    record(PurchasePaid(**event_payload(order), **_paid(payment), gift=gift.id if gift else None))
    return payment


def _save_too_late(snapshot: PaymentSnapshot, order: Order) -> Payment:
    """Keep what came for an organization that is closed, for staff to give back: it brings no tokens, and no gift."""
    payment = _save(snapshot, business_key=f"payment:{snapshot.payment_intent_id}", amount=0, order=order)
    Order.objects.filter(id=order.id).update(status=OrderStatus.PAID, paid_at=payment.paid_at, failure_code="")
    return payment


def _bill(payment: Payment, what: str) -> dict[str, Any]:
    return {"what": what, "amount": payment.amount, "currency": payment.currency}


def _paid(payment: Payment) -> dict[str, Any]:
    return {"payment": payment.payment_intent_id, "receipt_url": payment.receipt_url}


def _credit(order: Order, payment: Payment) -> None:
    tokens.grant(source=Source.PURCHASE, tokens=order.tokens, business_key=payment.business_key, reason=order.pack_name)


def _save_plan_payment(snapshot: PaymentSnapshot, bill: InvoiceSnapshot) -> Payment | None:
    """Keep a plan's payment with the key of the tokens it pays for, so that a refund takes those back."""
    paid = PaidSubscription.objects.filter(mode=present_mode(), subscription_id=bill.subscription_id).first()
    begun = paid.plan_subscription_id if paid else None
    subscription = Subscription.objects.filter(id=begun).first() if begun else None
    if paid is None or subscription is None:
        raise OrderUnknown(f"Subscription {bill.subscription_id} has not begun here.")
    period = period_at(subscription.anchor_at, max(bill.starts_at, subscription.anchor_at))
    book = current_book()
    plan = book.plans.get(bill.plan_key) or book.plans[paid.plan_key]
    only_usage = paid.ended_at is not None and bill.finalized_at >= paid.ended_at
    too_late = paid.ended_at is not None and not only_usage and (bill.paid_at or database_now()) > paid.ended_at
    buys_allowance = bill.begins_period and not only_usage and not too_late
    key, granted = allowance_key(subscription.id, period), plan.monthly_tokens if buys_allowance else 0
    if bill.is_upgrade and not too_late and bill.from_plan_key in book.plans:
        fraction = remaining_fraction(period, max(bill.starts_at, period.starts_at))
        key = upgrade_key(key, plan.key)
        granted = max(0, upgrade_tokens(book.plans[bill.from_plan_key], plan, fraction))
    payment = _save(snapshot, business_key=key, amount=granted, plan_key=plan.key)
    payload = _bill(payment, plan.name) | {"bill_url": bill.hosted_url}
    record(PaymentReceived(**payload, **_paid(payment)))
    if too_late and not accounts.is_closed():
        record(PaymentBoughtNothing(**payload, payment=payment.payment_intent_id))
    return payment


def _save(
    snapshot: PaymentSnapshot, *, business_key: str, amount: int, order: Order | None = None, plan_key: str = ""
) -> Payment:
    payment = Payment.objects.create(
        payment_intent_id=snapshot.payment_intent_id,
        charge_id=snapshot.charge_id,
        order=order,
        plan_key=plan_key,
        business_key=business_key,
        tokens=amount,
        paid_cents=snapshot.received_cents,
        currency=snapshot.currency,
        receipt_url=snapshot.receipt_url,
        paid_at=database_now(),
    )
    if accounts.is_closed():
        record(PaymentAfterClosing(**_bill(payment, _what(payment)), payment=payment.payment_intent_id))
    return payment


def _reverse(payment: Payment, snapshot: PaymentSnapshot) -> None:
    """Bring clawed tokens and the freeze to what Stripe's totals say: a target, so order and repeats do not matter."""
    target = clawed_target(tokens=payment.tokens, paid=payment.paid_cents, gone=snapshot.reversed_cents)
    is_known = (snapshot.reversed_cents, snapshot.disputed) == (payment.reversed_cents, payment.disputed)
    if is_known and target == payment.clawed_tokens:
        return
    reversal = _what_happened(payment, snapshot)
    given = gifted_packs.given_away(payment)
    if given is not None:
        gifted_packs.deliver_after_commit(given)
    else:
        target = _take_back(payment, target, snapshot, reversal.kind)
    Payment.objects.filter(id=payment.id).update(
        reversed_cents=snapshot.reversed_cents, clawed_tokens=target, disputed=snapshot.disputed
    )
    if is_known:
        return
    if snapshot.disputed:
        topup.stop(reason="A payment is disputed.")
    record(
        reversal(
            payment=payment.payment_intent_id,
            **_bill(payment, _what(payment)),
            given_back=Decimal(snapshot.reversed_cents) / 100,
            reversed_cents=snapshot.reversed_cents,
            disputed=snapshot.disputed,
            clawed_tokens=target,
            gift=given.id if given else None,
        )
    )


def _what(payment: Payment) -> str:
    plan = current_book().plans.get(payment.plan_key)
    return payment.order.pack_name if payment.order else plan.name if plan else "your plan"


def _take_back(payment: Payment, target: int, snapshot: PaymentSnapshot, reason: str) -> int:
    """Bring the organization's own buckets to the target; return what they were brought to.

    What is granted later is taken back by the next look.
    """
    buckets, taken = _buckets(payment) if payment.tokens else {}, 0
    for key, granted in buckets.items():
        part = min(target - taken, granted)
        tokens.claw(business_key=key, tokens=part, reason=reason)
        taken += part
    if snapshot.disputed != payment.disputed:
        for key in buckets:
            tokens.freeze(business_key=key, frozen=snapshot.disputed, reason=reason)
    return taken


def _buckets(payment: Payment) -> dict[str, int]:
    """Return what a payment brought, by key: a month that was granted as a smaller plan's had the rest come later."""
    keys = [payment.business_key, *([upgrade_key(payment.business_key, payment.plan_key)] if payment.plan_key else [])]
    return {key: granted for key in keys if (granted := ledger.granted(key))}


def clawed_target(*, tokens: int, paid: int, gone: int) -> int:
    """Return how many of a payment's tokens are to be taken back in all, rounded up.

    >>> clawed_target(tokens=500, paid=2900, gone=1450)
    250
    >>> clawed_target(tokens=500, paid=2900, gone=1)
    1
    """
    return -(-tokens * gone // paid)


def _what_happened(payment: Payment, snapshot: PaymentSnapshot) -> type[PaymentReversal]:
    if snapshot.disputed and not payment.disputed:
        return PaymentDisputed
    if payment.disputed and not snapshot.disputed and snapshot.withdrawn_cents:
        return PaymentLost
    return PaymentRefunded if snapshot.reversed_cents > payment.reversed_cents else PaymentReinstated
