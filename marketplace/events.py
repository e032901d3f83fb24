"""What is recorded about money: purchases, payments, subscriptions, gifts, auto top-up, overage, Stripe's events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from audit.events import AuditEvent, SeenBy, Webhook

_PAYMENT = {
    "reversed_cents": "cents given back so far",
    "disputed": "true while a dispute is open",
    "clawed_tokens": "tokens taken back so far",
}


@dataclass(frozen=True, kw_only=True)
class CustomerOpened(AuditEvent, kind="customer.opened"):
    customer: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class CardChanged(AuditEvent, kind="card.changed"):
    brand: str
    last4: str


@dataclass(frozen=True, kw_only=True)
class PurchaseStarted(AuditEvent, kind="purchase.started"):
    order: UUID
    pack: str
    quantity: int
    amount: Decimal
    origin: str


@dataclass(frozen=True, kw_only=True)
class PurchaseProcessing(AuditEvent, kind="purchase.processing"):
    """The money is on its way."""

    order: UUID


@dataclass(frozen=True, kw_only=True)
class _Purchase(AuditEvent):
    order: UUID
    what: str
    tokens: int
    amount: Decimal
    currency: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class PurchasePaid(
    _Purchase,
    kind="purchase.paid",
    webhook=Webhook(
        "A pack was paid, its tokens are there.",
        {"order": "the purchase's id", "tokens": "how many", "amount": "a decimal string"},
    ),
):
    payment: str
    receipt_url: str
    gift: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PurchaseFailed(
    AuditEvent,
    kind="purchase.failed",
    webhook=Webhook("A purchase came to nothing.", {"order": "the purchase's id"}),
):
    order: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class PurchaseBounced(_Purchase, kind="purchase.bounced"):
    """The money that was on its way did not arrive."""

    reason: str


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
class PaymentConfirmationNeeded(AuditEvent, kind="payment.confirmation_needed"):
    what: str
    bill_url: str


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


@dataclass(frozen=True, kw_only=True)
class SubscriptionChanged(AuditEvent, kind="subscription.changed"):
    subscription: str
    plan_key: str
    status: str
    cancels_at: datetime | None
    scheduled_plan_key: str
    pending_plan_key: str
    duplicate: bool


@dataclass(frozen=True, kw_only=True)
class SubscriptionBegun(AuditEvent, kind="subscription.begun"):
    what: str
    tokens: int
    amount: Decimal
    currency: str
    next_bill_at: datetime


@dataclass(frozen=True, kw_only=True)
class SubscriptionUpgraded(AuditEvent, kind="subscription.upgraded"):
    what: str
    tokens: int


@dataclass(frozen=True, kw_only=True)
class _PlanChange(AuditEvent):
    what: str
    later: str
    ends_at: datetime


class SubscriptionScheduled(_PlanChange, kind="subscription.scheduled"): ...


class SubscriptionKept(_PlanChange, kind="subscription.kept"):
    """A scheduled change was taken back."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionEnded(AuditEvent, kind="subscription.ended"):
    what: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionUnknownPrice(AuditEvent, kind="subscription.unknown_price"):
    subscription: str
    price: str
    plan: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionBillsVoided(AuditEvent, kind="subscription.bills_voided"):
    subscription: str
    bills: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class GiftEvent(AuditEvent):
    """A gift; `for_user` is whom it concerns, when it is one person.

    Who gave it to whom, and the note, are read from the gift when a notification is made.
    """

    gift: UUID
    gift_kind: str
    tokens: int
    expires_at: datetime | None = None
    for_user: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class GiftOrdered(GiftEvent, kind="gift.ordered"):
    order: UUID


class GiftOffered(GiftEvent, kind="gift.offered"): ...


class GiftExpiring(GiftEvent, kind="gift.expiring"): ...


class GiftAccepted(GiftEvent, kind="gift.accepted"): ...


class GiftReceived(GiftEvent, kind="gift.received"):
    """In the chain of who took a gifted pack."""


class GiftDeclined(GiftEvent, kind="gift.declined"): ...


class GiftExpired(GiftEvent, kind="gift.expired"): ...


class GiftWithdrawn(GiftEvent, kind="gift.withdrawn"): ...


@dataclass(frozen=True, kw_only=True)
class TopupChanged(AuditEvent, kind="topup.changed"):
    enabled: bool
    pack_key: str
    below_tokens: int
    monthly_cap: Decimal


@dataclass(frozen=True, kw_only=True)
class TopupBought(AuditEvent, kind="topup.bought"):
    order: UUID
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class TopupDeclined(AuditEvent, kind="topup.declined"):
    order: UUID
    what: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class TopupStopped(AuditEvent, kind="topup.stopped"):
    why: str


@dataclass(frozen=True, kw_only=True)
class OverageChanged(AuditEvent, kind="overage.changed"):
    """Turned on, with the cap and the price that was agreed, or off."""

    enabled: bool
    monthly_cap: Decimal | None = None
    token_price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OverageStopped(AuditEvent, kind="overage.stopped"):
    why: str


class OverageFinished(AuditEvent, kind="overage.finished"): ...


@dataclass(frozen=True, kw_only=True)
class OverageUsed(AuditEvent, kind="overage.used"):
    uses: int
    tokens: int


@dataclass(frozen=True, kw_only=True)
class OverageReported(AuditEvent, kind="overage.told"):
    """A use was reported to Stripe's meter."""

    entry: UUID | int
    tokens: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class OverageAbsorbed(AuditEvent, kind="overage.absorbed"):
    entry: UUID | int
    tokens: int
    why: str


@dataclass(frozen=True, kw_only=True)
class OverageDrifted(AuditEvent, kind="overage.drifted"):
    tokens: int
    counted: int
    expected: int
    since_at: datetime
    until_at: datetime


@dataclass(frozen=True, kw_only=True)
class StripeEventHandling(AuditEvent):
    event: str
    type: str


class WebhookParked(StripeEventHandling, kind="webhook.parked", seen_by=[SeenBy.STAFF]): ...


class WebhookReplayed(StripeEventHandling, kind="webhook.replayed", seen_by=[SeenBy.STAFF]): ...


@dataclass(frozen=True, kw_only=True)
class _Registration(AuditEvent):
    endpoint: str
    url: str


class WebhookRegistered(_Registration, kind="webhook.registered", seen_by=[SeenBy.STAFF]): ...


class WebhookRetired(_Registration, kind="webhook.retired", seen_by=[SeenBy.STAFF]): ...
