"""Every page answers, for the right people."""

import pytest
from django.urls import reverse

from tests.conftest import Person

PAGES = (
    "home",
    "goals",
    "conflicts",
    "new_goal",
    "quests",
    "lead_lists",
    "forecasts",
    "usage",
    "ledger",
    "reports",
    "gifts",
    "give",
    "team",
    "settings",
    "notifications",
    "audit_log",
    "api_keys",
    "webhooks",
    "new_webhook",
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_its_owner_and_sends_strangers_to_the_login(alice: Person, client, name: str) -> None:  # type: ignore[no-untyped-def]
    page = alice.browser().get(reverse(name))
    assert page.status_code == 200
    assert "available" in page.content.decode() or "tokens" in page.content.decode()
    if name != "home":
        assert client.get(reverse(name)).status_code == 302


def test_the_whole_way_in_the_browser(alice: Person) -> None:
    browser = alice.browser()
    browser.post(reverse("new_goal"), {"title": "Win offices", "target_amount": "12000", "current_amount": ""})
    [goal] = alice.get("/goals").json()["data"]
    page = browser.get(reverse("goal", args=[goal["id"]])).content.decode()
    key = page.split('name="idempotency_key" value="')[1].split('"')[0]
    where = reverse("generate_quests", args=[goal["id"]])
    made = browser.post(where, {"count": "2", "idempotency_key": key}, follow=True)
    assert "6\N{NO-BREAK SPACE}tokens" in made.content.decode()
    browser.post(where, {"count": "2", "idempotency_key": key}, follow=True)
    assert alice.get("/tokens/balance").json()["available"] == 194
    quest = alice.get("/quests").json()["data"][0]
    assert browser.get(reverse("quest", args=[quest["id"]])).status_code == 200
    browser.post(reverse("mark_steps", args=[quest["id"]]), {"done": ["0"]})
    assert alice.get(f"/quests/{quest['id']}").json()["steps"][0]["done"] is True
    fragment = browser.post(where, {"count": "1", "idempotency_key": "x"}, headers={"HX-Request": "true"})
    assert fragment.status_code == 429
    assert "Try again in" in fragment.content.decode()
