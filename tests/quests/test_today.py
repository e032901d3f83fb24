"""The dashboard begins with what needs somebody today: steps that are due, and goals that are late."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from quests.actions import archive_goal
from saas.kernel.clock import database_now
from tests.conftest import Person, make_goal
from tests.quests.plans import plan


def todo(person: Person) -> dict[str, Any]:
    """Return what the dashboard says about today."""
    found: dict[str, Any] = person.browser().get(reverse("home")).context["todo"]
    return found


def listed(person: Person, **filters: str) -> int:
    """Return how many quests the list has with these filters."""
    return len(person.browser().get(reverse("quests"), filters).context["page"].rows)


def titles(steps: list[Any]) -> list[str]:
    return [step.title for step in steps]


def test_steps_that_are_due_come_first_and_what_is_done_or_put_away_not_at_all(alice: Person, goal: Any) -> None:
    assert todo(alice) == {"late_goals": [], "due_steps": [], "more_due": 0, "next_steps": []}
    plan(alice, goal, -3, 0, 4, 9, done=(9,))
    plan(alice, goal, -5, -1, done=(-5,))
    plan(alice, make_goal(alice, title="All done"), -7, done=(-7,))
    other = make_goal(alice, title="Another one")
    plan(alice, other, -9, 1)
    with alice.acting():
        archive_goal(goal_id=other.id)
    assert [listed(alice, show=show) for show in ("", "open", "done")] == [4, 3, 1]
    assert (listed(alice, goal=str(goal.id)), listed(alice, goal=str(goal.id), show="open")) == (2, 2)
    found = todo(alice)
    assert titles(found["due_steps"]) == ["Due in -3", "Due in -1", "Due in 0"]
    assert titles(found["next_steps"]) == ["Due in 4"]
    page = alice.browser().get(reverse("home")).content.decode()
    assert page.count(">Overdue<") == 2 and page.count(">Due today<") == 1
    assert page.index("Today</h2>") < page.index("Tokens</h2>")
    alice.patch(f"/goals/{goal.id}", {"current_amount": "12000.00"})
    assert titles(todo(alice)["due_steps"]) == []


def test_goals_that_are_late_are_said_today(alice: Person, goal: Any) -> None:
    alice.patch(f"/goals/{goal.id}", {"due_on": str(database_now().date() - timedelta(days=12))})
    assert [row.sentence for row in todo(alice)["late_goals"]] == ["Overdue by 12 days: $12,000 to go"]
