"""Reading the stream on from where a reader stopped: every event reaches it once, however many workers read.

Note [A position and what came of it]
    A reader's position in a chain moves on in the commit that keeps what the reader made of the events. The
    position's row is locked meanwhile and skipped by other workers: two of them, a late one or a killed one
    neither take an event twice nor forget it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.models import Event
from saas.kernel import tenancy
from saas.kernel.transactions import Statement, require_transaction, together, transaction

CHAINS_A_COMMIT = 500
EVENTS_A_CHAIN = 2_000
"""How much is taken in one commit at most; a reader that was away for long catches up piece by piece."""


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
"""Makes something of events, oldest first in each chain, in the reader's transaction; returns how much."""


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
    _, [(seq,)] = together(
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
    together(
        Statement(
            "INSERT INTO audit_reader_position (reader, organization_id, seq)"
            " SELECT %s, organization_id, 0 FROM audit_chain_head ON CONFLICT DO NOTHING",
            [reader],
        )
    )


def read_on(reader: str, *, kinds: Collection[str], take: Take) -> int:
    """Hand every unread event of these kinds to `take`; return the sum of its answers. Needs the system context."""
    return sum(iter(lambda: _read_some(reader, kinds, take), None))


def _read_some(reader: str, kinds: Collection[str], take: Take) -> Any:
    """Read on in some chains that no other worker reads; return what that made, None at the end."""
    with transaction():
        unread = _claim_chains(reader)
        if not unread:
            return None
        made = take(_events(unread, kinds))
        together(
            Statement(
                "UPDATE audit_reader_position p SET seq = u.upto FROM unnest(%s::uuid[], %s::bigint[]) AS u (id, upto)"
                " WHERE p.reader = %s AND p.organization_id = u.id",
                [[piece.organization_id for piece in unread], [piece.upto for piece in unread], reader],
            )
        )
    return made


def _claim_chains(reader: str) -> list[Unread]:
    [rows] = together(
        Statement(
            "SELECT p.organization_id, p.seq, least(h.seq, p.seq + %s) FROM audit_reader_position p"
            " JOIN audit_chain_head h USING (organization_id)"
            " WHERE p.reader = %s AND p.seq < h.seq LIMIT %s FOR UPDATE OF p SKIP LOCKED",
            [EVENTS_A_CHAIN, reader, CHAINS_A_COMMIT],
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
    return [StreamEvent(e.organization_id, e.id, e.seq, e.kind, e.created_at, e.data) for e in found]
