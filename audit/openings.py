"""Openings: what chains and ledgers begin from where older rows were moved into files; their signatures.

An opening is signed as a proof is, by the Ed25519 key of SECRET_KEY, so that a stranger can check it. It names its key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit import proof
from audit.models import Opening as Opening
from saas.kernel import tenancy
from saas.kernel.clock import as_text
from saas.kernel.transactions import Statement, run_batch

OPENINGS_A_QUERY = 500


@dataclass(frozen=True)
class OpeningBreach:
    """An opening that cannot be trusted, and why."""

    organization_id: UUID
    detail: str


@dataclass(frozen=True)
class Beginning:
    """From where on an organization's history is in the database: after these numbers, and these instants."""

    event_seq: int
    events_until: datetime
    entry_seq: int
    entries_until: datetime | None
    balance: int


@dataclass(frozen=True)
class Covered:
    """How much of the visible history is in files: of how many organizations, and how many rows in all."""

    organizations: int
    events: int
    entries: int


def read() -> Iterator[tuple[Opening, Opening | None]]:
    """Return every opening that the context shows, each with the one before it, by organization and number."""
    before: Opening | None = None
    rows = Opening.objects.order_by("organization_id", "number")
    found = list(rows[:OPENINGS_A_QUERY])
    while found:
        for opening in found:
            yield opening, before if before and before.organization_id == opening.organization_id else None
            before = opening
        last = {"organization_id": found[-1].organization_id, "number__gt": found[-1].number}
        found = list(rows.filter(Q(**last) | Q(organization_id__gt=last["organization_id"]))[:OPENINGS_A_QUERY])


def covered() -> Covered:
    """Return how much of the history that the context shows is in files."""
    sums = (
        "SELECT count(*), coalesce(sum(event_seq), 0)::bigint, coalesce(sum(entry_seq), 0)::bigint FROM audit_beginning"
    )
    [[row]] = run_batch(Statement(sums))
    return Covered(*row)


def is_signed(opening: Opening) -> bool:
    """Return True if a key of ours signed what the opening says."""
    return proof.has_signed(opening.text, opening.signature, opening.key)


def breaches() -> Iterator[OpeningBreach]:
    """Return the openings that no key of ours has signed, that say something else than their row, or that miss one."""
    for opening, before in read():
        if why := _breach(opening, before):
            yield OpeningBreach(opening.organization_id, f"opening {opening.number} {why}")


def _breach(opening: Opening, before: Opening | None) -> str:
    if not is_signed(opening):
        return f"is not signed with a key of ours: it names {opening.key}, see SECRET_KEY_FALLBACKS"
    return contradiction(opening, before)


def contradiction(opening: Opening, before: Opening | None) -> str:
    """Return how an opening contradicts its row or the opening before it, or ""."""
    row = {name: getattr(opening, name) for name in ("number", "event_seq", "entry_seq")}
    if opening.says != opening.says | row | {"organization": str(opening.organization_id)}:
        return "says something else than its row"
    if opening.number != (before.number + 1 if before else 1):
        return "has none before it"
    if before and (opening.event_seq <= before.event_seq or opening.entry_seq < before.entry_seq):
        return "begins before the one before it"
    return ""


def of(organization_id: UUID) -> list[Opening]:
    """Return an organization's openings, the oldest first."""
    return list(Opening.objects.filter(organization_id=organization_id).order_by("number"))


def signed_with(key: str) -> list[UUID]:
    """Return the organizations with openings that name the key of this id. Needs the system context."""
    found = Opening.objects.filter(key=key).order_by("organization_id")
    return list(found.values_list("organization_id", flat=True).distinct())


def newest(organization_id: UUID) -> Opening | None:
    """Return the newest opening of an organization, which sums up those before it; None where it has none."""
    return Opening.objects.filter(organization_id=organization_id).order_by("-number").first()


def signed(organization_id: UUID) -> dict[str, Any] | None:
    """Return the newest opening of an organization, its exact text with its signature; None where it has none."""
    opening = newest(organization_id)
    return proof.as_signed(opening.text, opening.signature, opening.key) if opening else None


def beginning() -> Beginning | None:
    """Return from where on the present organization's history is here; None where it is whole."""
    statement = Statement(
        """
        SELECT event_seq, (opening ->> 'events_until')::timestamptz, entry_seq,
            (opening ->> 'entries_until')::timestamptz, (opening ->> 'available')::bigint
        FROM audit_beginning WHERE organization_id = %s
        """,
        [tenancy.current_organization_id()],
    )
    [rows] = run_batch(statement)
    return Beginning(*rows[0]) if rows else None


HEADER = "History-Begins"
"""The header of answers that list history where older rows were moved into files: after which instant it begins."""


def log_headers() -> dict[str, str]:
    """Return the header for lists of the present organization's events; none where all are here."""
    began = beginning()
    return {HEADER: as_text(began.events_until)} if began else {}


def ledger_headers() -> dict[str, str]:
    """Return the header for lists of the present organization's ledger; none where all of it is here."""
    began = beginning()
    return {HEADER: as_text(began.entries_until)} if began and began.entries_until else {}
