"""Events as the API shows them."""

from typing import Any

from audit.models import Event
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
