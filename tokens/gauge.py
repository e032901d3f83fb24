"""Find the ledger lines at which a balance falls below a warning level. Pure.

Note [Once a crossing]
    What counts is what is not spent yet, held tokens included: a hold that is released is no crossing. The
    marks are 20 %, 5 % and 0 of the present allowance; without one, of the last grant. Spending, or a
    refund taken back, to or below a mark warns of it, once. A grant that lifts the balance above a mark arms
    it again. Tokens that expire do not warn: the next allowance mostly comes a moment later. Overage does not
    count: it is billed as it is spent, and whoever comes to it should know.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tokens.kinds import EntryKind, Source

MARKS = (20, 5, 0)
"""Percent of the reference; level 1 is at or below the first, level 3 is nothing left."""

FILLS = frozenset({EntryKind.GRANT, EntryKind.GIFT, EntryKind.ADJUST, EntryKind.REINSTATE})
DRAINS = frozenset({EntryKind.SETTLE, EntryKind.CLAWBACK})


@dataclass(frozen=True)
class LedgerLine:
    """A line of the ledger, with the bucket that it is about."""

    seq: int
    kind: str
    tokens: int
    held: int
    at: datetime
    source: str
    granted: int
    expires_at: datetime | None


@dataclass(frozen=True)
class Reading:
    """The state after line `entry_seq`: the unspent total, what it is compared with, and the level last notified."""

    entry_seq: int = 0
    total: int = 0
    reference: int = 0
    reference_until: datetime | None = None
    level: int = 0


def level(total: int, reference: int) -> int:
    """Return how many marks the total is at or below."""
    return sum(100 * total <= mark * reference for mark in MARKS)


def after(reading: Reading, line: LedgerLine) -> tuple[Reading, bool]:
    """Return the gauge after one more line, and whether a mark was crossed downward."""
    if line.source == Source.OVERAGE:
        return replace(reading, entry_seq=line.seq), False
    moved = replace(reading, entry_seq=line.seq, total=reading.total + line.tokens + line.held)
    if line.kind in FILLS:
        filled = _filled(moved, line)
        return replace(filled, level=min(filled.level, level(filled.total, filled.reference))), False
    now = level(moved.total, moved.reference)
    if line.kind in DRAINS and now > moved.level:
        return replace(moved, level=now), True
    return moved, False


def _filled(reading: Reading, line: LedgerLine) -> Reading:
    if line.kind == EntryKind.REINSTATE:
        return reading
    if line.source == Source.PLAN:
        same_period = reading.reference_until == line.expires_at
        before = reading.reference if same_period else 0
        return replace(reading, reference=before + line.granted, reference_until=line.expires_at)
    if reading.reference_until is not None and reading.reference_until > line.at:
        return reading
    return replace(reading, reference=line.granted, reference_until=None)
