"""What is recorded about verdicts, for staff's queues."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class BlockStarted(AuditEvent, kind="block.started"):
    block: UUID
    user: UUID
    rule: str
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class FlagRaised(AuditEvent, kind="flag.raised"):
    flag: UUID
    user: UUID
    rule: str
    tokens: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class _Reviewed(AuditEvent):
    item: UUID
    status: str


class BlockReviewed(_Reviewed, kind="block.reviewed"): ...


class FlagReviewed(_Reviewed, kind="flag.reviewed"): ...
