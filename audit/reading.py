"""Read new events of the audit log from a reader's position on: each event once, however many workers read.

Note [A position and what came of it]
    A reader's position in a chain moves on in the commit that keeps what the reader made of the events. The
    position's row is locked meanwhile and skipped by other workers: two of them, a late one or a killed one
    neither take an event twice nor forget it.

Note [One bad event]
    A commit takes a piece of one chain, so it holds the locks of one organization. If it fails, the piece is read
    event by event, and the event that fails is set aside: Note [Set aside] in `saas.kernel.items`. The reader goes on
    behind it and comes back to it later, so that event may arrive after younger ones.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError

from audit.models import Event
from saas.kernel import tenancy
from saas.kernel.items import due, for_each, set_aside, set_aside_by, solve
from saas.kernel.transactions import Statement, require_transaction, run_batch, transaction

CHAINS_AT_ONCE = 200
"""How many chains are looked at together; each has a commit of its own."""
EVENTS_A_CHAIN = 200
"""How much is taken in one commit at most; a reader that was away for long catches up piece by piece."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamEvent:
    """An event as readers get it."""

    organization_id: UUID
    id: UUID
    seq: int
    kind: str
    created_at: datetime
    data: dict[str, Any]


Take = Callable[[Sequence[StreamEvent]], int]
"""Makes something of events of one chain, oldest first, in the reader's transaction; returns how much."""


@dataclass(frozen=True)
class Unread:
    """A piece of a chain after the reader's position: the events after `seq`, up to `upto`."""

    organization_id: UUID
    seq: int
    upto: int


def follow(reader: str) -> int:
    """Let the reader follow this organization's chain from its present end on; return that end's number.

    A reader that follows it already stays where it is. The caller is `serialized()`: the end stands still.
    """
    require_transaction()
    organization_id = tenancy.current_organization_id()
    _, [(seq,)] = run_batch(
        Statement(
            "INSERT INTO audit_reader_position (reader, organization_id, seq)"
            " SELECT %s, organization_id, seq FROM audit_chain_head WHERE organization_id = %s ON CONFLICT DO NOTHING",
            [reader, organization_id],
        ),
        Statement("SELECT seq FROM audit_chain_head WHERE organization_id = %s", [organization_id]),
    )
    return int(seq)


def follow_all(reader: str) -> None:
    """Let the reader follow every chain from its beginning. Needs the system context."""
    run_batch(
        Statement(
            "INSERT INTO audit_reader_position (reader, organization_id, seq)"
            " SELECT %s, organization_id, 0 FROM audit_chain_head ON CONFLICT DO NOTHING",
            [reader],
        )
    )


def read_on(reader: str, *, kinds: Collection[str], take: Take) -> int:
    """Hand every unread event of these kinds to `take`; return the sum of its answers. Needs the system context.

    An event that `take` cannot do anything with is set aside, and tried again later; see Note [One bad event].
    """
    made = _take_again(reader, take)
    while (moved := _read_all(reader, kinds, take)) is not None:
        made += moved
    return made


def _read_all(reader: str, kinds: Collection[str], take: Take) -> int | None:
    """Read on in every chain, a piece of each; return what that made, None where nothing was left to read."""
    made, has_moved = 0, False
    after: UUID | None = None
    aside = set_aside_by(reader)
    while pieces := _unread(reader, after):
        after = pieces[-1].organization_id
        pieces = [piece for piece in pieces if aside.get(str(piece.organization_id), True)]
        events = {organization_id: list(chain) for organization_id, chain in groupby(_events(pieces, kinds), _chain_of)}
        has_moved |= _skip_quiet(reader, [piece for piece in pieces if piece.organization_id not in events])
        for piece in pieces:
            if piece.organization_id in events:
                taken = _read_chain(reader, piece, events[piece.organization_id], take)
                has_moved |= taken is not None
                made += taken or 0
                if taken is not None and str(piece.organization_id) in aside:
                    solve(reader, [str(piece.organization_id)])
    return made if has_moved else None


def _chain_of(event: StreamEvent) -> UUID:
    return event.organization_id


def _read_chain(reader: str, piece: Unread, events: Sequence[StreamEvent], take: Take) -> int | None:
    """Take a chain's piece in one commit, or its events one by one; return what that made, None if nothing was read."""
    try:
        return _take(reader, piece, events, take)
    except (OperationalError, InterfaceError) as busy:  # of the moment, not of an event
        set_aside(reader, str(piece.organization_id), piece.organization_id, busy)
        return None
    except Exception:
        logger.warning("%s: a piece of %s is read event by event", reader, piece.organization_id, exc_info=True)
    return _take_one_by_one(reader, piece, events, take)


