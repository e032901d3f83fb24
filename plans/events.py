"""What is recorded about plans, overrides, price books and margins."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from audit.events import AuditEvent, SeenBy, Webhook


@dataclass(frozen=True, kw_only=True)
class PlanChanged(
    AuditEvent,
    kind="plan.changed",
    webhook=Webhook("The plan changed.", {"from": "the old plan's key", "to": "the new plan's key"}),
):
    from_: str
    to: str


@dataclass(frozen=True, kw_only=True)
class PlanScheduled(
    AuditEvent,
    kind="plan.scheduled",
    webhook=Webhook(
        "A change of plan was set for the period's end.",
        {"from": "the plan's key", "to": "the coming plan's key", "at": "when"},
    ),
):
    from_: str
    to: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PlanMonthsMoved(AuditEvent, kind="plan.months_moved"):
    """The plan's months are counted from another instant on: `to` in the place of `from`."""

    from_: datetime
    to: datetime


@dataclass(frozen=True, kw_only=True)
class TrialBegun(AuditEvent, kind="trial.begun"):
    """`what` is the plan's name, `tokens` what the trial brings."""

    trial: UUID
    plan: str
    what: str
    tokens: int
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class TrialEnding(AuditEvent, kind="trial.ending"):
    """The trial ends soon: `left` of its tokens are unspent; the plan has `tokens` for `amount` a month."""

    trial: UUID
    plan: str
    what: str
    ends_at: datetime
    left: int
    tokens: int
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class TrialEnded(AuditEvent, kind="trial.ended"):
    """Its time was over."""

    trial: UUID
    plan: str
    what: str
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class TrialStopped(AuditEvent, kind="trial.stopped"):
    """It ended before its time: upgraded or closed; expired, when nobody had recorded that yet."""

    trial: UUID
    plan: str
    because: str


@dataclass(frozen=True, kw_only=True)
class OverrideSet(AuditEvent, kind="override.set"):
    kind_: str
    key: str
    value: Any
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OverrideEnded(AuditEvent, kind="override.ended"):
    kind_: str
    key: str


@dataclass(frozen=True, kw_only=True)
class PriceBookDrafted(AuditEvent, kind="price_book.drafted", seen_by=[SeenBy.STAFF]):
    version: int
    from_: int


@dataclass(frozen=True, kw_only=True)
class PriceBookPublished(AuditEvent, kind="price_book.published", seen_by=[SeenBy.STAFF]):
    """With the whole content of the version."""

    version: int
    effective_at: datetime
    content: dict[str, Any]
    below_target: dict[str, str]
    why_below_target: str


@dataclass(frozen=True, kw_only=True)
class PriceBookWithdrawn(AuditEvent, kind="price_book.withdrawn", seen_by=[SeenBy.STAFF]):
    version: int


@dataclass(frozen=True, kw_only=True)
class _PriceChange(AuditEvent):
    """A plan's price a month becomes `amount`, with `tokens`: of a `version` of the price book, or custom."""

    what: str
    amount: Decimal
    tokens: int
    currency: str
    starts_at: datetime
    custom: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class PriceChangeAnnounced(_PriceChange, kind="price.change_announced"):
    before_amount: Decimal
    before_tokens: int


class PriceChangeWithdrawn(_PriceChange, kind="price.change_withdrawn"): ...


class PriceChanged(_PriceChange, kind="price.changed"):
    """It is billed."""


@dataclass(frozen=True, kw_only=True)
class PriceAgreed(AuditEvent, kind="price.agreed", seen_by=[SeenBy.STAFF]):
    """Custom terms were agreed with the organization, in dollars; margins below the target are at full use."""

    plan: str
    amount: Decimal
    tokens: int
    currency: str
    overage_token_price: Decimal | None
    pack_prices: dict[str, Decimal]
    starts_at: datetime | None
    agreed_until: datetime | None
    below_target: dict[str, str]
    why_below_target: str


@dataclass(frozen=True, kw_only=True)
class PriceOfferWithdrawn(AuditEvent, kind="price.offer_withdrawn", seen_by=[SeenBy.STAFF]):
    plan: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class RolloutSet(AuditEvent, kind="rollout.set", seen_by=[SeenBy.STAFF]):
    feature: str
    percentage: int


@dataclass(frozen=True, kw_only=True)
class _Margin(AuditEvent):
    """A month's earnings: dollars as text, shares as people read them."""

    month: str
    mode: str
    revenue: str
    fees: str
    tokens: int
    cost_by_rule: str
    cost_measured: str
    attempts_unpriced: int
    margin: str
    margin_measured: str


class MarginChecked(_Margin, kind="margin.checked", seen_by=[SeenBy.STAFF]): ...


class MarginBelowTarget(_Margin, kind="margin.below_target", seen_by=[SeenBy.STAFF]): ...
