"""A month's figures are sent on the first morning after it, goals that are behind on Mondays: each once."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail

from quests import summaries
from quests.actions import record_revenue
from quests.models import Goal
from saas.notifications.tasks import notify
from tests.conftest import Person
from tests.notifications.notified import mails
from tests.quests.plans import first_of_month, move_to, next_day

pytestmark = pytest.mark.own_database


def bodies(person: Person, kind: str) -> list[str]:
    notify()
    return [row["body"] for row in person.get("/notifications").json()["data"] if row["kind"] == kind]


def receive(person: Person, goal: Any, amount: int, day: date) -> None:
    with person.acting():
        record_revenue(goal_id=goal.id, amount=Decimal(amount), received_on=day, by=person.user.pk)


def test_a_month_is_sent_once_on_its_first_morning(alice: Person, bob: Person, goal: Any) -> None:
    first = first_of_month()
    last = first.date() - timedelta(days=1)
    receive(alice, goal, 900, last)
    receive(alice, goal, 450, last.replace(day=1) - timedelta(days=1))
    bob.browser().post("/notifications/choose", {"told": ["tokens:in_app"]})
    sent = []
    for moment in (first.replace(hour=6), first.replace(hour=8), first.replace(hour=9), first + timedelta(days=2)):
        move_to(alice, moment)
        sent.append(summaries.summarize_all())
    assert sent == [0, 1, 0, 0]
    mail.outbox.clear()
    [body] = bodies(alice, "month.ended")
    assert "Money in: $900, 100 % more than in " in body and "($450)" in body
    link = f"/reports/month.pdf?first={last.replace(day=1)}&last={last}"
    assert link in body and alice.browser().get(link)["Content-Type"] == "application/pdf"
    assert len(mails(alice.user)) == 1
    assert bodies(bob, "month.ended") == [], "who switched it off"


def test_goals_that_are_behind_are_sent_on_monday_mornings_to_who_works_with_them(alice: Person, goal: Any) -> None:
    monday = next_day(0)
    due_on = monday.date() + timedelta(days=7)
    with alice.acting():
        Goal.objects.update(created_at=monday - timedelta(days=60))
    alice.patch(f"/goals/{goal.id}", {"due_on": str(due_on)})

    def sent_at(moment: datetime) -> int:
        move_to(alice, moment)
        return summaries.summarize_all()

    at_eight = monday.replace(hour=8)
    moments = (monday.replace(hour=6), at_eight, at_eight, at_eight + timedelta(days=1))
    assert [sent_at(moment) for moment in moments] == [0, 1, 0, 0]
    [body] = bodies(alice, "goals.behind")
    assert f"- {goal.title}: $" in body and " behind" in body
    assert sent_at(at_eight + timedelta(days=7)) == 1, "the next week"
    assert sent_at(at_eight + timedelta(days=35)) == 0, "nobody was here for weeks"
