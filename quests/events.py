"""What is recorded about goals, what the AI made of them, revenue, and changes that were made offline.

What was corrected has the amounts and days of before and after; texts stay out of events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
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
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


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
class QuestRated(AuditEvent, kind="quest.rated"):
    """Somebody said whether a quest is useful: 1, -1, or 0 for neither any more."""

    quest: UUID
    rating: int


@dataclass(frozen=True, kw_only=True)
class QuestArchived(
    AuditEvent, kind="quest.archived", webhook=Webhook("A quest was put away.", {"quest": "the quest's id"})
):
    quest: UUID


@dataclass(frozen=True, kw_only=True)
class QuestRestored(
    AuditEvent, kind="quest.restored", webhook=Webhook("A quest was taken up again.", {"quest": "the quest's id"})
):
    quest: UUID


_STEP = {"quest": "the quest's id", "step": "the step's id, a number in the quest"}


@dataclass(frozen=True, kw_only=True)
class QuestStepEdited(
    AuditEvent,
    kind="quest.step_edited",
    webhook=Webhook("A step of a quest was edited.", {**_STEP, "changed": "names of the fields that changed"}),
):
    quest: UUID
    step: int
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class QuestStepAdded(AuditEvent, kind="quest.step_added", webhook=Webhook("A step was added to a quest.", _STEP)):
    quest: UUID
    step: int


@dataclass(frozen=True, kw_only=True)
class QuestStepDropped(
    AuditEvent, kind="quest.step_dropped", webhook=Webhook("A step was taken out of a quest.", _STEP)
):
    quest: UUID
    step: int


@dataclass(frozen=True, kw_only=True)
class StepDue(AuditEvent, kind="step.due"):
    """A person was reminded of the steps that are due on a day."""

    for_user: UUID
    due_on: date


@dataclass(frozen=True, kw_only=True)
class MonthEnded(AuditEvent, kind="month.ended"):
    """The organization's people were sent the figures of a month."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class GoalsBehind(AuditEvent, kind="goals.behind"):
    """The organization's people were sent which goals were behind on a Monday."""

    week_on: date


@dataclass(frozen=True, kw_only=True)
class CalendarFeedMade(AuditEvent, kind="calendar_feed.made"):
    user: UUID


@dataclass(frozen=True, kw_only=True)
class CalendarFeedRemoved(AuditEvent, kind="calendar_feed.removed"):
    user: UUID


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
class LeadUpdated(
    AuditEvent,
    kind="lead.updated",
    webhook=Webhook(
        "Somebody said how far a lead is.",
        {
            "lead_list": "the list's id",
            "lead": "the lead's place in the list, from 0",
            "state": "`new`, `contacted`, `answered` or `won`",
        },
    ),
):
    lead_list: UUID
    lead: int
    state: str


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
    goal: UUID | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


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
