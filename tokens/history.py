"""Move the oldest history of organizations into files: events, ledger entries, and the holds that are over.

Note [Detached, provably]
    A file is written, on the disk and read again before a row is deleted. The SQL function that deletes computes the
    sums and the file's SHA-256 from the rows themselves, and refuses an opening that says anything else. A piece is one
    commit: a kill leaves history either whole here, with a file that nothing names, or in the file. Repeating goes on.
    Damage does not leave: the ledger's checks, the chain and its checkpoints come first.
"""

import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any
from uuid import UUID

from audit import chain, checkpoints, detached, openings, proof
from audit import queries as audit
from audit.actions import PLATFORM
from audit.chain import Chain, ChainBroken
from audit.verification import contradicted
from saas.kernel import tenancy
from saas.kernel.actor import current_actor_json
from saas.kernel.errors import Invalid
from saas.kernel.serialization import as_json
from saas.kernel.transactions import Row, Statement, run_batch
from tokens import verification

EVENTS_A_FILE = 10_000
"""A file of about 12 MB, held in memory; the deleting commit computes it anew."""
EVENTS_AT_MOST = 1_000_000_000
MONTHS_KEPT = 13
"""A year and a month: the usage page, a year's reports, disputes, and every window for repeating are younger."""
NO_DAMAGE = ("stale",)
"""The check of what is late: a hold that waits to be swept says nothing of what was written."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Detachable:
    """What of an organization's history can leave: up to which numbers, how many rows, and how many bytes of file."""

    organization_id: UUID
    event_seq: int
    entry_seq: int
    events: int
    entries: int
    holds: int
    size_bytes: int


@dataclass(frozen=True)
class DetachedPiece:
    """What left: how many rows, and for which file."""

    path: Path
    events: int
    entries: int
    holds: int


class HistoryDamaged(RuntimeError):
    """What would leave is not what was written once: it stays, so that the verifiers go on reporting it."""


def require_old_enough(before: datetime) -> None:
    """Raise Invalid for an instant within the months that are kept."""
    [[(latest,)]] = run_batch(Statement(f"SELECT clock_timestamp() - interval '{MONTHS_KEPT} months'"))
    if before > latest:
        raise Invalid(
            f"The last {MONTHS_KEPT} months stay in the database: pages, exports, refunds and disputes need them. "
            f"Choose a day up to {latest:%Y-%m-%d}."
        )


def organizations() -> list[UUID]:
    """Return the organizations with history. Milepost's own chain stays whole. Needs the system context."""
    statement = Statement(
        "SELECT organization_id FROM audit_chain_head WHERE organization_id <> %s ORDER BY organization_id", [PLATFORM]
    )
    return [organization_id for (organization_id,) in run_batch(statement)[0]]


def detachable(organization_id: UUID, *, before: datetime) -> Detachable | None:
    """Return what `detach` would move in all, or None for nothing. Needs the system context."""
    if (end := _end(organization_id, before, EVENTS_AT_MOST)) is None:
        return None
    statement = Statement(
        """
        SELECT count(*) FILTER (WHERE part = 1), count(*) FILTER (WHERE part = 2), count(*) FILTER (WHERE part = 3),
            sum(octet_length(line) + 1)::bigint
        FROM tokens_history_lines(%s, %s, %s)
        """,
        [organization_id, *end],
    )
    [[row]] = run_batch(statement)
    return Detachable(organization_id, *end, *row)


def require_sound(plan: Detachable) -> None:
    """Raise HistoryDamaged where `detach` would refuse the plan: the same checks, before anything is written.

    Needs the system context.
    """
    noted = require_undamaged(plan.organization_id)
    start = detached.begin_of(openings.newest(plan.organization_id))
    between = {seq: value for seq, value in noted.items() if start.events < seq <= plan.event_seq}
    with tenancy.organization(plan.organization_id):
        leaving = takewhile(lambda event: event[0] <= plan.event_seq, audit.export())
        try:
            end = chain.verify(leaving, noted=between, start=start)
        except ChainBroken as broken:
            raise _broken(broken) from None
    if end.events != plan.event_seq:
        raise _broken(ChainBroken(end.events, "the events end here"))


