"""What is recorded of packs: purchases, and the auto top-up."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from audit.events import AuditEvent, Webhook


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
