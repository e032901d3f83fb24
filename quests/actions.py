"""Goals, revenue and the steps of quests."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from audit.actions import record
from audit.events import AuditEvent
from quests import queries
from quests.events import (
    GoalArchived,
    GoalCreated,
    GoalReached,
    GoalUpdated,
    QuestArchived,
    QuestRated,
    QuestRestored,
    QuestUpdated,
    RevenueImported,
    RevenueRecorded,
    RevenueRemoved,
    RevenueUpdated,
)
from quests.models import (
    CalendarFeed,
    Goal,
    GoalStatus,
    LeadList,
    PushedChange,
    Quest,
    QuestRating,
    RevenueEntry,
    RevenueForecast,
    SyncConflict,
)
from quests.spreadsheet import RevenueLine
from saas.accounts.lock import serialized
from saas.kernel.clock import OrganizationNow
from saas.kernel.errors import Conflict, Invalid, NotFound
from saas.kernel.ids import uuid7
from saas.kernel.transactions import Statement, require_transaction, run_batch

AMOUNT_LIMIT = 10**12
"""What the columns of amounts can hold, exclusive, in the organization's currency."""


def create_goal(
    *,
    title: str,
    target_amount: Decimal,
    by: UUID,
    current_amount: Decimal = Decimal(0),
    due_on: date | None = None,
    description: str = "",
    goal_id: UUID | None = None,
) -> Goal:
    """Set a goal, under an id of its own or the one given. Amounts are in the organization's currency."""
    with serialized():
        goal = Goal.objects.create(
            id=goal_id or uuid7(),
            title=title,
            description=description,
            target_amount=target_amount,
            current_amount=current_amount,
            due_on=due_on,
            created_by_id=by,
        )
        record(GoalCreated(goal=goal.id, target_amount=target_amount, due_on=due_on))
    return find_goal(goal.id)


def update_goal(*, goal_id: UUID, changes: dict[str, Any]) -> Goal:
    """Change fields of a goal; raise NotFound. Any `status` but archived takes it up again if it was archived."""
    if changes.get("status") == GoalStatus.REACHED:
        changes = {**changes, "status": GoalStatus.ACTIVE}
    with serialized():
        before = find_goal(goal_id)
        Goal.objects.filter(id=goal_id).update(**changes, updated_at=OrganizationNow())
        record(GoalUpdated(goal=goal_id, **_difference(before, changes)))
        goal = find_goal(goal_id)
        if goal.state == GoalStatus.REACHED and not before.is_reached:
            record(GoalReached(goal=goal_id))
    return goal


AMOUNTS_AND_DAYS = ("target_amount", "due_on", "amount", "received_on")


def _difference(row: Goal | RevenueEntry, changes: dict[str, Any]) -> dict[str, Any]:
    """Return what an event says about a change: which fields, and amounts and days as they were and as they are now."""
    changed = sorted(name for name, value in changes.items() if getattr(row, name) != value)
    told = [name for name in changed if name in AMOUNTS_AND_DAYS]
    before, after = {name: getattr(row, name) for name in told}, {name: changes[name] for name in told}
    return {"changed": changed, "before": before or None, "after": after or None}


def archive_goal(*, goal_id: UUID) -> Goal:
    """Put a goal away; its quests stay. Archiving again changes nothing. Raises NotFound."""
    with serialized():
        live = Goal.objects.filter(id=goal_id).exclude(status=GoalStatus.ARCHIVED)
        if live.update(status=GoalStatus.ARCHIVED, updated_at=OrganizationNow()):
            record(GoalArchived(goal=goal_id))
    return find_goal(goal_id)


def find_goal(goal_id: UUID) -> Goal:
    """Return a goal; raise NotFound."""
    goal = Goal.objects.filter(id=goal_id).first()
    if goal is None:
        raise no_goal()
    return goal


def no_goal() -> NotFound:
    """Return the refusal for an unknown goal, and for another organization's."""
    return NotFound("There is no such goal.")


