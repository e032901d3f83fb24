"""The ledger as people filter it: every line, or one for each operation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from audit import openings
from tokens.models import Entry, Hold
from tokens.queries import entries


def entries_found(
    *,
    kinds: Sequence[str] = (),
    operation: str | None = None,
    own_metering: bool = False,
    user_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """Return the ledger's lines of some kinds, of one operation, of one person, in since <= t < until, newest first.

    `own_metering` asks for the operations of integrators, which have no price in the price book.
    """
    wanted = {
        "kind__in": kinds or None,
        "user_id": user_id,
        "created_at__gte": since,
        "created_at__lt": until,
    }
    found = entries().filter(**{name: value for name, value in wanted.items() if value is not None})
    if operation is None and not own_metering:
        return found
    of_hold = {"price_book_version": None} if own_metering else {"operation": operation}
    holds = Hold.objects.filter(id=OuterRef("transaction_id"), **of_hold)
    return found.filter(Exists(holds if own_metering else holds.exclude(price_book_version=None)))


def operations_found(**wanted: Any) -> QuerySet[Entry]:
    """Return the newest line of each operation and the lines that belong to none; filters as in `entries_found`."""
    later = Entry.objects.filter(transaction_id=OuterRef("transaction_id"), seq__gt=OuterRef("seq"))
    return entries_found(**wanted).filter(~Exists(later))


def balance_at(instant: datetime) -> int | None:
    """Return what was available after the last line before `instant`; None where that line was moved into a file."""
    entry = entries().filter(created_at__lte=instant).first()
    if entry:
        return entry.balance_after
    began = openings.beginning()
    if began is None or began.entries_until is None:
        return 0
    return None if instant < began.entries_until else began.balance
