"""Requests for more: asked once, answered once, and the quota moves by exactly that."""

from typing import Any

import pytest

from audit import queries as audit
from saas.notifications.tasks import notify
from saas.team.actions import set_quota
from tests.answers import refusal
from tests.conftest import Person, hire
from tests.machinery import at_once
from tests.notifications.notified import notified_kinds
from tokens.kinds import QuotaScope

pytestmark = pytest.mark.own_database


@pytest.fixture
def alice(business: Any) -> Person:
    person: Person = business("enterprise")
    return person


@pytest.fixture
def bob(alice: Person) -> Person:
    """A member who may spend 2 tokens."""
    person = hire(alice)
    with alice.acting():
        set_quota(scope=QuotaScope.USER, subject_id=person.user.pk, tokens=2)
    return person


def ask(person: Person, tokens: int = 6) -> str:
    made = person.post("/token-requests", {"tokens": tokens, "note": "The fair is next week"})
    assert made.status_code == 201, made.content
    return str(made.json()["id"])


def quota(person: Person) -> tuple[int, int, int]:
    """Return the quota's limit, raise and what is left."""
    [row] = person.get("/quotas").json()["data"]
    return row["limit"], row["raised"], row["left"]


def test_asking_is_told_and_approving_raises_for_this_period(alice: Person, bob: Person) -> None:
    assert bob.post("/tokens/holds", {"amount": 3, "purpose": "x"}).json()["code"] == "quota_reached"
    request = ask(bob)
    notify()
    assert notified_kinds(alice)[-1] == "request.made"
    [waiting] = alice.get("/token-requests", status="open").json()["data"]
    assert (waiting["id"], waiting["user"], waiting["scope"]) == (request, str(bob.user.pk), "user")
    answered = alice.post(f"/token-requests/{request}/approve", {"note": "Good luck"}).json()
    assert (answered["status"], answered["answer"], answered["for_good"]) == ("approved", "Good luck", False)
    assert quota(alice) == (2, 6, 8)
    assert bob.post("/tokens/holds", {"amount": 8, "purpose": "x"}).status_code == 201
    notify()
    assert notified_kinds(bob) == ["request.approved"]
    with alice.acting():
        kinds = [event.kind for event in audit.events() if event.kind.startswith(("request.", "quota.r"))]
    assert kinds == ["request.approved", "quota.raised", "request.made"]


def test_for_good_raises_the_limit_and_declining_nothing(alice: Person, bob: Person) -> None:
    alice.post(f"/token-requests/{ask(bob)}/approve", {"for_good": True})
    assert quota(alice) == (8, 0, 8)
    alice.post(f"/token-requests/{ask(bob)}/decline", {"note": "Not now"})
    assert quota(alice) == (8, 0, 8)
    [declined, _] = bob.get("/token-requests").json()["data"]
    assert (declined["status"], declined["answer"]) == ("declined", "Not now")


def test_a_request_is_open_once_and_answered_once(alice: Person, bob: Person) -> None:
    asked = at_once([lambda: bob.post("/token-requests", {"tokens": 6})] * 3)
    assert sorted(each.status_code for each in asked) == [201, 409, 409]  # type: ignore[union-attr]
    [request] = [each.json()["id"] for each in asked if each.status_code == 201]  # type: ignore[union-attr]
    approve = f"/token-requests/{request}/approve"
    answers = at_once([lambda: alice.post(approve), lambda: alice.post(approve), lambda: alice.post(approve)])
    assert sorted(each.status_code for each in answers) == [200, 409, 409]  # type: ignore[union-attr]
    assert quota(alice) == (2, 6, 8)


def test_who_may_what(alice: Person, bob: Person) -> None:
    request = ask(bob)
    carol = hire(alice)
    assert refusal(bob.post(f"/token-requests/{request}/approve"))[0] == 403
    assert bob.browser().post(f"/team/requests/{request}", {"answer": "for_good"}).status_code == 403
    assert carol.get("/token-requests").json()["data"] == []
    assert carol.get(f"/token-requests/{request}").status_code == 404
    assert refusal(carol.post("/token-requests", {"tokens": 5})) == (409, "conflict"), "no quota limits her"
    too_much = alice.post(f"/token-requests/{request}/decline").json()
    assert too_much["status"] == "declined"


def test_more_than_there_is_cannot_be_allowed_in_this_period(alice: Person, bob: Person) -> None:
    request = ask(bob, tokens=3000)
    assert refusal(alice.post(f"/token-requests/{request}/approve")) == (402, "insufficient_tokens")
    assert alice.get(f"/token-requests/{request}").json()["status"] == "open", "nothing happened"


def test_the_pages_ask_and_answer(alice: Person, bob: Person) -> None:
    browser = bob.browser()
    assert "Ask for more" in browser.get("/team").content.decode()
    assert browser.post("/team/requests", {"tokens": "0"}).status_code == 422
    browser.post("/team/requests", {"tokens": "6", "note": "The fair"})
    page = alice.browser().get("/team").content.decode()
    assert "asks for" in page and "The fair" in page
    [request] = alice.get("/token-requests").json()["data"]
    alice.browser().post(f"/team/requests/{request['id']}", {"answer": "period", "note": "Go on"})
    assert quota(alice) == (2, 6, 8)
    assert "Go on" in browser.get("/team").content.decode()
