"""Changes in their order, as clients pull them, and conflicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from quests import presentation
from quests.models import Change, ChangeHead, Goal, GoalStatus, Quest, RecordType, RevenueEntry, SyncConflict
from saas.accounts.tenancy import TenantModel
from saas.kernel import tenancy
from saas.kernel.errors import NotFound

Record = dict[str, Any]

KINDS: dict[str, tuple[type[TenantModel], Callable[[Any], Record]]] = {
    RecordType.GOAL: (Goal, presentation.goal),
    RecordType.QUEST: (Quest, presentation.quest),
    RecordType.REVENUE_ENTRY: (RevenueEntry, presentation.revenue_entry),
}
"""Of each type of record, its table and how it is shown."""


@dataclass(frozen=True)
class ChangesPage:
    """Some changes in order; the number to go on from; whether there are more now."""

    changes: list[dict[str, Any]]
    number: int
    has_more: bool


def newest_number() -> int:
    """Return the number of the organization's newest change, 0 before the first."""
    head = ChangeHead.objects.filter(organization_id=tenancy.current_organization_id())
    return head.values_list("seq", flat=True).first() or 0


def changes_after(number: int, *, limit: int) -> ChangesPage:
    """Return the records that changed after a change's number, each once, by their newest change.

    A record that moves on while this reads is shown as it is then, and comes again under its new number.
    """
    found = list(Change.objects.filter(seq__gt=number).order_by("seq")[: limit + 1])
    shown = found[:limit]
    records = _records(shown)
    return ChangesPage(
        [_present(change, records.get((change.type, change.record_id))) for change in shown],
        shown[-1].seq if shown else number,
        len(found) > limit,
    )


def record_of(change: Change) -> Record | None:
    """Return the record of a change as it is now, None when it is gone."""
    return _records([change]).get((change.type, change.record_id))


def _records(changes: Sequence[Change]) -> dict[tuple[str, UUID], Record]:
    """Return the records that are there, at most one query a type."""
    records: dict[tuple[str, UUID], Record] = {}
    for type_, (model, present) in KINDS.items():
        if ids := [change.record_id for change in changes if change.type == type_ and change.removed is None]:
            records |= {(type_, row.pk): present(row) for row in model.objects.filter(id__in=ids)}
    return records


def _present(change: Change, record: Record | None) -> dict[str, Any]:
    """Return a change as clients see it; an archived goal counts as deleted, and can come back."""
    return {
        "type": change.type,
        "id": change.record_id,
        "version": change.version if record is None else record["version"],
        "deleted": record is None or record.get("status") == GoalStatus.ARCHIVED,
        "data": record,
    }


def conflicts(*, open_only: bool = False) -> QuerySet[SyncConflict]:
    """Return the conflicts, newest first."""
    found = SyncConflict.objects.select_related("created_by", "resolved_by").order_by("-id")
    return found.filter(kept="") if open_only else found


def find_conflict(conflict_id: UUID) -> SyncConflict:
    """Return a conflict; raise NotFound."""
    conflict = conflicts().filter(id=conflict_id).first()
    if conflict is None:
        raise NotFound("There is no such conflict.")
    return conflict


def records_now(conflicts: Sequence[SyncConflict]) -> dict[tuple[str, UUID], Record]:
    """Return the records that conflicts are about, as they are now; those that are gone are missing."""
    ids = {conflict.record_id for conflict in conflicts}
    return _records(list(Change.objects.filter(record_id__in=ids)))
