"""What a goal's pages say besides its progress: a day that has passed, and edits that contradict each other."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.urls import reverse

from saas.kernel.clock import database_now
from tests.conftest import Person, make_goal

FORM = {"title": "Sell the old van", "target_amount": "100", "current_amount": "", "description": ""}


def test_a_goal_whose_day_passed_is_taken_told_and_marked_unless_that_was_over_a_year_ago(alice: Person) -> None:
    browser, today = alice.browser(), database_now().date()
    yesterday, where = str(today - timedelta(days=1)), reverse("new_goal")
    for wrong in (str(today - timedelta(days=367)), "1901-01-01"):
        refused = browser.post(where, {**FORM, "due_on": wrong})
        assert refused.status_code == 422 and "field-error" in refused.content.decode()
    assert alice.get("/goals").json()["data"] == []
    assert "has passed" not in browser.post(where, {**FORM, "due_on": str(today)}, follow=True).content.decode()
    [goal] = alice.get("/goals").json()["data"]
    pages = (reverse("goals"), reverse("home"), reverse("goal", args=[goal["id"]]))
    assert not any("Overdue" in browser.get(page).content.decode() for page in pages)
    edit = reverse("edit_goal", args=[goal["id"]])
    assert browser.post(edit, {**FORM, "title": "Sell both vans", "due_on": yesterday}).status_code == 302
    assert all(">Overdue<" in browser.get(page).content.decode() for page in pages)
    assert browser.post(edit, {**FORM, "due_on": "2020-01-01"}).status_code == 422
    alice.patch(f"/goals/{goal['id']}", {"due_on": "2020-01-01"})
    assert browser.post(edit, {**FORM, "due_on": "2020-01-01"}).status_code == 302
    alice.patch(f"/goals/{goal['id']}", {"current_amount": "100.00"})
    assert not any("Overdue" in browser.get(page).content.decode() for page in pages)
    assert "has passed" in browser.post(where, {**FORM, "due_on": yesterday}, follow=True).content.decode()


def contradict(person: Person, type_: str, id: Any, data: dict[str, Any]) -> None:
    """Push an edit of a version that is not the newest one any more."""
    change = {"client_change_id": str(uuid4()), "type": type_, "id": str(id), "base_version": 1, "data": data}
    [result] = person.post("/sync", {"changes": [change]}).json()["results"]
    assert result["status"] == "conflict"


def test_an_open_conflict_is_said_on_the_dashboard_and_on_its_goal_alone(alice: Person) -> None:
    goal, other = make_goal(alice), make_goal(alice, title="Another one")
    entry = alice.post(
        "/revenue-entries", {"goal": str(goal.id), "amount": "10.00", "received_on": "2026-11-02"}
    ).json()
    browser = alice.browser()

    def said() -> list[bool]:
        pages = (reverse("home"), *(reverse("goal", args=[each.id]) for each in (goal, other)))
        return ["Changed in two places" in browser.get(page).content.decode() for page in pages]

    assert said() == [False, False, False]
    alice.patch(f"/revenue-entries/{entry['id']}", {"amount": "11.00"})
    contradict(alice, "revenue_entry", entry["id"], {"amount": "12.00"})
    assert said() == [True, True, False]
    [conflict] = alice.get("/sync/conflicts").json()["data"]
    browser.post(reverse("resolve_conflict", args=[conflict["id"]]), {"keep": "mine"})
    assert said() == [False, False, False]
    alice.patch(f"/goals/{other.id}", {"title": "Changed"})
    contradict(alice, "goal", other.id, {"title": "Mine"})
    assert said() == [True, False, True]
