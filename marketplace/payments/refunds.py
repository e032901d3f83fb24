"""Refunds and disputes: claw back the tokens that the money paid for."""

from decimal import Decimal
from uuid import UUID

from audit.actions import record
from marketplace.gifts import gifted_packs
from marketplace.models import Payment
from marketplace.packs import topup
from marketplace.payments.events import (
    PaymentDisputed,
    PaymentLost,
    PaymentRefundBegun,
    PaymentRefunded,
    PaymentReinstated,
    PaymentReversal,
)
from marketplace.payments.queries import bill_payload, what_was_paid
from marketplace.stripe import gateway
from marketplace.stripe.gateway.snapshots import PaymentSnapshot
from marketplace.stripe.objects import PAYMENT
from plans.actions import upgrade_key
from plans.anchors import carried_key
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.errors import Invalid, NotFound
from tokens import actions as ledger_actions
from tokens import queries as ledger


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
    before = gateway.payment(payment.payment_intent_id)
    gateway.refund(
        payment_intent_id=payment.payment_intent_id,
        invoice_id=before.invoice.invoice_id if before.invoice else "",
        cents=cents,
        organization_id=tenancy.current_organization_id(),
        key=f"refund:{payment.id}:{before.refunds}:{cents}",
    )
    with serialized():
        record(PaymentRefundBegun(payment=payment.payment_intent_id, cents=cents), reason=reason)
    PAYMENT.sync(payment.payment_intent_id)
    payment.refresh_from_db()
    return payment


def reverse(payment: Payment, snapshot: PaymentSnapshot) -> None:
    """Bring clawed tokens and the freeze to what Stripe's totals say: a target, so order and repeats do not matter."""
    if payment.dispute_fee_cents != snapshot.dispute_fee_cents:
        Payment.objects.filter(id=payment.id).update(dispute_fee_cents=snapshot.dispute_fee_cents)
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
            **bill_payload(payment, what_was_paid(payment)),
            given_back=Decimal(snapshot.reversed_cents) / 100,
            reversed_cents=snapshot.reversed_cents,
            disputed=snapshot.disputed,
            clawed_tokens=target,
            gift=given.id if given else None,
        )
    )


def _take_back(payment: Payment, target: int, snapshot: PaymentSnapshot, reason: str) -> int:
    """Bring the organization's own buckets to the target; return what they were brought to.

    What is granted later is taken back by the next look.
    """
    buckets, taken = _buckets(payment) if payment.tokens else {}, 0
    for key, granted in buckets.items():
        part = min(target - taken, granted)
        ledger_actions.claw(business_key=key, tokens=part, reason=reason)
        taken += part
    # Of a month that was paused, what expired unspent came back in a bucket of its own: it goes as its month does.
    carried = carried_key(payment.business_key)
    if came_back := ledger.granted(carried):
        ledger_actions.claw(business_key=carried, tokens=min(target, came_back), reason=reason)
    if snapshot.disputed != payment.disputed:
        for key in [*buckets, *([carried] if came_back else [])]:
            ledger_actions.freeze(business_key=key, frozen=snapshot.disputed, reason=reason)
    return taken


def _buckets(payment: Payment) -> dict[str, int]:
    """Return what a payment brought, by key: a month that was granted as a smaller plan's had the rest come later."""
    keys = [payment.business_key, *([upgrade_key(payment.business_key, payment.plan_key)] if payment.plan_key else [])]
    return {key: granted for key in keys if (granted := ledger.granted(key))}


def clawed_target(*, tokens: int, paid: int, gone: int) -> int:
    """Return how many of a payment's tokens are to be taken back in all, rounded up; none where nothing was charged.

    >>> clawed_target(tokens=500, paid=2900, gone=1450)
    250
    >>> clawed_target(tokens=500, paid=2900, gone=1)
    1
    """
    return -(-tokens * gone // paid) if paid else 0


def _what_happened(payment: Payment, snapshot: PaymentSnapshot) -> type[PaymentReversal]:
    if snapshot.disputed and not payment.disputed:
        return PaymentDisputed
    if payment.disputed and not snapshot.disputed and snapshot.withdrawn_cents:
        return PaymentLost
    return PaymentRefunded if snapshot.reversed_cents > payment.reversed_cents else PaymentReinstated