def detach(organization_id: UUID, *, before: datetime, folder: Path) -> Iterator[DetachedPiece]:
    """Move an organization's history before an instant into files, a piece a commit. Needs the system context.

    Raises HistoryDamaged where what would leave is not sound, OSError or FileDamaged where a file cannot be written,
    DatabaseError where the history changed meanwhile: the piece is still in the database then.
    """
    noted: dict[int, str] | None = None
    while (end := _end(organization_id, before, EVENTS_A_FILE)) is not None:
        if noted is None:
            noted = require_undamaged(organization_id)
        yield _detach_piece([organization_id, *end], before, folder, noted)


def require_undamaged(organization_id: UUID, *, passing: Collection[str] = NO_DAMAGE) -> dict[int, str]:
    """Return what checkpoints noted of the chain, by the event; raise HistoryDamaged for a breach in what is here.

    The ledger's checks whose names are `passing` may find something.
    """
    with tenancy.organization(organization_id):
        found = [each for each in verification.verify().findings if each.cases and each.check.name not in passing]
    if found:
        first = found[0]
        raise HistoryDamaged(
            f"verify_ledger finds a breach, {first.check.of} {first.check.name}: {first.organizations[0].example}. "
            f"Nothing leaves before it is mended: a file would keep it for good."
        )
    notes = list(checkpoints.of(organization_id))
    for note in contradicted(notes):
        raise HistoryDamaged(f"event {note.seq} is not what was noted at {note.at}: see verify_audit. Nothing leaves.")
    return {note.seq: note.hash for note in notes}


def _end(organization_id: UUID, before: datetime, events: int) -> Row | None:
    """Return the numbers of the last event and entry that can leave, `events` at most; None where none can."""
    statement = Statement(
        "SELECT event_seq, coalesce(entry_seq, 0) FROM tokens_history_end(%s, %s, %s)",
        [organization_id, before, events],
    )
    [[row]] = run_batch(statement)
    return None if row[0] is None else row


def _broken(broken: ChainBroken) -> HistoryDamaged:
    return HistoryDamaged(f"the chain is broken at {broken}. See verify_audit. Nothing leaves.")


def _detach_piece(up_to: Sequence[Any], before: datetime, folder: Path, noted: Mapping[int, str]) -> DetachedPiece:
    """Move what is up to these numbers of an organization: its id, the last event's and the last entry's."""
    lines, [(opening,)] = run_batch(
        Statement("SELECT line FROM tokens_history_lines(%s, %s, %s) ORDER BY part, place", up_to),
        Statement("SELECT tokens_history_opening(%s, %s, %s)::text", up_to),
    )
    says = json.loads(opening)
    start, end = detached.begin_of(openings.newest(up_to[0])), Chain(up_to[1], says["event_hash"])
    try:
        detached.require_chain(chain.read(line for (line,) in lines), start=start, end=end, noted=noted)
    except ChainBroken as broken:
        raise _broken(broken) from None
    content = "".join(f"{line}\n" for (line,) in lines).encode()
    digest = sha256(content).hexdigest()
    path = folder / detached.name_of(str(up_to[0]), says["number"], digest)
    detached.write(path, content)
    about = as_json({"before": before.isoformat(), "file": path.name, "sha256": digest})
    [[(text,)]] = run_batch(Statement("SELECT (%s::jsonb || %s::jsonb)::text", [opening, about]))
    statement = Statement(
        "SELECT events, entries, holds FROM tokens_detach(%s, %s, %s, %s)",
        [text, *proof.sign(text), current_actor_json()],
    )
    [[gone]] = run_batch(statement)
    logger.info("%s: events up to %s, entries up to %s are in %s", *up_to, path.name)
    return DetachedPiece(path, *gone)
