"""What is recorded of gifts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.events import AuditEvent


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
