"""Test keys: a sandbox of one's own, whose clock moves, and nothing of the organization."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings

from audit.models import Event
from saas.accounts.keys import PREFIXES, SCOPES, checksum_is_right, new_secret
from saas.accounts.models import ApiKey, KeyMode, Organization
from saas.accounts.queries import sandbox_of
from saas.backoffice.business import business, exhausted
from saas.backoffice.earnings import earnings
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.notifications import delivery
from saas.notifications.models import Notification
from saas.team.actions import TOKENS_MAX, create_api_key
from tests.answers import refusal
from tests.conftest import Person, hire, make_goal
from tests.machinery import at_once, provider

DAY = 86_400


def with_test_key(person: Person, **values: Any) -> Person:
    """Return the person with a new test key, acting for the sandbox."""
    body = {"name": "ci", "scopes": list(SCOPES), "mode": "test", **values}
    made = person.post("/api-keys", body).json()
    assert (made["mode"], made["key"][:8]) == ("test", "mp_test_")
    home = sandbox_of(person.organization_id)
    assert home is not None
    return Person(home, person.user, person.role, made["key"])


@pytest.fixture
def tester(alice: Person) -> Person:
    return with_test_key(alice)


def events_of(person: Person) -> list[UUID]:
    return list(Event.objects.filter(organization_id=person.organization_id).values_list("id", flat=True))


def available(person: Person) -> int:
    return int(person.get("/tokens/balance").json()["available"])


def advance(person: Person, seconds: int) -> Any:
    return person.post("/test/clock", {"advance_seconds": seconds})


def test_a_prefix_belongs_to_its_key() -> None:
    live, test = new_secret(KeyMode.LIVE), new_secret(KeyMode.TEST)
    assert checksum_is_right(live) and checksum_is_right(test)
    assert not checksum_is_right(PREFIXES[KeyMode.LIVE] + test[8:])
    assert not checksum_is_right(PREFIXES[KeyMode.TEST] + live[8:])


def test_answers_say_that_they_are_tests(alice: Person, tester: Person) -> None:
    account = tester.get("/account")
    assert (account.json()["mode"], account.headers["Milepost-Mode"]) == ("test", "test")
    assert account.json()["plan"] == "pro" and account.json()["organization"]["id"] == str(tester.organization_id)
    assert tester.get(f"/goals/{uuid4()}").headers["Milepost-Mode"] == "test"
    live = alice.get("/account")
    assert live.json()["mode"] == "live" and "Milepost-Mode" not in live.headers


def test_neither_side_sees_or_moves_anything_of_the_other(alice: Person, tester: Person) -> None:
    ours, theirs = str(make_goal(alice).id), str(make_goal(tester).id)
    for person, own, foreign in ((alice, ours, theirs), (tester, theirs, ours)):
        assert [goal["id"] for goal in person.get("/goals").json()["data"]] == [own]
        assert person.get(f"/goals/{foreign}").status_code == 404
        assert person.patch(f"/goals/{foreign}", {"title": "Mine"}).status_code == 404
        assert person.post("/quests", {"goal": foreign}).status_code == 404
    assert tester.post("/tokens/holds", {"amount": 5, "purpose": "a test"}).status_code == 201
    assert (available(alice), available(tester)) == (200, 195)
    assert tester.get("/members").json()["data"] == [] and tester.get("/api-keys").json()["data"] == []


def test_a_sandbox_is_one_and_follows_the_plan(alice: Person, business: Any) -> None:
    from plans.actions import upgrade

    answers = at_once([lambda: with_test_key(alice)] * 3)
    assert len({answer.organization_id for answer in answers}) == 1  # type: ignore[union-attr]
    with alice.acting():
        upgrade(plan_key="enterprise")
    again = with_test_key(alice)
    assert again.get("/account").json()["plan"] == "enterprise" and available(again) == 2200
    free = with_test_key(business("starter"))
    assert (free.get("/account").json()["plan"], available(free)) == ("starter", 0)


def test_the_owner_sees_rotates_and_revokes_it(alice: Person, tester: Person) -> None:
    tester.get("/license")
    [row] = [row for row in alice.get("/api-keys").json()["data"] if row["mode"] == "test"]
    assert row["hint"].startswith("mp_test_") and row["last_used_at"] is not None
    rotated = alice.post(f"/api-keys/{row['id']}/rotate", {"overlap_hours": 0}).json()
    assert tester.get("/license").status_code == 401
    new = Person(tester.organization_id, tester.user, tester.role, rotated["key"])
    assert new.get("/account").json()["mode"] == "test"
    assert alice.delete(f"/api-keys/{rotated['id']}").status_code == 204
    assert new.get("/license").status_code == 401


def test_the_page_makes_one(alice: Person) -> None:
    page = alice.browser().post("/settings/api-keys", {"name": "ci", "scopes": ["read"], "mode": "test"})
    secret = page.content.decode().split('id="new-key" value="')[1].split('"')[0]
    assert Person(alice.organization_id, alice.user, "owner", secret).get("/account").json()["mode"] == "test"


def test_nobody_comes_in_by_a_test_key(alice: Person, tester: Person, mailoutbox: list[Any]) -> None:
    assert refusal(tester.post("/api-keys", {"name": "k", "scopes": ["read"]})) == (403, "forbidden")
    assert refusal(tester.post("/members", {"email": "new@example.com"})) == (403, "forbidden")
    gift = {"to": {"email": "new@example.com"}, "pack": "pack_500"}
    assert refusal(tester.post("/gifts", gift)) == (403, "forbidden")
    assert mailoutbox == []
    browser = alice.browser()
    browser.post(f"/organizations/{tester.organization_id}/switch")
    assert browser.get("/api/v1/account").json()["organization"]["id"] == str(alice.organization_id)
    with tenancy.organization(tester.organization_id):
        assert not ApiKey.objects.exists()


def test_what_happens_in_it_is_news_for_nobody(business: Any) -> None:
    tester = with_test_key(business("enterprise"))
    assert tester.post("/quotas", {"scope": "organization", "tokens": 5}).status_code == 201
    asked = tester.post("/token-requests", {"tokens": 5}).json()
    assert tester.post(f"/token-requests/{asked['id']}/approve", {}).json()["status"] == "approved"
    with tenancy.system():
        delivery.notify()
        assert not Notification.objects.filter(event_id__in=events_of(tester)).exists()


def test_no_money_moves(tester: Person, settings: LazySettings) -> None:
    settings.BILLING_MODE = "test"
    for path, body in (
        ("/purchases", {"pack": "pack_500"}),
        ("/subscription/preview", {"plan": "enterprise"}),
        ("/subscription/change", {"plan": "enterprise"}),
        ("/subscription/pause", {}),
        ("/subscription/resume", {}),
        ("/subscription/cancel", {}),
    ):
        refused = tester.post(path, body)
        assert refusal(refused) == (403, "forbidden") and "BILLING_MODE" in refused.json()["detail"], path
    overage = tester.put("/overage", {"enabled": True, "monthly_cap": "10.00"})
    assert refusal(overage) == (403, "forbidden") and "BILLING_MODE" in overage.json()["detail"]
    assert tester.get("/purchases").json()["data"] == []


def test_where_nobodys_money_moves_it_may_buy(tester: Person, settings: LazySettings, tmp_path: Path) -> None:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    assert tester.post("/purchases", {"pack": "pack_500"}).status_code == 201


def test_its_ai_costs_nothing(tester: Person, settings: LazySettings) -> None:
    with provider() as paid:
        for name, value in paid.environment.items():
            setattr(settings, name, value)
        made = tester.post("/quests", {"goal": str(make_goal(tester).id)})
    assert (made.status_code, made.json()["provider"], paid.calls) == (201, "builtin", 0)


def test_what_moves_a_sandbox_is_not_there_for_others(alice: Person) -> None:
    for path, body in (
        ("/test/clock", {"advance_seconds": 1}),
        ("/test/tokens", {"tokens": 1}),
        ("/test/payment", {"outcome": "failed"}),
    ):
        assert refusal(alice.post(path, body)) == (404, "not_found")
    assert alice.get("/test/clock").status_code == alice.browser().get("/api/v1/test/clock").status_code == 404
    with alice.acting():
        assert Organization.objects.get().clock_offset == timedelta(0)


def test_121_seconds_later_a_hold_is_free(alice: Person, tester: Person) -> None:
    held = tester.post("/tokens/holds", {"amount": 5, "purpose": "a test"}).json()
    key = str(uuid4())
    moved = tester.post("/test/clock", {"advance_seconds": 121}, key=key).json()
    assert tester.post("/test/clock", {"advance_seconds": 121}, key=key).json() == moved
    assert moved["ahead_seconds"] == tester.get("/test/clock").json()["ahead_seconds"] == 121
    assert tester.get(f"/tokens/holds/{held['id']}").json()["status"] == "expired"
    assert available(tester) == 200
    with alice.acting():
        assert datetime.fromisoformat(moved["now"]) - database_now() > timedelta(seconds=115)


def test_the_next_period_brings_one_allowance(tester: Person) -> None:
    tester.post("/tokens/holds", {"amount": 5, "purpose": "a test"})
    for _ in range(2):
        assert advance(tester, 16 * DAY).status_code == 200
    assert advance(tester, 1).status_code == 200
    assert available(tester) == 200
    grants = tester.get("/tokens/ledger", kind="grant").json()["data"]
    assert [grant["tokens"] for grant in grants] == [200, 200]


def test_two_weeks_overdue_end_sync_and_paying_restores(alice: Person, tester: Person) -> None:
    failed = tester.post("/test/payment", {"outcome": "failed"}).json()
    assert (failed["state"], failed["capabilities"]["ai"]) == ("grace", False)
    advance(tester, 14 * DAY)
    assert tester.get("/license").json()["capabilities"] == {"ai": False, "sync": False, "reports": True}
    assert refusal(tester.get("/sync")) == (402, "license_sync_off")
    paid = tester.post("/test/payment", {"outcome": "succeeded"}).json()
    assert paid["state"] == "active" and tester.get("/sync").status_code == 200
    assert alice.get("/license").json()["state"] == "active"


def test_time_and_tokens_have_a_limit(tester: Person) -> None:
    assert [advance(tester, seconds).status_code for seconds in (0, -1, 400 * DAY + 1)] == [422] * 3
    rows: list[tuple[str, str, tuple[Any, ...]]] = [
        ("/test/clock", "advance_seconds", (1.0, "1", True, None, [], 10**400)),
        ("/test/tokens", "tokens", (0, -1, TOKENS_MAX + 1, "1", None, 10**400)),
        ("/test/payment", "outcome", ("paid", "", None, 1, [])),
    ]
    for path, field, wrong in rows:
        bodies = [{}, {field: 1, "more": 1}, *({field: value} for value in wrong)]
        assert {refusal(tester.post(path, body)) for body in bodies} == {(422, "validation_error")}, path
    assert [advance(tester, 400 * DAY).status_code for _ in range(10)] == [200] * 9 + [409]
    assert tester.get("/account").status_code == tester.get("/tokens/balance").status_code == 200
    given = tester.post("/test/tokens", {"tokens": 50})
    assert (given.status_code, given.json()["available"]) == (201, 250)
    assert refusal(tester.post("/test/tokens", {"tokens": TOKENS_MAX})) == (409, "conflict")
    promo = [bucket for bucket in tester.get("/tokens/balance").json()["buckets"] if bucket["source"] == "promo"]
    assert [bucket["remaining"] for bucket in promo] == [50]


def test_the_business_does_not_count_it(alice: Person, tester: Person) -> None:
    from tests.backoffice.business import buys, works

    def figures() -> Any:
        with tenancy.system():
            now = database_now()
            span: dict[str, Any] = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
            ran_out = {each.organization_id for each in exhausted(since=span["since"])}
            return business(**span), earnings(**span).total, ran_out

    before = figures()
    works(tester, "0.50")
    hold = {"amount": 10, "purpose": "a test"}
    while tester.post("/tokens/holds", hold).status_code == 201:
        pass
    quests = {"goal": str(make_goal(tester).id), "count": 3}
    assert refusal(tester.post("/quests", quests)) == (402, "insufficient_tokens")
    buys(tester)
    assert figures() == before


def test_members_and_departments_are_no_part_of_it(alice: Person) -> None:
    bob = hire(alice)
    with alice.acting():
        secret = create_api_key(
            name="bob's", scopes=["read", "ai", "goals:write"], by=bob.user, mode=KeyMode.TEST
        ).secret
    tester = Person(UUID(int=0), bob.user, "member", secret)
    assert tester.get("/account").json()["mode"] == "test"
    membership = [row for row in alice.get("/members").json()["data"] if row["user"] == str(bob.user.pk)]
    assert alice.delete(f"/members/{membership[0]['id']}").status_code == 204
    assert tester.get("/account").status_code == 401