def record_revenue(
    *, goal_id: UUID, amount: Decimal, received_on: date, by: UUID, note: str = "", entry_id: UUID | None = None
) -> RevenueEntry:
    """Add money toward a goal; below zero takes it back. Raises NotFound."""
    with serialized():
        reached = _move_goal(goal_id, amount)
        entry = RevenueEntry.objects.create(
            id=entry_id or uuid7(),
            goal_id=goal_id,
            amount=amount,
            received_on=received_on,
            note=note,
            created_by_id=by,
        )
        record(RevenueRecorded(goal=goal_id, revenue=entry.id, amount=amount))
        if reached:
            record(GoalReached(goal=goal_id))
    return entry


class KnownLines(StrEnum):
    """What to do with lines of a file that are recorded already."""

    SKIP = "skip"
    ADD = "add"


def import_revenue(
    *, goal_id: UUID, fingerprint: str, lines: Sequence[RevenueLine], by: UUID, known: KnownLines = KnownLines.SKIP
) -> list[RevenueLine]:
    """Add lines of the file with this fingerprint toward a goal; return those that were added.

    A line of one file is added once, however often and however the file is read; `known` says what to do with lines
    that are recorded from elsewhere, with the same day, amount and note. Raises NotFound and Invalid.
    """
    prefix = f"{goal_id.hex}:{fingerprint[:32]}:"
    with serialized():
        imported, alike = queries.recorded_lines(goal_id, fingerprint, lines)
        out = imported if known is KnownLines.ADD else imported | alike
        new = [line for line in lines if line.number not in out]
        total = sum((line.amount for line in new), Decimal(0))
        reached = _move_goal(goal_id, total)
        RevenueEntry.objects.bulk_create(
            RevenueEntry(
                goal_id=goal_id,
                amount=line.amount,
                received_on=line.received_on,
                note=line.note,
                import_key=f"{prefix}{line.number}",
                created_by_id=by,
            )
            for line in new
        )
        if new:
            record(RevenueImported(goal=goal_id, lines=len(new), amount=total))
        if reached:
            record(GoalReached(goal=goal_id))
    return new


def update_revenue(*, entry_id: UUID, changes: dict[str, Any]) -> RevenueEntry:
    """Correct an entry; the goal moves with it. Raises NotFound."""
    with serialized():
        entry = find_revenue(entry_id)
        reached = _move_goal(entry.goal_id, changes.get("amount", entry.amount) - entry.amount)
        RevenueEntry.objects.filter(id=entry_id).update(**changes)
        record(RevenueUpdated(revenue=entry_id, goal=entry.goal_id, **_difference(entry, changes)))
        if reached:
            record(GoalReached(goal=entry.goal_id))
        return find_revenue(entry_id)


def remove_revenue(*, entry_id: UUID) -> None:
    """Remove an entry; the goal moves back. Raises NotFound."""
    with serialized():
        entry = find_revenue(entry_id)
        reached = _move_goal(entry.goal_id, -entry.amount)
        entry.delete()
        record(RevenueRemoved(revenue=entry_id, goal=entry.goal_id, amount=entry.amount))
        if reached:
            record(GoalReached(goal=entry.goal_id))


def find_revenue(entry_id: UUID) -> RevenueEntry:
    """Return a revenue entry; raise NotFound."""
    entry = RevenueEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise NotFound("There is no such revenue entry.")
    return entry


def _move_goal(goal_id: UUID, amount: Decimal) -> bool:
    """Add to a goal's progress, and return True if that reached it. Raises NotFound, Invalid.

    The organization's lock keeps the goal still meanwhile.
    """
    goal = find_goal(goal_id)
    was_reached, moved = goal.is_reached, goal.current_amount + amount
    if abs(moved) >= AMOUNT_LIMIT:
        raise Invalid(
            f"The goal's progress would be {moved:,.2f}; it must stay below {AMOUNT_LIMIT:,}.", field="amount"
        )
    Goal.objects.filter(id=goal_id).update(current_amount=moved, updated_at=OrganizationNow())
    goal.current_amount = moved
    return goal.state == GoalStatus.REACHED and not was_reached


