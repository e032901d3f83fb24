"""What is recorded about a person's choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class NotificationsChosen(AuditEvent, kind="notifications.chosen"):
    """By topic: whether the person is notified in the application, and by mail."""

    user: UUID
    topics: Mapping[str, Mapping[str, bool]]
