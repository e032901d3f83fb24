"""Verify the chains in the database, by their hashes and against the signed checkpoints; take checkpoints.

The context decides what is checked: `tenancy.system()` shows all chains, an organization its own.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from audit import checkpoints
from audit.checkpoints import Checkpoint, UnreadableLine
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.transactions import Statement, run_batch

logger = logging.getLogger(__name__)

NOTES_A_QUERY = 10_000


@dataclass(frozen=True)
class HistoryBreach:
    """A place where history was changed: `found_by` chain, checkpoint or signature."""

    found_by: str
    organization_id: UUID | None
    detail: str


@dataclass(frozen=True)
class AuditVerification:
    """How much was checked, and what was found."""

    chains: int
    events: int
    checkpoints: int
    breaches: list[HistoryBreach]


def verify() -> AuditVerification:
    """Check every hash of every chain, and that every note is still true."""
    # Notes first: what they record was committed before, so the database read after has it.
    notes = [note for note in checkpoints.read() if _visible(note)]
    chains, breaches = _chains()
    return AuditVerification(len(chains), sum(chains), len(notes), [*breaches, *_contradictions(notes)])


def _visible(note: Checkpoint | UnreadableLine) -> bool:
    organization_id = tenancy.acting_for()
    return organization_id is None or (isinstance(note, Checkpoint) and note.organization == organization_id)


def _chains() -> tuple[list[int], list[HistoryBreach]]:
    """Return each chain's number of events, and the broken chains."""
    [rows] = run_batch(Statement("SELECT organization_id, events, broken_seq FROM audit_verify()"))
    broken = [
        HistoryBreach("chain", organization_id, f"broken at event {seq}")
        for organization_id, _, seq in rows
        if seq is not None
    ]
    return [events for _, events, _ in rows], broken


def _contradictions(notes: Iterable[Checkpoint | UnreadableLine]) -> Iterator[HistoryBreach]:
    for note in notes:
        if isinstance(note, UnreadableLine):
            with_key = f" with a key of ours: it names {note.key}, see SECRET_KEY_FALLBACKS" if note.key else ""
            yield HistoryBreach("signature", None, f"line {note.line} of the checkpoints is not signed{with_key}")
    for note in contradicted(note for note in notes if isinstance(note, Checkpoint)):
        yield HistoryBreach("checkpoint", note.organization, f"event {note.seq} is not what was noted at {note.at}")


def contradicted(notes: Iterable[Checkpoint]) -> Iterator[Checkpoint]:
    """Return the notes whose event is no longer in its chain, or has another hash."""
    remaining = iter(notes)
    while batch := list(islice(remaining, NOTES_A_QUERY)):
        statement = Statement(
            """
            SELECT n.place
            FROM unnest(%s::uuid[], %s::bigint[], %s::text[])
                WITH ORDINALITY AS n (organization_id, seq, hash, place)
            LEFT JOIN audit_event e USING (organization_id, seq)
            WHERE encode(e.hash, 'hex') IS DISTINCT FROM n.hash
            """,
            [
                [note.organization for note in batch],
                [note.seq for note in batch],
                [note.hash for note in batch],
            ],
        )
        [rows] = run_batch(statement)
        yield from (batch[place - 1] for (place,) in rows)


def note_heads() -> int:
    """Note every chain that has moved since its last note; return how many. Needs the system context.

    Safe twice and at once: the file is locked. A chain that contradicts its last note is not noted again
    but reported in the log, every time: `verify_audit` says more.
    """
    with checkpoints.writing() as notes:
        newest = notes.newest()
        broken = {note.organization for note in contradicted(newest.values())}
        for organization_id in broken:
            logger.error("the audit chain of %s contradicts its checkpoint", organization_id)
        now = database_now().isoformat()
        [heads] = run_batch(Statement("SELECT organization_id, seq, encode(hash, 'hex') FROM audit_chain_head"))
        moved = [
            Checkpoint(organization_id, seq, head, now)
            for organization_id, seq, head in heads
            if organization_id not in broken and (organization_id not in newest or newest[organization_id].seq < seq)
        ]
        notes.add(moved)
    return len(moved)
