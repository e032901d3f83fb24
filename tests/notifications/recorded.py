"""Events that actions recorded, held to what their kinds declare, and read as people are notified of them."""

from collections.abc import Sequence
from uuid import UUID

from audit.actions import PLATFORM
from audit.events import KINDS, SeenBy
from audit.models import Event
from audit.reading import StreamEvent
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.notifications.delivery import words
from saas.notifications.rendering import Text
from saas.notifications.rules import RULES


def events_after(seq: int, organization_id: UUID) -> list[StreamEvent]:
    """Return the events of a chain after a number."""
    with tenancy.system():
        found = Event.objects.filter(organization_id=organization_id, seq__gt=seq)
        return [StreamEvent(organization_id, e.id, e.seq, e.kind, e.created_at, e.data) for e in found]


def require_declared(events: Sequence[StreamEvent]) -> None:
    """Fail unless each event has its kind's payload, is where those see it who may, and can be put in words."""
    for event in events:
        kind = KINDS[event.kind]
        assert kind.names(required=True) <= event.data.keys() <= kind.names(), event
        if event.organization_id != PLATFORM:
            assert SeenBy.ORGANIZATION in kind.seen_by, event
        if event.kind in RULES:
            read(event)


def read(event: StreamEvent) -> Text:
    """Return what people read about an event; it says all that it means to."""
    with tenancy.system():
        text = words(event, Organization.objects.filter(id=event.organization_id).first())
    assert text.title and text.body
    assert "None" not in text.title + text.body, text
    return text
