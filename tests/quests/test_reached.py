"""A goal is reached when its amount is there: on every page, in every report and over the API, and not before."""

import csv
import io
from datetime import timedelta
from typing import Any

from django.urls import reverse

from saas.kernel.clock import database_now
from saas.reports.queries import span
from saas.reports.table import REPORTS
from tests.conftest import Person


def receive(person: Person, goal: Any, amount: str) -> str:
    """Record money in the goal's page; return the page that follows."""
    form = {"amount": amount, "received_on": "2026-11-02", "note": ""}
    answer = person.browser().post(reverse("revenue", args=[goal.id]), form, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def listed(person: Person, status: str) -> list[str]:
    """Return the goals that the API lists with a status."""
    return [goal["id"] for goal in person.get("/goals", status=status).json()["data"]]


def test_the_last_dollar_reaches_a_goal_everywhere_and_its_refund_opens_it_again(alice: Person, goal: Any) -> None:
    almost = receive(alice, goal, "11999.99")
    assert "Recorded $11,999.99. $0.01 to go." in almost and "Generate quest" in almost
    assert listed(alice, "active") == [str(goal.id)] and listed(alice, "reached") == []
    done = receive(alice, goal, "0.01")
    assert "You reached $12,000." in done and "Set the next goal" in done
    assert "Generate quest" not in done and "Find leads" not in done
    assert "You did it: $12,000 on 2 Nov 2026<" in done and "2 payments brought it" in done
    assert alice.get(f"/goals/{goal.id}").json()["status"] == "reached"
    assert listed(alice, "active") == [] and listed(alice, "reached") == [str(goal.id)]
    lists = [alice.browser().get(reverse(name)).content.decode() for name in ("goals", "home")]
    assert all(">Reached<" in page for page in lists)
    assert reports(alice) == ("reached", 1)
    receive(alice, goal, "-1")
    assert alice.get(f"/goals/{goal.id}").json()["status"] == "active"
    assert reports(alice) == ("active", 0)


def reports(person: Person) -> tuple[str, Any]:
    """Return the status of the only goal in the CSV, and how many the report's summary counts as reached."""
    text = b"".join(person.get("/reports/goals.csv").streaming_content).decode()
    [line] = csv.DictReader(io.StringIO(text))
    with person.acting():
        return line["Status"], dict(REPORTS["goals"].summary(span()))["Reached"]


def test_no_client_says_that_a_goal_is_reached(alice: Person, goal: Any) -> None:
    for status in ("reached", "active"):
        assert alice.patch(f"/goals/{goal.id}", {"status": status}).json()["status"] == "active"
    assert alice.patch(f"/goals/{goal.id}", {"current_amount": "12000.00"}).json()["status"] == "reached"
    assert alice.patch(f"/goals/{goal.id}", {"status": "archived"}).json()["status"] == "archived"
    assert listed(alice, "archived") == [str(goal.id)] and listed(alice, "reached") == []
    assert alice.patch(f"/goals/{goal.id}", {"status": "reached"}).json()["status"] == "reached"
    assert alice.patch(f"/goals/{goal.id}", {"target_amount": "12000.01"}).json()["status"] == "active"


def test_a_goal_that_is_reached_again_after_a_correction_is_told_again_and_an_archived_one_never(
    alice: Person, goal: Any
) -> None:
    entry = alice.post("/revenue-entries", {"goal": str(goal.id), "amount": "12000.00", "received_on": "2026-11-02"})
    where = f"/revenue-entries/{entry.json()['id']}"
    for amount in ("1.00", "12000.00"):
        alice.patch(where, {"amount": amount})
    assert reached_events(alice) == 2
    alice.patch(where, {"amount": "1.00"})
    alice.delete(f"/goals/{goal.id}")
    alice.patch(where, {"amount": "12000.00"})
    alice.patch(f"/goals/{goal.id}", {"status": "active"})
    assert reached_events(alice) == 2


def reached_events(person: Person) -> int:
    """Return how often the audit log says that a goal was reached."""
    return len(person.get("/audit-events", kind="goal.reached").json()["data"])


def test_the_next_goal_is_proposed_from_the_one_before(alice: Person, mallory: Person, goal: Any) -> None:
    alice.patch(f"/goals/{goal.id}", {"due_on": str(database_now().date() + timedelta(days=30))})
    where = reverse("new_goal")
    form = alice.browser().get(f"{where}?after={goal.id}").context["form"]
    assert (form["title"].value(), form["target_amount"].value()) == (goal.title, goal.target_amount)
    assert form["due_on"].value() == database_now().date() + timedelta(days=30)
    assert mallory.browser().get(f"{where}?after={goal.id}").status_code == 404
    assert alice.browser().get(f"{where}?after=nonsense").status_code == 404
