"""Leads have states, and what is won becomes revenue, once."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from quests.models import LeadList
from tests.conftest import Person

LEAD = {
    "name": "The offices next door",
    "segment": "Offices",
    "why": "They order lunch",
    "channel": "In person",
    "first_message": "Hello",
    "estimated_value": "400.00",
}


@pytest.fixture
def leads(alice: Person, goal: Any) -> LeadList:
    with alice.acting():
        return LeadList.objects.create(
            goal=goal,
            title="Leads",
            summary="Why",
            leads=[LEAD, LEAD],
            transaction_id=uuid4(),
            provider="builtin",
            created_by_id=alice.user.pk,
        )


def states(person: Person, leads: LeadList) -> list[tuple[str, str | None]]:
    found = person.get(f"/lead-lists/{leads.pk}").json()["leads"]
    return [(lead["state"], lead["won_amount"]) for lead in found]


def test_a_lead_is_contacted_answers_and_is_won_in_the_page(alice: Person, leads: LeadList, goal: Any) -> None:
    browser, where = alice.browser(), reverse("update_lead", args=[leads.pk, 1])
    for state in ("contacted", "answered"):
        browser.post(where, {"state": state, "amount": ""})
        assert states(alice, leads) == [("new", None), (state, None)]
    assert browser.post(where, {"state": "won", "amount": ""}).status_code == 422
    for _ in range(2):
        page = browser.post(where, {"state": "won", "amount": "400"}, follow=True).content.decode()
    assert "$400.00</data> recorded" in page and states(alice, leads)[1] == ("won", "400.00")
    [entry] = alice.get("/revenue-entries", goal=str(goal.id)).json()["data"]
    assert (entry["amount"], entry["note"]) == ("400.00", LEAD["name"])
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "400.00"
    assert browser.post(where, {"state": "new"}).status_code == 409
    alice.delete(f"/revenue-entries/{entry['id']}")
    assert "Not yet" in browser.get(reverse("lead_list", args=[leads.pk])).content.decode()
    browser.post(where, {"state": "new"})
    assert states(alice, leads)[1] == ("new", None)


def test_the_api_says_how_far_a_lead_is(alice: Person, leads: LeadList) -> None:
    where, won = f"/lead-lists/{leads.pk}", {"lead": 0, "state": "won", "amount": "9.50", "received_on": "2026-11-02"}
    for wrong in (
        {"lead": 0, "state": "won"},
        {"lead": 0, "state": "lost"},
        {**won, "state": "new"},
        {**won, "lead": -1},
    ):
        assert alice.patch(where, wrong).status_code == 422
    assert alice.patch(where, {**won, "lead": 9}).status_code == 404
    assert states(alice, leads) == [("new", None)] * 2
    assert alice.patch(where, won).json()["leads"][0]["state"] == "won"
    assert alice.patch(where, {**won, "amount": "10.00"}).status_code == 409
