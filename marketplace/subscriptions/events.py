"""What is recorded of plans that are paid for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class SubscriptionChanged(AuditEvent, kind="subscription.changed"):
    subscription: str
    plan_key: str
    status: str
    cancels_at: datetime | None
    cancel_reason: str
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
class SubscriptionNotBegun(AuditEvent, kind="subscription.not_begun"):
    """The debit for its first bill did not arrive."""

    what: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionMethodChanged(AuditEvent, kind="subscription.method_changed"):
    """Its bills are charged to the payment method that the customer made the default."""

    what: str
    method: str


@dataclass(frozen=True, kw_only=True)
class PaymentConfirmationNeeded(AuditEvent, kind="payment.confirmation_needed"):
    """The bank wants the customer to confirm a bill of the subscription."""

    what: str
    bill_url: str


@dataclass(frozen=True, kw_only=True)
class PaymentRetryFailed(AuditEvent, kind="payment.retry_failed"):
    """An automatic attempt at an open bill failed, after the first; the next one comes at `next_at`, if any."""

    what: str
    amount: Decimal
    currency: str
    attempt: int
    bill_url: str
    next_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RenewalComing(AuditEvent, kind="renewal.coming"):
    """The plan is paid for again soon, by the payment method of this name; the amount is None where it is unknown."""

    what: str
    amount: Decimal | None
    currency: str
    renews_at: datetime
    method: str


@dataclass(frozen=True, kw_only=True)
class CardExpiring(AuditEvent, kind="card.expiring"):
    """The saved card expires at the end of a month, like 07/2031."""

    method: str
    expires: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionUnknownPrice(AuditEvent, kind="subscription.unknown_price"):
    subscription: str
    price: str
    plan: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionMonthsMoved(AuditEvent, kind="subscription.months_moved"):
    """Somebody moved the billing cycle, or set a trial, at Stripe: the plan's months are counted from `to` on."""

    subscription: str
    from_: datetime
    to: datetime


@dataclass(frozen=True, kw_only=True)
class SubscriptionQuantityChanged(AuditEvent, kind="subscription.quantity_changed"):
    """Somebody changed at Stripe how many of the plan are billed; it brings its tokens once."""

    subscription: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class SubscriptionHeldBack(AuditEvent, kind="subscription.held_back"):
    """A month is not paid and brings no tokens: `why` is trial, bill_voided, bill_written_off, bill_left_draft or
    bill_not_final, and `bill` the bill, except on trial."""

    subscription: str
    why: str
    bill: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionBillsVoided(AuditEvent, kind="subscription.bills_voided"):
    subscription: str
    bills: Sequence[str]
