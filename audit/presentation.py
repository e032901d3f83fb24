"""Events as the API shows them."""

from typing import Any

from audit.models import Event, Notification
from audit.notifications import topic_of
from saas.kernel.serialization import in_one_spelling


def event(event: Event) -> dict[str, Any]:
    """Return an event with its hash."""
    return {
        "id": event.id,
        "seq": event.seq,
        "kind": event.kind,
        "created_at": event.created_at,
        "actor": {name: event.actor.get(name) for name in ("kind", "user_id", "name", "request_id")},
        "reason": event.reason,
        "data": in_one_spelling(event.data),
        "hash": bytes(event.hash).hex(),
    }


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
