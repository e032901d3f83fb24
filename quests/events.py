"""What is recorded about goals, what the AI made of them, revenue, and changes that were made offline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from audit.events import AuditEvent, Webhook

_GOAL = {"goal": "the goal's id"}
_CONTENT = {"transaction": "the id of the hold that paid for it"}


@dataclass(frozen=True, kw_only=True)
class GoalCreated(
    AuditEvent,
    kind="goal.created",
    webhook=Webhook("A goal was set.", {**_GOAL, "target_amount": "a decimal string", "due_on": "a day, or null"}),
):
    goal: UUID
    target_amount: Decimal
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class GoalUpdated(
    AuditEvent,
    kind="goal.updated",
    webhook=Webhook("A goal was changed.", {**_GOAL, "changed": "names of the fields that changed"}),
):
    goal: UUID
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class GoalReached(AuditEvent, kind="goal.reached", webhook=Webhook("A goal's amount is there.", _GOAL)):
    goal: UUID


@dataclass(frozen=True, kw_only=True)
class GoalArchived(AuditEvent, kind="goal.archived", webhook=Webhook("A goal was put away.", _GOAL)):
    goal: UUID


@dataclass(frozen=True, kw_only=True)
class QuestCreated(
    AuditEvent,
    kind="quest.created",
    webhook=Webhook(
        "A goal was turned into a quest: an event for each.", {"quest": "the quest's id", **_GOAL, **_CONTENT}
    ),
):
    quest: UUID
    goal: UUID
    transaction: UUID


@dataclass(frozen=True, kw_only=True)
class QuestUpdated(
    AuditEvent,
    kind="quest.updated",
    webhook=Webhook(
        "Steps of a quest were ticked off or on.",
        {"quest": "the quest's id", "done": "true or false for each step"},
    ),
):
    quest: UUID
    done: Sequence[bool]


@dataclass(frozen=True, kw_only=True)
class LeadListCreated(
    AuditEvent,
    kind="lead_list.created",
    webhook=Webhook("A lead list was written.", {"lead_list": "the list's id", **_GOAL, **_CONTENT}),
):
    lead_list: UUID
    goal: UUID
    transaction: UUID


@dataclass(frozen=True, kw_only=True)
class ForecastCreated(
    AuditEvent,
    kind="forecast.created",
    webhook=Webhook("Revenue was forecast.", {"forecast": "the forecast's id", **_CONTENT}),
):
    forecast: UUID
    transaction: UUID


@dataclass(frozen=True, kw_only=True)
class RevenueRecorded(
    AuditEvent,
    kind="revenue.recorded",
    webhook=Webhook("Revenue was recorded.", {"revenue": "the entry's id", **_GOAL, "amount": "a decimal string"}),
):
    revenue: UUID
    goal: UUID
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class RevenueImported(AuditEvent, kind="revenue.imported"):
    goal: UUID
    lines: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class RevenueUpdated(
    AuditEvent,
    kind="revenue.updated",
    webhook=Webhook(
        "A revenue entry was changed.", {"revenue": "the entry's id", "changed": "names of the fields that changed"}
    ),
):
    revenue: UUID
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class RevenueRemoved(
    AuditEvent,
    kind="revenue.removed",
    webhook=Webhook(
        "A revenue entry was removed.", {"revenue": "the entry's id", **_GOAL, "amount": "a decimal string"}
    ),
):
    revenue: UUID
    goal: UUID
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class SyncConflicted(AuditEvent, kind="sync.conflicted"):
    conflict: UUID
    type: str
    record: UUID


@dataclass(frozen=True, kw_only=True)
class SyncResolved(AuditEvent, kind="sync.resolved"):
    conflict: UUID
    record: UUID
    kept: str
