"""What is recorded about items that jobs have set aside, and about what staff did with them."""

from dataclasses import dataclass
from uuid import UUID

from audit.events import AuditEvent, SeenBy


@dataclass(frozen=True, kw_only=True)
class JobItemSetAside(AuditEvent, kind="job.item_set_aside", seen_by=[SeenBy.STAFF]):
    """One or more items of a job are new among those set aside."""

    job: str
    items: int
    errors: str
    first: str
    of_organization: UUID | None


@dataclass(frozen=True, kw_only=True)
class _OfItem(AuditEvent):
    job: str
    item: str


class JobItemRepeated(_OfItem, kind="job.item_repeated", seen_by=[SeenBy.STAFF]): ...


class JobItemDropped(_OfItem, kind="job.item_dropped", seen_by=[SeenBy.STAFF]): ...
