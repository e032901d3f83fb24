"""What is recorded of payments: what was paid, refunded or disputed."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from audit.events import AuditEvent, Webhook

_PAYMENT = {
    "reversed_cents": "cents given back so far",
    "disputed": "true while a dispute is open",
    "clawed_tokens": "tokens taken back so far",
}


@dataclass(frozen=True, kw_only=True)
class _Bill(AuditEvent):
    what: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentReceived(_Bill, kind="payment.received"):
    bill_url: str
    payment: str
    receipt_url: str


@dataclass(frozen=True, kw_only=True)
class PaymentAfterClosing(_Bill, kind="payment.after_closing"):
    payment: str


@dataclass(frozen=True, kw_only=True)
class PaymentBoughtNothing(_Bill, kind="payment.bought_nothing"):
    """It came after the subscription had ended."""

    bill_url: str
    payment: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefundBegun(AuditEvent, kind="payment.refund_begun"):
    payment: str
    cents: int


@dataclass(frozen=True, kw_only=True)
class PaymentReversal(_Bill):
    """What is given back or disputed of a payment, in all; of a gift's, `gift` is its id."""

    payment: str
    given_back: Decimal
    reversed_cents: int
    disputed: bool
    clawed_tokens: int
    gift: UUID | None = None


class PaymentRefunded(PaymentReversal, kind="payment.refunded", webhook=Webhook("Money was given back.", _PAYMENT)): ...


class PaymentDisputed(
    PaymentReversal, kind="payment.disputed", webhook=Webhook("A payment is disputed.", _PAYMENT)
): ...


class PaymentReinstated(
    PaymentReversal,
    kind="payment.reinstated",
    webhook=Webhook("A dispute was won, or a refund failed.", _PAYMENT),
): ...


class PaymentLost(PaymentReversal, kind="payment.lost"): ...
