"""People are reminded of their steps on the morning of the day: one mail a person and day, in their own zone."""

from typing import Any

import pytest
from django.core import mail

from quests.steps import reminders
from saas.notifications.tasks import notify
from tests.conftest import Person
from tests.notifications.notified import mails
from tests.quests.plans import plan, set_hour

pytestmark = pytest.mark.own_database


def reminders_of(person: Person) -> list[dict[str, Any]]:
    rows = person.get("/notifications").json()["data"]
    return [row for row in rows if row["kind"] == "step.due"]


def test_each_person_gets_one_mail_a_day_with_their_steps(alice: Person, bob: Person, goal: Any) -> None:
    set_hour(alice, 8)
    quest = plan(alice, goal, -1, 0, 0, 0, 1)
    edits: dict[int, dict[str, Any]] = {
        1: {"assignee": str(bob.user.pk), "title": "Phone the bank"},
        2: {"title": "Print the menu", "amount": "660.00"},
        3: {"title": "Done already", "done": True},
    }
    for place, changes in edits.items():
        alice.patch(f"/quests/{quest.pk}", {"step": place, **changes})
    mail.outbox.clear()
    assert (reminders.remind_all(), reminders.remind_all()) == (2, 0)
    notify()
    notify()
    [hers], [his] = reminders_of(alice), reminders_of(bob)
    assert f"- Print the menu ($660), for {goal.title}" in hers["body"] and "Done already" not in hers["body"]
    assert "- Phone the bank ($5)" in his["body"] and "Print" not in his["body"] and "Due in" not in his["body"]
    assert hers["topic"] == "steps"
    for person in (alice, bob):
        assert len(mails(person.user)) == 1
    later = alice.get(f"/quests/{quest.pk}").json()["steps"][1]["due_on"]
    alice.patch(f"/quests/{quest.pk}", {"step": 4, "due_on": later})
    assert reminders.remind_all() == 0


def test_nobody_is_reminded_at_night_or_of_a_goal_that_is_put_away(alice: Person, goal: Any) -> None:
    for hour in (6, 12, 23):
        set_hour(alice, hour)
        plan(alice, goal, 0)
        assert reminders.remind_all() == 0
    set_hour(alice, 11)
    plan(alice, goal, 0)
    alice.delete(f"/goals/{goal.id}")
    assert reminders.remind_all() == 0
    alice.patch(f"/goals/{goal.id}", {"status": "active"})
    assert reminders.remind_all() == 1


def test_whoever_does_not_want_reminders_gets_none(alice: Person, goal: Any) -> None:
    set_hour(alice, 8)
    plan(alice, goal, 0)
    alice.browser().post("/notifications/choose", {"told": ["tokens:in_app"]})
    assert reminders.remind_all() == 1
    notify()
    assert reminders_of(alice) == []
