"""Reminding people on the morning of the day on which their steps are due.

A step is its assignee's, or where nobody is assigned, whoever had the quest made. The audit log says who was reminded
of which day, so one person has one reminder a day, whatever is repeated.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from audit import queries as audit
from audit.actions import record
from quests import queries
from quests.events import StepDue
from quests.features.words import money
from quests.queries import OpenStep
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import midnight, today_in
from saas.kernel.items import for_each_organization
from saas.kernel.transactions import Statement, run_batch

JOB = "remind"
FIRST_HOUR, LAST_HOUR = 7, 11
"""From which hour of the organization's day people are reminded, and in which at the latest."""


def remind_all() -> int:
    """Remind people of the steps that are due today, where it is morning; return how many were.

    Safe twice, late and in parallel: what is missed until noon is not caught up with.
    """
    with tenancy.system():
        return sum(for_each_organization(JOB, _with_steps_due(), _remind))


def _with_steps_due() -> list[UUID]:
    """Return the organizations where it is morning and a step is due today."""
    statement = Statement(
        """
        SELECT o.id FROM accounts_organization o
        CROSS JOIN LATERAL (SELECT now() AT TIME ZONE o.timezone AS local) clock
        WHERE o.closed_at IS NULL AND o.sandbox_of_id IS NULL AND extract(hour FROM local) BETWEEN %s AND %s
            AND EXISTS (SELECT FROM quests_quest q WHERE q.organization_id = o.id AND jsonb_path_exists(
                q.steps, '$[*] ? (@.done == false && @.due_on == $today)', jsonb_build_object('today', local::date)))
        """,
        (FIRST_HOUR, LAST_HOUR),
    )
    [rows] = run_batch(statement)
    return [row[0] for row in rows]


def _remind() -> int:
    """Remind the people of the organization acted for; return how many were reminded just now."""
    with serialized():
        zone = accounts.organization(tenancy.current_organization_id()).timezone
        today = today_in(zone)
        since = midnight(today, ZoneInfo(zone))
        recorded = audit.found(kind=StepDue.kind, since=since).values_list("data", flat=True)
        reminded = {data["for_user"] for data in recorded if data["due_on"] == today.isoformat()}
        due = [person for person in due_by_person(today) if str(person) not in reminded]
        for person in due:
            record(StepDue(for_user=person, due_on=today))
    return len(due)


def due_by_person(day: date) -> dict[UUID, list[OpenStep]]:
    """Return the open steps that are due on a day, by the members whose they are."""
    due = {person: [step for step in steps if step.due_on == day] for person, steps in steps_by_person(day).items()}
    return {person: steps for person, steps in due.items() if steps}


def steps_by_person(today: date) -> dict[UUID, list[OpenStep]]:
    """Return the open steps by the members whose they are."""
    members = set(accounts.members().values_list("user_id", flat=True))
    by_person: dict[UUID, list[OpenStep]] = defaultdict(list)
    for step in queries.open_steps(today):
        person = step.assignee if step.assignee in members else step.quest.created_by_id
        if person in members:
            by_person[person].append(step)
    return by_person


def names_of_due(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what a person reads who is reminded: a line a step that is still open."""
    currency = accounts.organization(tenancy.current_organization_id()).currency
    steps = due_by_person(date.fromisoformat(data["due_on"])).get(UUID(data["for_user"]), [])
    lines = [
        f"- {step.title}{f' ({money(step.amount, currency)})' if step.amount else ''}, for {step.quest.goal.title}"
        for step in steps
    ]
    return {"step_lines": "\n".join(lines) or "Everything that was due is done already."}
