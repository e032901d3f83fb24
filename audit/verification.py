"""Verify the chains in the database, by their hashes and against the signed checkpoints; take checkpoints.

A chain of which events were moved into files is verified from its signed opening on; the files, where they are given.

The context decides what is checked: `tenancy.system()` shows all chains, an organization its own.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID

from audit import checkpoints, detached, openings
from audit.checkpoints import Checkpoint, UnreadableLine
from audit.openings import Covered
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.transactions import Statement, run_batch

logger = logging.getLogger(__name__)

NOTES_A_QUERY = 10_000


@dataclass(frozen=True)
class HistoryBreach:
    """A place where history was changed: `found_by` chain, checkpoint, signature or file."""

    found_by: str
    organization_id: UUID | None
    detail: str


@dataclass(frozen=True)
class AuditVerification:
    """How much was checked, what is in files and how many of these were checked, and what was found."""

    chains: int
    events: int
    checkpoints: int
    covered: Covered
    files: int
    breaches: list[HistoryBreach]


def verify(files: Path | None = None) -> AuditVerification:
    """Check every hash of every chain from its opening on, each opening's signature, and that every note is still true.

    With the folder of detached files, check also that each is there, unchanged and the beginning of its chain.
    """
    # Notes first: what they record was committed before, so the database read after has it.
    notes = [note for note in checkpoints.read() if _visible(note)]
    chains, breaches = _chains()
    breaches += [HistoryBreach("signature", each.organization_id, each.detail) for each in openings.breaches()]
    breaches += _contradictions(notes)
    checked = [] if files is None else list(_files(files, notes))
    breaches += [breach for breach in checked if breach is not None]
    return AuditVerification(len(chains), sum(chains), len(notes), openings.covered(), len(checked), breaches)


def _files(folder: Path, notes: Iterable[Checkpoint | UnreadableLine]) -> Iterator[HistoryBreach | None]:
    """Check the file of each opening, also of one that no known key signed; return what is wrong with it, or None."""
    noted: dict[UUID, dict[int, str]] = {}
    for note in notes:
        if isinstance(note, Checkpoint):
            noted.setdefault(note.organization, {})[note.seq] = note.hash
    for opening, before in openings.read():
        why = detached.breach(folder, opening, before, noted.get(opening.organization_id, {}))
        yield HistoryBreach("file", opening.organization_id, why) if why else None


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
    """Return the notes whose event is no longer in its chain, or has another hash.

    Of what was detached the opening's own event alone is compared: `verify` with the files compares the others.
    """
    remaining = iter(notes)
    while batch := list(islice(remaining, NOTES_A_QUERY)):
        statement = Statement(
            """
            SELECT n.place
            FROM unnest(%s::uuid[], %s::bigint[], %s::text[])
                WITH ORDINALITY AS n (organization_id, seq, hash, place)
            LEFT JOIN audit_event e USING (organization_id, seq)
            LEFT JOIN audit_beginning b USING (organization_id)
            WHERE CASE WHEN n.seq < b.event_seq THEN false
                WHEN n.seq = b.event_seq THEN b.opening ->> 'event_hash' <> n.hash
                ELSE encode(e.hash, 'hex') IS DISTINCT FROM n.hash END
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

    Safe twice and at once: the file is locked. A chain that contradicts its last note, or begins with an opening that
    cannot be trusted, is not noted again but reported in the log, every time: `verify_audit` says more.
    """
    with checkpoints.writing() as notes:
        newest, now = notes.newest(), database_now().isoformat()
        # Before the checks: what is noted is what they saw, or older.
        [heads] = run_batch(Statement("SELECT organization_id, seq, encode(hash, 'hex') FROM audit_chain_head"))
        broken = {note.organization for note in contradicted(newest.values())}
        for organization_id in broken:
            logger.error("the audit chain of %s contradicts its checkpoint", organization_id)
        for breach in openings.breaches():
            logger.error("the audit chain of %s cannot be trusted: %s", breach.organization_id, breach.detail)
            broken.add(breach.organization_id)
        moved = [
            Checkpoint(organization_id, seq, head, now)
            for organization_id, seq, head in heads
            if organization_id not in broken and (organization_id not in newest or newest[organization_id].seq < seq)
        ]
        notes.add(moved)
    return len(moved)
