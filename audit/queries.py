"""Read the audit log: lists and exports of events, and a person's notifications."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit import openings
from audit.events import KINDS, SeenBy
from audit.models import PLATFORM, Event
from saas.kernel import tenancy
from saas.kernel.transactions import Statement, run_batch

EVENTS_A_QUERY = 2_000


def events() -> QuerySet[Event]:
    """Return the current organization's events, newest first."""
    return Event.objects.filter(organization_id=tenancy.current_organization_id()).order_by("-seq")


def found(
    *,
    kind: str | None = None,
    kinds: Sequence[str] | None = None,
    actor: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Event]:
    """Return the current organization's events of one kind, or of some, of one person, in since <= t < until.

    Newest first.
    """
    wanted = {
        "kind": kind,
        "kind__in": kinds,
        "actor__user_id": actor and str(actor),
        "created_at__gte": since,
        "created_at__lt": until,
    }
    return events().filter(**{name: value for name, value in wanted.items() if value is not None})


def found_by(parameters: Mapping[str, Any]) -> QuerySet[Event]:
    """Return the events that the API's `kind`, `actor`, `from` and `to` ask for, newest first."""
    return found(
        kind=parameters.get("kind"),
        actor=parameters.get("actor"),
        since=parameters.get("from"),
        until=parameters.get("to"),
    )


def exported(*, after: int, limit: int) -> list[tuple[int, str, str]]:
    """Return up to `limit` events after number `after`, oldest first: seq, the exact text hashed, hash in hex."""
    return _exported_after(tenancy.current_organization_id(), after, limit)


def export() -> Iterator[tuple[int, str, str]]:
    """Return the current organization's events, oldest first: seq, the exact text hashed, hash in hex.

    Read piece by piece, also after the request's context has ended: a download may be long.
    """
    return _export(tenancy.current_organization_id())


def export_lines() -> Iterator[str]:
    """Return the export as lines of JSON for `audit/chain.py`; first the opening, where older events are in files."""
    organization_id = tenancy.current_organization_id()
    opening = openings.signed(organization_id)
    first: list[dict[str, Any]] = [{"opening": opening}] if opening else []
    events = ({"seq": seq, "event": text, "hash": value} for seq, text, value in _export(organization_id))
    return (json.dumps(line) + "\n" for line in chain(first, events))


def _export(organization_id: UUID) -> Iterator[tuple[int, str, str]]:
    last = 0
    while rows := _exported_after(organization_id, last, EVENTS_A_QUERY):
        yield from rows
        last = rows[-1][0]


def _exported_after(organization_id: UUID, seq: int, limit: int) -> list[tuple[int, str, str]]:
    statement = Statement(
        """
        SELECT seq, audit_canonical(organization_id, seq, id, kind, created_at, actor, reason, data),
            encode(hash, 'hex')
        FROM audit_event WHERE organization_id = %s AND seq > %s ORDER BY seq LIMIT %s
        """,
        (organization_id, seq, limit),
    )
    with tenancy.organization(organization_id):
        [rows] = run_batch(statement)
    return [(seq, text, value) for seq, text, value in rows]


def account_events(user_id: UUID, *, limit: int) -> list[dict[str, Any]]:
    """Return the newest events about a person's account in the platform's chain: kind, instant, data."""
    with tenancy.system():
        own = [kind for kind, event in KINDS.items() if SeenBy.PERSON in event.seen_by]
        events = Event.objects.filter(organization_id=PLATFORM, kind__in=own, data__user=str(user_id))
        return [{**row} for row in events.order_by("-seq").values("kind", "created_at", "data")[:limit]]
