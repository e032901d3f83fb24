"""What is recorded of overage: the agreement, and what was used of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from audit.events import AuditEvent


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
