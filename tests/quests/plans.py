"""Quests that no AI wrote."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from quests.models import Quest
from saas.accounts import queries as accounts
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now, today_in
from tests.conftest import Person


def plan(person: Person, goal: Any, *due_in: int, done: tuple[int, ...] = ()) -> Quest:
    """Write down a quest with a step for each of the days, counted from today, some of them done."""
    with person.acting():
        today = today_in(accounts.organization(person.organization_id).timezone)
    steps = [
        {"title": f"Due in {days}", "amount": "5.00", "due_on": str(today + timedelta(days=days)), "done": days in done}
        for days in due_in
    ]
    with person.acting():
        return Quest.objects.create(
            goal=goal,
            title="Sell ahead",
            summary="Why",
            steps=steps,
            transaction_id=uuid4(),
            provider="builtin",
            created_by_id=person.user.pk,
        )


def set_hour(person: Person, hour: int) -> None:
    """Move the person's organization to a time zone where it is this hour of the day."""
    ahead = (hour - database_now().hour + 12) % 24 - 12
    with tenancy.system():
        Organization.objects.filter(id=person.organization_id).update(timezone=f"Etc/GMT{-ahead:+d}")


def move_to(person: Person, moment: datetime) -> None:
    """Move the clock of the person's organization, which lives in UTC, to an instant ahead."""
    with tenancy.system():
        Organization.objects.filter(id=person.organization_id).update(clock_offset=moment - datetime.now(UTC))


def first_of_month() -> datetime:
    """Return the first instant of next month, in UTC."""
    return (datetime.now(UTC).replace(day=1, hour=0, minute=0) + timedelta(days=32)).replace(day=1)


def next_day(weekday: int) -> datetime:
    """Return the next midnight that begins a day of the week after this one, 0 for Monday."""
    today = datetime.now(UTC).replace(hour=0, minute=0)
    return today + timedelta(days=7 - today.weekday() + weekday)
