"""Every page answers, for the right people."""

import pytest
from django.urls import reverse

from tests.conftest import Person
from tests.pages import PLAIN, VARIANTS, path_of

OPEN = ("home", "plans", "offline")
"""What visitors may see."""


@pytest.mark.parametrize("name", sorted({*PLAIN, *VARIANTS}))
def test_a_page_answers_its_owner_and_sends_visitors_to_the_login(alice: Person, client, name: str) -> None:  # type: ignore[no-untyped-def]
    page = alice.browser().get(path_of(name))
    if page.status_code == 405:
        return
    assert page.status_code == 200
    assert "</h1>" in page.content.decode()
    assert client.get(path_of(name)).status_code == (200 if name in OPEN else 302)


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
