"""The button that begins a trial stands where a plan was missing, and leads back there."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client, RequestFactory
from django.urls import reverse

from saas.web.pages import next_of
from tests.conftest import Person, hire, make_goal, open_business

BUTTON = "Try Pro free for 14 days"


@pytest.fixture
def newcomer() -> Person:
    """The verified owner of a new organization on Starter."""
    return open_business("starter")


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        *[(each, True) for each in ("/", "/goals/1#generate-quests", "/plans?a=b")],
        *[(each, False) for each in ("", "goals", "//evil.example", "/\\evil.example", "https://evil.example/")],
        *[(each, False) for each in ("javascript:alert(1)", "/a\nb", "/" + "a" * 200, "/\u00e9", "///evil.example")],
    ],
)
def test_one_is_led_back_to_a_page_of_ours_only(address: str, safe: bool) -> None:
    for request in (RequestFactory().get("/", {"next": address}), RequestFactory().post("/", {"next": address})):
        assert next_of(request) == (address if safe else "")


def test_it_leads_back_to_the_goal_whose_quest_then_begins_once(newcomer: Person) -> None:
    page = reverse("goal", args=[make_goal(newcomer).id])
    browser, back = newcomer.browser(), f"{page}#generate-quests"
    wall = browser.get(page).content.decode()
    assert BUTTON in wall and "Get Pro" in wall and "data-starts" not in wall
    assert BUTTON in browser.get("/").content.decode() and BUTTON in browser.get("/plans").content.decode()
    assert BUTTON not in hire(newcomer, "admin").browser().get(page).content.decode()
    begun = browser.post(reverse("begin_trial"), {"next": back})
    assert (begun.status_code, begun["Location"]) == (302, back)
    goal, again = (browser.get(page).content.decode() for _ in range(2))
    assert "data-starts" in goal and "data-starts" not in again
    assert BUTTON not in goal
    assert browser.post(reverse("begin_trial"), {"next": back})["Location"] == back
    assert "data-starts" not in browser.get(page).content.decode(), "a second press begins nothing more"
    for shown in ("/", "/plans", "/billing"):
        words = " ".join(browser.get(shown).content.decode().split())
        assert "on trial" in words.lower() and "Get Pro" in words, shown


def test_who_is_not_verified_is_led_to_where_that_is_done_and_then_back(newcomer: Person) -> None:
    EmailAddress.objects.filter(user=newcomer.user).update(verified=False)
    browser, back = newcomer.browser(), reverse("goal", args=[make_goal(newcomer).id])
    assert BUTTON in browser.get(back).content.decode()
    answer = browser.post(reverse("begin_trial"), {"next": back}, follow=True)
    assert answer.redirect_chain[0][0] == reverse("account_email")
    assert "Confirm your e-mail address first" in answer.content.decode()
    assert browser.session["after_verification"] == back
    assert newcomer.get("/account").json()["trial"] is None


def test_what_is_paid_leads_back_to_where_it_was_wanted(newcomer: Person) -> None:
    back = f"{reverse('goal', args=[make_goal(newcomer).id])}#generate-quests"
    shown = newcomer.browser().get(reverse("change_plan"), {"plan": "pro", "next": back}).content.decode()
    assert f'name="next" value="{back}"' in shown
    evil = newcomer.browser().get(reverse("change_plan"), {"plan": "pro", "next": "//evil.example"}).content.decode()
    assert "evil" not in evil


def test_the_landing_page_says_what_a_trial_is() -> None:
    words = " ".join(Client().get("/").content.decode().split())
    assert "try it for 14 days" in words and "a quest costs 3" in words
    assert f"{reverse('account_signup')}?next={reverse('new_goal')}" in words
