"""Sign openings anew when the key that signed them is not to be trusted any more: their files are asked first.

Note [What a leaked key proves]
    Who knows the key and owns the database could have written an opening that says anything. So the signature counts
    for nothing here, and the files decide: each is there, is the one that its opening names, leads from event 1 to the
    opening's hash past everything that was noted, and comes to its sums. What is in the database goes on from there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from audit import chain, detached, openings, proof
from audit import queries as audit
from audit.chain import ChainBroken
from audit.openings import Opening
from saas.kernel import tenancy
from saas.kernel.actor import current_actor_json
from saas.kernel.transactions import Statement, run_batch
from tokens.history import NO_DAMAGE, HistoryDamaged, require_undamaged

UNSIGNED = (*NO_DAMAGE, "signed")
"""The ledger's checks that say nothing of what was written; that an opening is not signed is why we are here."""
Subject = tuple[str | None, ...]
Sums = dict[Subject, Counter[str]]
"""Of what, how many lines, and what they come to."""
TOTALS = ("available", "held", "debt", "outside")


def to_sign(organization_id: UUID, *, key: str, folder: Path) -> list[Opening]:
    """Return the openings of an organization that name the key, once all of its openings are what their files say.

    Raises HistoryDamaged where they are not. Needs the system context. See Note [What a leaked key proves].
    """
    noted = require_undamaged(organization_id, passing=UNSIGNED)
    before, written, found = None, Written(), openings.of(organization_id)
    for opening in found:
        try:
            _require_as_written(opening, before, written, folder, noted)
        except (ValueError, KeyError, TypeError):
            raise HistoryDamaged(f"opening {opening.number} does not say what one says.") from None
        before = opening
    _require_going_on(organization_id, before, noted)
    return [opening for opening in found if opening.key == key]


def _require_as_written(
    opening: Opening, before: Opening | None, written: "Written", folder: Path, noted: Mapping[int, str]
) -> None:
    """Raise HistoryDamaged unless an opening is what its file and those before it say."""
    if opening.key in proof.public_keys() and not openings.is_signed(opening):
        raise HistoryDamaged(f"opening {opening.number} is not what the key that it names has signed.")
    if why := openings.contradiction(opening, before) or detached.breach(folder, opening, before, noted):
        raise HistoryDamaged(f"opening {opening.number}: {why}.")
    written.read(detached.read(folder, opening))
    if (differs := written.difference(opening)) is not None:
        raise HistoryDamaged(f"opening {opening.number} does not say what its files come to: {differs}.")


def sign(opening: Opening) -> None:
    """Sign an opening with the present key, and record that; what it says stays. Needs the system context."""
    statement = Statement(
        "SELECT audit_sign_opening(%s, %s, %s, %s, %s)",
        [opening.organization_id, opening.text, *proof.sign(opening.text), current_actor_json()],
    )
    run_batch(statement)


def _require_going_on(organization_id: UUID, last: Opening | None, noted: Mapping[int, str]) -> None:
    """Raise HistoryDamaged unless the events that are here go on from the last opening."""
    start = detached.begin_of(last)
    later = {seq: value for seq, value in noted.items() if seq > start.events}
    with tenancy.organization(organization_id):
        try:
            chain.verify(audit.export(), noted=later, start=start)
        except ChainBroken as broken:
            raise HistoryDamaged(f"the chain does not go on from the openings: {broken}.") from None


@dataclass
class Written:
    """What an organization's files come to, up to the last one that was read: what an opening must say."""

    gone: set[str] = field(default_factory=set)
    holds: int = 0
    entries: Sums = field(default_factory=dict)
    events: Sums = field(default_factory=dict)

    def read(self, lines: Any) -> None:
        """Add one more file."""
        self.holds = 0
        for line in lines:
            if (entry := line.get("entry")) is not None:
                of_bucket = (entry["bucket_id"], entry["transaction_id"], entry["kind"])
                _add(self.entries, of_bucket, {name: entry[name] for name in ("tokens", "held", "debt")})
            elif (hold := line.get("hold")) is not None:
                self.gone.add(hold["id"])
                self.holds += 1
            elif _is_counted(kind := line["event"]["kind"]):
                data = line["event"]["data"]
                subject = (kind, data.get("transaction") or data.get("bucket"))
                _add(self.events, subject, {"tokens": data.get("tokens") or 0})

    def difference(self, opening: Opening) -> str | None:
        """Return the first figure that an opening says differently, or None."""
        says = opening.says
        entries, events = self._entries(), self._events()
        sums = Counter[str]()
        for each in entries.values():
            sums.update(each)
        totals = (sums["tokens"], sums["held"], sums["debt"], sums["debt"] - sums["tokens"] - sums["held"])
        figures: dict[str, tuple[Any, Any]] = {
            **{name: (says.get(name), total) for name, total in zip(TOTALS, totals, strict=True)},
            "holds": (says.get("holds"), self.holds),
            "entry_seq": (says.get("entry_seq"), sums["lines"]),
            "entries": (_grouped(says["entries"], ("bucket", "transaction", "kind")), entries),
            "events": (_grouped(says["events"], ("kind", "subject")), events),
        }
        return next((name for name, (said, counted) in figures.items() if said != counted), None)

    def _entries(self) -> Sums:
        """Return the sums of entries, those of holds that are gone with their bucket's."""
        folded: Sums = {}
        for (bucket, transaction, kind), sums in self.entries.items():
            subject = (bucket, None if transaction in self.gone else transaction, kind)
            folded.setdefault(subject, Counter()).update(sums)
        return folded

    def _events(self) -> Sums:
        return {subject: sums for subject, sums in self.events.items() if subject[1] not in self.gone}


def _is_counted(kind: str) -> bool:
    return kind.startswith("hold.") or kind in ("tokens.granted", "tokens.expired")


def _add(sums: Sums, subject: Subject, figures: dict[str, int]) -> None:
    sums.setdefault(subject, Counter()).update({"lines": 1, **figures})


def _grouped(rows: Sequence[dict[str, Any]], names: tuple[str, ...]) -> Sums:
    """Return an opening's sums by these names; what it keeps apart besides (when a debt was repaid) is added up."""
    grouped: Sums = {}
    for row in rows:
        figures = {name: row[name] for name in ("lines", "tokens", "held", "debt") if name in row}
        grouped.setdefault(tuple(row[name] for name in names), Counter()).update(figures)
    return grouped