def _take_one_by_one(reader: str, piece: Unread, events: Sequence[StreamEvent], take: Take) -> int | None:
    made, seq = 0, piece.seq
    for event in events:
        step = Unread(piece.organization_id, seq, event.seq)
        try:
            taken = _take(reader, step, [event], take)
        except (OperationalError, InterfaceError) as busy:
            set_aside(reader, str(piece.organization_id), piece.organization_id, busy)
            return made
        except Exception as error:
            # Set aside before the position moves on: a crash in between has it tried once more.
            set_aside(reader, str(event.id), event.organization_id, error)
            taken = _take(reader, step, [], take)
        if taken is None:
            return made
        made, seq = made + taken, event.seq
    _take(reader, Unread(piece.organization_id, seq, piece.upto), [], take)
    return made


def _take(reader: str, piece: Unread, events: Sequence[StreamEvent], take: Take) -> int | None:
    """Take events and move the reader on, in one commit; None where another worker reads this chain."""
    with transaction():
        [claimed] = run_batch(
            Statement(
                "SELECT 1 FROM audit_reader_position WHERE reader = %s AND organization_id = %s AND seq = %s"
                " FOR UPDATE SKIP LOCKED",
                [reader, piece.organization_id, piece.seq],
            )
        )
        if not claimed:
            return None
        made = take(events) if events else 0
        _move(reader, [piece])
    return made


def _take_again(reader: str, take: Take) -> int:
    """Try the events again that were set aside and are due; return what that made."""
    waiting = {item.item: item for item in due(reader) if item.item != str(item.organization_id)}
    events = Event.objects.filter(id__in=list(waiting)).order_by("organization_id", "seq")

    def take_one(event: StreamEvent) -> int:
        with transaction():
            return take([event])

    return sum(for_each(reader, [_stream_event(event) for event in events], take_one, key=lambda event: event.id))


def _skip_quiet(reader: str, pieces: Sequence[Unread]) -> bool:
    """Move the reader on where nothing is for it; return whether any chain was moved."""
    if not pieces:
        return False
    return _move(reader, pieces) > 0


def _move(reader: str, pieces: Sequence[Unread]) -> int:
    """Move the reader to the ends of the pieces, of those that nobody else reads; return how many."""
    [moved] = run_batch(
        Statement(
            """
            WITH mine AS (
                SELECT p.organization_id, u.upto
                FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS u (id, seq, upto)
                JOIN audit_reader_position p ON p.organization_id = u.id AND p.reader = %s AND p.seq = u.seq
                ORDER BY p.organization_id FOR UPDATE OF p SKIP LOCKED
            )
            UPDATE audit_reader_position p SET seq = mine.upto FROM mine
            WHERE p.reader = %s AND p.organization_id = mine.organization_id RETURNING 1
            """,
            [
                [piece.organization_id for piece in pieces],
                [piece.seq for piece in pieces],
                [piece.upto for piece in pieces],
                reader,
                reader,
            ],
        )
    )
    return len(moved)


def _unread(reader: str, after: UUID | None) -> list[Unread]:
    """Return the unread pieces of some chains, in the order of their ids, from `after` on."""
    [rows] = run_batch(
        Statement(
            "SELECT p.organization_id, p.seq, least(h.seq, p.seq + %s) FROM audit_reader_position p"
            " JOIN audit_chain_head h USING (organization_id)"
            " WHERE p.reader = %s AND p.seq < h.seq AND (%s::uuid IS NULL OR p.organization_id > %s)"
            " ORDER BY p.organization_id LIMIT %s",
            [EVENTS_A_CHAIN, reader, after, after, CHAINS_AT_ONCE],
        )
    )
    return [Unread(*row) for row in rows]


def _events(unread: Sequence[Unread], kinds: Collection[str]) -> list[StreamEvent]:
    """Return the events of these kinds, chain by chain, oldest first."""
    found = Event.objects.raw(
        """
        SELECT e.* FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS u (id, seq, upto)
        JOIN audit_event e ON e.organization_id = u.id AND e.seq > u.seq AND e.seq <= u.upto
        WHERE e.kind = ANY(%s) ORDER BY e.organization_id, e.seq
        """,
        [
            [piece.organization_id for piece in unread],
            [piece.seq for piece in unread],
            [piece.upto for piece in unread],
            list(kinds),
        ],
    )
    return [_stream_event(event) for event in found]


def _stream_event(event: Event) -> StreamEvent:
    return StreamEvent(event.organization_id, event.id, event.seq, event.kind, event.created_at, event.data)
