"""Money received toward goals: all of it can be found, the latest day first, and mended."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from quests.actions import record_revenue
from saas.web.pages import PAGE_ROWS
from tests.conftest import Person

DAYS = [date(2026, 8, 10), date(2026, 11, 10), date(2026, 9, 11), date(2026, 11, 10), date(2026, 6, 12)]
"""Out of order, and one of them twice."""


def record(person: Person, goal: Any, days: list[date]) -> list[str]:
    """Record money on each of the days; return the entries' ids, the latest day first."""
    with person.acting():
        made = [
            record_revenue(goal_id=goal.id, amount=Decimal(number), received_on=day, by=person.user.pk)
            for number, day in enumerate(days, start=1)
        ]
    return [str(entry.id) for entry in sorted(made, key=lambda entry: (entry.received_on, entry.id), reverse=True)]


def links(page: str, ids: list[str]) -> list[str]:
    """Return those of the entries that a page leads to, in its order."""
    places = {id: page.find(reverse("edit_revenue", args=[id])) for id in ids}
    return sorted((id for id, place in places.items() if place >= 0), key=lambda id: places[id])


def test_every_entry_is_reached_from_the_goal_the_latest_day_first(alice: Person, goal: Any) -> None:
    days = DAYS + [date(2026, 1, 1) + timedelta(days=n * 7 % 31) for n in range(2 * PAGE_ROWS)]
    ids, browser = record(alice, goal, days), alice.browser()
    shown = browser.get(reverse("goal", args=[goal.id])).content.decode()
    everything = reverse("revenue", args=[goal.id])
    assert everything in shown and links(shown, ids) == ids[:5]
    found, where = [], everything
    while where:
        answer = browser.get(where)
        found += links(answer.content.decode(), ids)
        cursor = answer.context["page"].next_cursor
        where = f"{everything}?cursor={cursor}" if cursor else ""
    assert found == ids


def test_the_oldest_entry_is_corrected_and_removed_in_the_pages(alice: Person, goal: Any) -> None:
    *_, oldest = record(alice, goal, DAYS)
    browser, form = alice.browser(), reverse("edit_revenue", args=[oldest])
    back = browser.post(form, {"amount": "20.00", "received_on": "2026-06-13", "note": "Fair"}, follow=True)
    assert "20.00" in back.content.decode() and "Fair" in back.content.decode()
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "30.00"
    browser.post(reverse("remove_revenue", args=[oldest]))
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "10.00"
    assert links(browser.get(reverse("revenue", args=[goal.id])).content.decode(), [oldest]) == []


def test_the_api_lists_entries_by_the_day_the_money_came(alice: Person, goal: Any) -> None:
    ids = record(alice, goal, DAYS)
    found: list[str] = []
    query: dict[str, Any] | None = {"goal": str(goal.id), "limit": 2}
    while query is not None:
        answer = alice.get("/revenue-entries", **query).json()
        found += [entry["id"] for entry in answer["data"]]
        query = {**query, "cursor": answer["next_cursor"]} if answer["next_cursor"] else None
    assert found == ids


def test_recording_what_is_wrong_shows_the_form_again_and_changes_nothing(alice: Person, goal: Any) -> None:
    where = reverse("revenue", args=[goal.id])
    record(alice, goal, DAYS)
    for amount in ("", "ten", "999999999999.99"):
        answer = alice.browser().post(where, {"amount": amount, "received_on": "2026-11-01", "note": ""})
        assert answer.status_code == 422 and b"field-error" in answer.content
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "15.00"