def mark_step(*, quest_id: UUID, step: int, done: bool) -> Quest:
    """Tick a step (counted from 0) off, or on again. Raises NotFound, Invalid."""
    with serialized():
        quest = find_quest(quest_id)
        _save_done(quest, {step_id_at(quest, step): done})
    return quest


def step_id_at(quest: Quest, place: int) -> int:
    """Return the id of the step at a place (counted from 0); raise Invalid."""
    if not 0 <= place < len(quest.steps):
        raise Invalid(f"This quest has steps 0 to {len(quest.steps) - 1}.", field="step")
    return int(quest.numbered_steps[place]["id"])


def update_steps(*, quest_id: UUID, done: list[bool]) -> Quest:
    """Set which steps are done, one value for each. Raises NotFound, Invalid."""
    with serialized():
        quest = find_quest(quest_id)
        if len(done) != len(quest.steps):
            raise Invalid(f"This quest has {len(quest.steps)} steps; send as many.", field="steps")
        ids = [step["id"] for step in quest.numbered_steps]
        _save_done(quest, dict(zip(ids, done, strict=True)))
    return quest


def mark_steps(*, quest_id: UUID, done: dict[int, bool]) -> Quest:
    """Set which steps are done, by their ids; one that was dropped meanwhile is left out. Raises NotFound."""
    with serialized():
        quest = find_quest(quest_id)
        _save_done(quest, done)
    return quest


def _save_done(quest: Quest, done: dict[int, bool]) -> None:
    steps = [
        {**step, "done": done.get(numbered["id"], step["done"])}
        for step, numbered in zip(quest.steps, quest.numbered_steps, strict=True)
    ]
    save_steps(quest, steps, QuestUpdated(quest=quest.id, done=[step["done"] for step in steps]))


def save_steps(quest: Quest, steps: list[dict[str, Any]], event: AuditEvent) -> None:
    """Save the steps of a quest that was read under the organization's lock, with what is recorded of it.

    Raises Conflict.
    """
    require_transaction()
    unchanged_meanwhile = Quest.objects.filter(id=quest.id, version=quest.version)
    if not unchanged_meanwhile.update(steps=steps):
        raise Conflict("Somebody changed this quest a moment ago. Reload and try again.")
    quest.steps = steps
    quest.version += 1
    record(event)


def rate_quest(*, quest_id: UUID, rating: QuestRating | None) -> Quest:
    """Say whether a quest is useful, or take that back. The same again changes nothing. Raises NotFound."""
    with serialized():
        quest = find_quest(quest_id)
        if quest.rating != rating:
            Quest.objects.filter(id=quest_id).update(rating=rating)
            record(QuestRated(quest=quest_id, rating=rating or 0))
    return find_quest(quest_id)


def archive_quest(*, quest_id: UUID) -> Quest:
    """Put a quest away: nobody is reminded of its steps. Archiving again changes nothing. Raises NotFound."""
    with serialized():
        if Quest.objects.filter(id=quest_id, archived_at=None).update(archived_at=OrganizationNow()):
            record(QuestArchived(quest=quest_id))
    return find_quest(quest_id)


def restore_quest(*, quest_id: UUID) -> Quest:
    """Take up a quest again that was put away; of any other, nothing changes. Raises NotFound."""
    with serialized():
        if Quest.objects.filter(id=quest_id, archived_at__isnull=False).update(archived_at=None):
            record(QuestRestored(quest=quest_id))
    return find_quest(quest_id)


def find_quest(quest_id: UUID) -> Quest:
    """Return a quest; raise NotFound."""
    quest = Quest.objects.select_related("goal").filter(id=quest_id).first()
    if quest is None:
        raise NotFound("There is no such quest.")
    return quest


def forget_organization() -> None:
    """Delete everything of this organization that is in this room, for one that is closed.

    The order of changes goes last: it keeps what was removed, for clients to hear of it.
    """
    require_transaction()
    for model in (CalendarFeed, PushedChange, SyncConflict, LeadList, RevenueForecast, Quest, RevenueEntry, Goal):
        model.objects.all().delete()
    run_batch(Statement("SELECT quests_forget_changes()"))
