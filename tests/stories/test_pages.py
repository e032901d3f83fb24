"""Every page answers, for the right people."""

from uuid import uuid4

import pytest
from django.urls import reverse

from tests.conftest import Person
from tests.pages import PLAIN, VARIANTS, path_of
from tokens.actions import hold

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
    headers = {"HX-Request": "true"}
    fragments = [browser.post(where, {"count": "1", "idempotency_key": f"x{n}"}, headers=headers) for n in range(3)]
    refused = [each for each in fragments if each.status_code == 429]  # the first is late where the machine is busy
    assert "Try again in" in refused[-1].content.decode()


def test_where_nothing_can_be_spent_the_page_says_what_helps(alice: Person) -> None:
    before = alice.browser().get(reverse("home")).content.decode()
    assert "Nothing can be spent now" not in before
    with alice.acting():
        hold(
            transaction_id=uuid4(),
            tokens=200,
            operation="own",
            price_book_version=None,
            seconds=60,
            user_id=alice.user.pk,
            department_id=None,
        )
    home = alice.browser().get(reverse("home")).content.decode()
    sentence = home.split("Nothing can be spent now.")[1].split("</p>")[0]
    assert f'<a href="{reverse("packs")}">' in sentence
