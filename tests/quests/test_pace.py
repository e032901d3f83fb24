"""The pace of a goal: on track, behind by how much, overdue; computed once for pages and the API."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from quests.actions import create_goal, record_revenue
from quests.models import Goal
from quests.pace import PaceInput, PaceState, pace, pace_sentence, reached_on
from saas.kernel.clock import database_now
from tests.conftest import Person

START = date(2026, 9, 1)


def known(**changes: Any) -> PaceInput:
    """Return a goal of 10,000 in 100 days, half of whose time is over."""
    figures: dict[str, Any] = {
        "target_amount": Decimal(10_000),
        "current_amount": Decimal(5_000),
        "since_amount": Decimal(5_000),
        "recent_amount": Decimal(1_640),
        "started_on": START,
        "first_on": START,
        "due_on": START + timedelta(days=100),
        "today": START + timedelta(days=50),
    }
    return PaceInput(**{**figures, **changes})


def money(amount: int) -> dict[str, Decimal]:
    """Return progress that all came since the goal was set."""
    return {"current_amount": Decimal(amount), "since_amount": Decimal(amount)}


def after(days: int) -> dict[str, date]:
    """Return the day so many days after the goal was set."""
    return {"today": START + timedelta(days=days)}


@pytest.mark.fast
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "On track: needs $700 a week, you bring $410"),
        (money(4_300), "On track: needs $800 a week, you bring $410"),
        (money(4_299), "$700 behind: needs $800 a week, you bring $410"),
        ({**money(0), "recent_amount": Decimal(0)}, "$5,000 behind: needs $1,400 a week, nothing comes in yet"),
        ({**money(9_000), **after(97)}, "$700 behind: $1,000 to go, due in 3 days"),
        ({**money(9_000), **after(100)}, "$1,000 behind: $1,000 to go, due today"),
        (after(101), "Overdue by 1 day: $5,000 to go"),
        (after(112), "Overdue by 12 days: $5,000 to go"),
        ({"due_on": None}, "No date set: $5,000 to go, you bring $410 a week"),
        ({**money(0), **after(0), "recent_amount": Decimal(0)}, "On track: needs $700 a week, nothing comes in yet"),
        ({**money(0), **after(0), "due_on": START}, "$10,000 behind: $10,000 to go, due today"),
    ],
)
def test_a_pace_reads(changes: dict[str, Any], sentence: str) -> None:
    assert pace_sentence(pace(known(**changes)), "USD") == sentence


@pytest.mark.fast
def test_the_line_begins_with_what_was_there_before_the_goal() -> None:
    found = pace(known(current_amount=Decimal(8_000), since_amount=Decimal(1_000)))
    assert (found.expected_amount, found.expected_percent, found.behind_amount) == (Decimal(8_500), 85, Decimal(500))
    assert found.state is PaceState.BEHIND
    assert pace(known(current_amount=Decimal(8_290), since_amount=Decimal(1_290))).state is PaceState.ON_TRACK


@pytest.mark.fast
def test_a_young_goal_is_not_measured_by_four_weeks() -> None:
    week = known(**after(6), recent_amount=Decimal(400))
    assert pace(week).weekly_amount == 400
    assert (
        pace(known(**after(6), recent_amount=Decimal(400), first_on=START - timedelta(days=300))).weekly_amount == 100
    )


@pytest.mark.fast
def test_a_goal_is_reached_on_the_day_since_which_its_amount_is_there() -> None:
    days = {START: Decimal(60), START + timedelta(days=2): Decimal(-1), START + timedelta(days=5): Decimal(10)}
    assert reached_on(target_amount=Decimal(60), current_amount=Decimal(69), by_day=days) == START + timedelta(days=5)
    assert reached_on(target_amount=Decimal(100), current_amount=Decimal(169), by_day=days) is None
    assert reached_on(target_amount=Decimal(60), current_amount=Decimal(60), by_day={}) is None


def goal_of(person: Person, title: str, *, due_in: int | None, received: int = 0, age: int = 50) -> Goal:
    """Set a goal that is so many days old, with money received a moment ago."""
    today = database_now().date()
    due_on = None if due_in is None else today + timedelta(days=due_in)
    with person.acting():
        goal = create_goal(title=title, target_amount=Decimal(1000), due_on=due_on, by=person.user.pk)
        Goal.objects.filter(id=goal.id).update(created_at=database_now() - timedelta(days=age))
        if received:
            record_revenue(goal_id=goal.id, amount=Decimal(received), received_on=today, by=person.user.pk)
    return goal


def test_goals_are_listed_by_attention_and_filtered_by_how_they_stand(alice: Person) -> None:
    for title, options in {
        "Without a date": {"due_in": None},
        "Reached": {"due_in": 50, "received": 1000},
        "On track": {"due_in": 50, "received": 600},
        "Behind, due later": {"due_in": 60},
        "Overdue": {"due_in": -3},
        "Behind": {"due_in": 50, "received": 120},
    }.items():
        goal_of(alice, title, **options)  # type: ignore[arg-type]
    browser, where = alice.browser(), reverse("goals")

    def listed(query: str = "") -> list[str]:
        return [row.goal.title for row in browser.get(where + query).context["page"].rows]

    behind = ["Behind", "Behind, due later"]
    assert listed() == ["Overdue", *behind, "On track", "Without a date", "Reached"]
    assert listed("?show=behind") == behind and listed("?show=reached") == ["Reached"]
    assert listed("?show=nonsense") == []
    page = browser.get(where).content.decode()
    assert "$380 behind: needs $120 a week, you bring $30" in page and "Overdue by 3 days: $1,000 to go" in page
    assert "Today should be at 50 %" in page
    paces = {goal["title"]: goal["pace"] for goal in alice.get("/goals").json()["data"]}
    assert paces["Reached"] is None
    assert paces["Behind"] == {
        "state": "behind",
        "expected_amount": "500.00",
        "behind_amount": "380.00",
        "needed_weekly_amount": "123.20",
        "weekly_amount": "30.00",
        "overdue_days": 0,
    }


def test_the_list_of_goals_is_read_page_by_page(alice: Person) -> None:
    with alice.acting():
        for number in range(30):
            create_goal(title=f"Goal {number}", target_amount=Decimal(10), by=alice.user.pk)
    browser, where, seen = alice.browser(), reverse("goals"), []
    first = browser.get(where)
    cursor = first.context["page"].next_cursor
    for page in (first, browser.get(f"{where}?cursor={cursor}")):
        seen += [row.goal.title for row in page.context["page"].rows]
    assert len(seen) == len(set(seen)) == 30
    assert browser.get(f"{where}?cursor=nonsense").status_code == 422
