"""Notifications as the API shows them."""

from typing import Any

from saas.notifications.models import Notification
from saas.notifications.rules import topic_of


def notification(notification: Notification) -> dict[str, Any]:
    """Return a notification."""
    return {
        "id": notification.id,
        "kind": notification.kind,
        "topic": topic_of(notification.kind).value,
        "title": notification.title,
        "body": notification.body,
        "event": notification.event_id,
        "created_at": notification.created_at,
        "read_at": notification.read_at,
    }
