"""What the API promises of every resource: scopes, roles, idempotency, rate, codes and its own description."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import Resolver404, reverse
from django.urls import resolve as resolve_address
from pytest_django.fixtures import Settings

from abuse.rules import Limits
from licensing.actions import payment_failed
from plans.actions import set_override
from plans.models import OverrideKind
from saas.accounts.keys import SCOPES
from saas.accounts.models import ApiKey, Department, Membership
from saas.kernel.clock import database_now
from saas.team.actions import create_api_key, remove_member, revoke_api_key
from saas.urls import api
from saas.web.api.resources import StrictSerializer
from saas.webhooks.actions import create_endpoint
from saas.webhooks.models import Endpoint
from tests.answers import CLIENT, STRAY, check_problem
from tests.architecture.resources import METHODS, NEEDS, resources, send
from tests.conftest import Person, hire, log_in, make_goal
from tests.machinery import Provider, at_once, completion, deliver, hang, provider, redis
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope, Source
from tokens.models import Hold

# Scopes


def test_every_method_of_every_resource_names_a_known_scope() -> None:
    for path, view in resources():
        assert {method.upper() for method in METHODS if hasattr(view, method)} == view.scopes.keys(), path
        assert set(view.scopes.values()) <= set(SCOPES), path
        assert all(scope != "read" for method, scope in view.scopes.items() if method in ("PATCH", "DELETE")), path


def test_a_key_without_the_scope_may_not(alice: Person) -> None:
    with alice.acting():
        keys = {
            scope: create_api_key(name="all but one", scopes=[s for s in SCOPES if s != scope], by=alice.user).secret
            for scope in SCOPES
        }
        nothing = create_api_key(name="none", scopes=[], by=alice.user).secret
    for method, path, scope in NEEDS:
        for key in (keys[scope], nothing):
            response = send(method, path, key)
            assert response.status_code == 403, (method, path)
            if method != "head":
                check_problem(response, status=403, code="scope_missing")
                assert response.json()["scope"] == scope
        other = next(s for s in SCOPES if s != scope)
        answer = send(method, path, keys[other])
        assert answer.streaming or b"scope_missing" not in answer.content, (method, path)
    with alice.acting():
        assert not Hold.objects.exists()


# The browser on the API, and roles


def test_the_browser_needs_its_token_for_whatever_changes_something(alice: Person) -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    log_in(browser, alice.user)
    assert browser.get("/api/v1/goals").status_code == 200
    goal = {"title": "Grow", "target_amount": "10.00"}
    for method, path, _ in NEEDS:
        if method not in ("get", "head"):
            refused = browser.generic(method.upper(), f"/api/v1{path}", b"{}", "application/json")
            check_problem(refused, status=403, code="forbidden")
    forged = {"X-CSRFToken": "a" * 32, "Cookie": f"csrftoken={'b' * 32}"}
    check_problem(
        browser.post("/api/v1/goals", goal, "application/json", headers=forged), status=401, code="not_authenticated"
    )
    browser.get(reverse("new_goal"))
    token = browser.cookies["csrftoken"].value
    made = browser.post("/api/v1/goals", goal, "application/json", headers={"X-CSRFToken": token})
    assert made.status_code == 201


def _membership(person: Person) -> str:
    with person.acting():
        return str(Membership.objects.get(user=person.user).id)


HOOK_ACTIONS = ("change", "switch", "remove", "test", "secret", "redeliver")


def test_members_run_nothing_and_admins_do_not_touch_owners(business: Any) -> None:
    alice = business("enterprise")
    admin, member, another = hire(alice, "admin"), hire(alice), hire(alice)
    with alice.acting():
        department = str(Department.objects.create(name="Shop").id)
        key = str(create_api_key(name="k", scopes=["read"], by=alice.user).key.id)
        hook = str(create_endpoint(url="https://example.org/", kinds=["*"]).endpoint.id)
    managing = {
        "/team/invitations": {"email": "new@example.com", "role": "member"},
        f"/team/members/{_membership(another)}": {"role": "admin"},
        f"/team/members/{_membership(another)}/remove": {},
        f"/team/members/{_membership(member)}": {"role": "owner"},
        "/team/departments": {"name": "Mine"},
        f"/team/departments/{department}/remove": {},
        "/team/quota": {"tokens": ""},
        "/settings": {"name": "Mine", "timezone": "UTC"},
        "/settings/api-keys": {"name": "mine", "scopes": ["read"]},
        f"/settings/api-keys/{key}/revoke": {},
        "/settings/webhooks/new": {"url": "https://example.com/"},
        **{f"/settings/webhooks/{hook}/{action}": {} for action in HOOK_ACTIONS},
    }
    for path, values in managing.items():
        assert member.browser().post(path, values).status_code == 403, path
    for path in ("/settings/api-keys", "/settings/webhooks", "/settings/webhooks/new", f"/settings/webhooks/{hook}"):
        assert member.browser().get(path).status_code == 403
    owning = {
        "/team/invitations": {"email": "new@example.com", "role": "owner"},
        f"/team/members/{_membership(admin)}": {"role": "owner"},
        f"/team/members/{_membership(alice)}": {"role": "member"},
        f"/team/members/{_membership(alice)}/remove": {},
    }
    for path, values in owning.items():
        assert admin.browser().post(path, values).status_code == 403, path
    last = alice.browser().post(f"/team/members/{_membership(alice)}/remove")
    assert last.status_code == 409
    with alice.acting():
        roles = sorted(Membership.objects.values_list("role", flat=True))
        assert roles == ["admin", "member", "member", "owner"]
        assert Endpoint.objects.count() == 1
        assert not ApiKey.objects.filter(name="mine").exists() and Department.objects.count() == 1
    assert admin.browser().post(f"/team/members/{_membership(another)}/remove").status_code == 302


# Idempotency


@pytest.fixture
def hold(alice: Person) -> str:
    """Five tokens of alice's, held for her own AI."""
    held = send("post", "/tokens/holds", alice.api_key, {"amount": 5, "purpose": "our model"})
    assert held.status_code == 201, held.content
    return str(held.json()["id"])


MOVES: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None, int]] = {
    "hold": ("/tokens/holds", {"amount": 2, "purpose": "our model"}, {"amount": 3, "purpose": "our model"}, 201),
    "settle": ("/tokens/holds/{hold}/settle", {"amount": 3}, {"amount": 2}, 200),
    "extend": ("/tokens/holds/{hold}/extend", {"seconds": 600}, {"seconds": 601}, 200),
    "release": ("/tokens/holds/{hold}/release", {}, None, 200),
    "quests": ("/quests", {"goal": "{goal}", "count": 1}, {"goal": "{goal}", "count": 2}, 201),
    "lead list": ("/lead-lists", {"goal": "{goal}"}, {"goal": "{goal}", "brief": "cafés"}, 201),
    "revenue forecast": ("/revenue-forecasts", {"months": 2}, {"months": 3}, 201),
}


def _filled(body: dict[str, Any], goal: str) -> dict[str, Any]:
    return {name: goal if value == "{goal}" else value for name, value in body.items()}


@pytest.mark.parametrize("move", MOVES)
def test_a_repeated_key_has_one_effect_and_one_answer(alice: Person, mallory: Person, hold: str, move: str) -> None:
    path, body, other, status = MOVES[move]
    goal, key = str(make_goal(alice).id), f"{move.replace(' ', '-')}-{uuid4()}"
    alice.post("/revenue-entries", {"goal": goal, "amount": "10.00", "received_on": "2026-11-02"})
    path, body = path.format(hold=hold), _filled(body, goal)
    first = send("post", path, alice.api_key, body, **{"Idempotency-Key": key})
    assert first.status_code == status and "Idempotent-Replayed" not in first.headers
    balance = alice.get("/tokens/balance").json()
    for _ in range(2):
        again = send("post", path, alice.api_key, body, **{"Idempotency-Key": key})
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert again.headers["Idempotent-Replayed"] == "true"
    if other is not None:
        changed = send("post", path, alice.api_key, _filled(other, goal), **{"Idempotency-Key": key})
        check_problem(changed, status=422, code="idempotency_key_reused")
    elsewhere = {"amount": 1, "purpose": "somewhere else"}
    reused = send("post", "/tokens/holds", alice.api_key, elsewhere, **{"Idempotency-Key": key})
    check_problem(reused, status=422, code="idempotency_key_reused")
    assert alice.get("/tokens/balance").json() == balance
    hers = send("post", "/tokens/holds", mallory.api_key, elsewhere, **{"Idempotency-Key": key})
    assert hers.status_code == 201 and "Idempotent-Replayed" not in hers.headers
    missing = CLIENT.post(
        f"/api/v1{path}", body, "application/json", headers={"Authorization": f"Bearer {alice.api_key}"}
    )
    check_problem(missing, status=400, code="idempotency_key_required")


def test_a_refusal_is_not_kept_so_the_key_works_later(alice: Person) -> None:
    key, body = str(uuid4()), {"amount": 7, "purpose": "our model"}
    with alice.acting():
        ledger_actions.hold(
            transaction_id=uuid4(),
            tokens=195,
            operation="x",
            price_book_version=None,
            user_id=alice.user.pk,
            department_id=None,
            seconds=60,
        )
    for _ in range(2):
        refused = send("post", "/tokens/holds", alice.api_key, body, **{"Idempotency-Key": key})
        check_problem(refused, status=402, code="insufficient_tokens")
        assert "Idempotent-Replayed" not in refused.headers
    with alice.acting():
        ledger_actions.grant(source=Source.GIFT, tokens=10, business_key=f"gift:{key}")
    assert send("post", "/tokens/holds", alice.api_key, body, **{"Idempotency-Key": key}).status_code == 201


def test_the_same_key_at_the_same_moment_has_one_effect(alice: Person) -> None:
    key, body = str(uuid4()), {"amount": 2, "purpose": "our model"}
    answers = at_once([lambda: alice.post("/tokens/holds", body, key=key)] * 6)
    codes = sorted(answer.status_code for answer in answers if not isinstance(answer, Exception))
    assert len(codes) == 6 and set(codes) <= {201, 409}
    assert alice.get("/tokens/balance").json()["held"] == 2
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1  # type: ignore[union-attr]


# Integrators' holds


def test_a_hold_obeys_the_size_and_not_the_gap(alice: Person) -> None:
    made = [send("post", "/tokens/holds", alice.api_key, {"amount": 10, "purpose": "ours"}) for _ in range(3)]
    assert [answer.status_code for answer in made] == [201, 201, 201]
    too_large = send("post", "/tokens/holds", alice.api_key, {"amount": 11, "purpose": "ours"})
    check_problem(too_large, status=422, code="request_too_large")


def test_a_purpose_is_counted_apart_from_our_operations_and_is_in_no_event(alice: Person) -> None:
    purposes = ["quest", "Letter for Jane Roe <jane@roe.example>"]
    for purpose in purposes:
        held = alice.post("/tokens/holds", {"amount": 2, "purpose": purpose}).json()
        assert held["purpose"] == purpose
        assert alice.post(f"/tokens/holds/{held['id']}/settle", {"amount": 1}).status_code == 200
    assert alice.post("/tokens/holds", {"amount": 11, "purpose": purposes[1]}).status_code == 422
    made = alice.post("/quests", {"goal": str(make_goal(alice).id)}).json()
    assert alice.get(f"/tokens/holds/{made['tokens']['transaction_id']}").json()["purpose"] is None
    usage = {by: alice.get("/usage", group_by=by).json()["data"] for by in ("feature", "purpose")}
    assert {row["group"]: row["tokens"] for row in usage["feature"]} == {"metering": 2, "quest": 3}
    assert {row["group"]: row["tokens"] for row in usage["purpose"]} == {purposes[0]: 1, purposes[1]: 1, None: 3}
    events = alice.get("/audit-events", limit=100).json()["data"]
    operations = [
        event["data"]["operation"] for event in events if event["kind"] in ("hold.placed", "operation.refused")
    ]
    assert sorted(operations) == ["metering"] * 3 + ["quest"]
    assert "Jane" not in json.dumps(events)


def test_settling_is_exact_and_once(alice: Person, hold: str) -> None:
    settle = f"/tokens/holds/{hold}/settle"
    check_problem(send("post", settle, alice.api_key, {"amount": 6}), status=422, code="validation_error")
    settled = send("post", settle, alice.api_key, {"amount": 4}).json()
    assert (settled["status"], settled["settled_tokens"]) == ("settled", 4)
    assert settled["tokens_after"] == {"charged": 4, "available": 196, "held": 0, "transaction_id": hold}
    for path, body in ((settle, {"amount": 5}), (f"/tokens/holds/{hold}/release", {})):
        check_problem(send("post", path, alice.api_key, body), status=409, code="hold_finalized")
    assert alice.get("/tokens/balance").json()["available"] == 196
    assert alice.get(f"/tokens/holds/{hold}").json()["status"] == "settled"


def test_a_released_hold_cannot_be_settled(alice: Person, hold: str) -> None:
    assert send("post", f"/tokens/holds/{hold}/release", alice.api_key).json()["status"] == "released"
    late = send("post", f"/tokens/holds/{hold}/settle", alice.api_key, {"amount": 1})
    check_problem(late, status=409, code="hold_finalized")
    assert alice.get("/tokens/balance").json()["available"] == 200


def test_a_hold_lasts_longer_when_asked_but_not_for_ever(alice: Person, hold: str) -> None:
    def lasts(seconds: int) -> timedelta:
        extended = send("post", f"/tokens/holds/{hold}/extend", alice.api_key, {"seconds": seconds}).json()
        placed, ends = (datetime.fromisoformat(extended[name]) for name in ("created_at", "expires_at"))
        return ends - placed

    assert timedelta(seconds=600) < lasts(600) < timedelta(seconds=660)
    assert timedelta(seconds=600) < lasts(1) < timedelta(seconds=660)  # never shorter
    assert lasts(3600) == timedelta(hours=1)
    send("post", f"/tokens/holds/{hold}/settle", alice.api_key, {"amount": 5})
    late = send("post", f"/tokens/holds/{hold}/extend", alice.api_key, {"seconds": 5})
    check_problem(late, status=409, code="hold_finalized")


def test_nobody_else_ends_a_hold(alice: Person, mallory: Person, hold: str) -> None:
    for path, body in ((f"/tokens/holds/{hold}/settle", {"amount": 5}), (f"/tokens/holds/{hold}/release", {})):
        check_problem(send("post", path, mallory.api_key, body), status=404, code="not_found")
    assert alice.get("/tokens/balance").json()["held"] == 5


# Keys and their rate


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the counted minute from ending in the middle of a test."""
    end = int(database_now().timestamp()) + 42
    monkeypatch.setattr("saas.web.limits._window_end", lambda key: end)


@pytest.mark.usefixtures("one_minute")
def test_the_601st_request_in_a_minute_is_refused(alice: Person, bob: Person) -> None:
    # Refused requests count as well, and are answered faster.
    assert {send("get", "/license?x=1", alice.api_key).status_code for _ in range(600)} == {422}
    refused = send("get", "/license", alice.api_key)
    check_problem(refused, status=429, code="rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"minute";q=600;w=60'
    assert re.fullmatch(r'"minute";r=0;t=[1-9]\d*', refused.headers["RateLimit"])
    forwarded = send("get", "/license", alice.api_key, **{"X-Forwarded-For": "203.0.113.7"})
    check_problem(forwarded, status=429, code="rate_limited")
    assert send("get", "/license", bob.api_key).status_code == 200


@pytest.mark.usefixtures("one_minute")
def test_a_key_has_the_limit_it_was_given(alice: Person) -> None:
    with alice.acting():
        made = create_api_key(name="slow", scopes=["read"], by=alice.user, requests_per_minute=3)
    answers = [send("get", "/license", made.secret) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]


def test_a_key_ends_at_once(alice: Person, bob: Person) -> None:
    with alice.acting():
        made = create_api_key(name="k", scopes=["read"], by=alice.user)
        dated = create_api_key(name="d", scopes=["read"], by=alice.user)
        ApiKey.objects.filter(id=dated.key.id).update(expires_at=database_now())
    assert made.key.last_used_at is None
    assert send("get", "/license", made.secret).status_code == 200
    with alice.acting():
        made.key.refresh_from_db()
        assert made.key.last_used_at is not None
        revoke_api_key(key_id=made.key.id)
    check_problem(send("get", "/license", made.secret), status=401, code="invalid_api_key")
    check_problem(send("get", "/license", dated.secret), status=401, code="invalid_api_key")
    assert send("get", "/license", bob.api_key).status_code == 200
    with alice.acting():
        remove_member(membership_id=Membership.objects.get(user=bob.user).id, by=None)
    check_problem(send("get", "/license", bob.api_key), status=401, code="invalid_api_key")


# Every code


@contextmanager
def _limits(person: Person, **limits: int) -> Iterator[None]:
    with person.acting():
        for name, value in limits.items():
            set_override(kind=OverrideKind.LIMIT, key=name, value=value, reason="a test", ends_at=None, by=None)
    yield


@pytest.fixture
def ai(settings: Settings) -> Iterator[Provider]:
    """Have the AI be a double."""
    with provider() as double:
        for name, value in double.environment.items():
            setattr(settings, name, value)
        settings.AI_FALLBACK, settings.AI_DEADLINE_SECONDS = [], 1.0
        yield double


def _quests(person: Person, goal: Any, **headers: str) -> Any:
    return send("post", "/quests", person.api_key, {"goal": str(goal.id)}, **headers)


def test_402_and_403_of_an_operation(alice: Person, goal: Any, business: Any) -> None:
    starter = business("starter")
    check_problem(_quests(starter, make_goal(starter)), status=403, code="feature_not_in_plan")
    with alice.acting():
        ledger_actions.set_quota(scope=QuotaScope.ORGANIZATION, subject_id=alice.organization_id, tokens=2)
    check_problem(_quests(alice, goal), status=403, code="quota_reached")
    indebted = business()
    with indebted.acting():
        ledger_actions.grant(source=Source.PURCHASE, tokens=500, business_key="order")
        for _ in range(70):
            ledger_actions.settle(transaction_id=_spend(indebted, 10), tokens=10)
        ledger_actions.claw(business_key="order", tokens=500, reason="dispute")
    check_problem(_quests(indebted, make_goal(indebted)), status=402, code="token_debt")
    late = business()
    with late.acting():
        payment_failed(at=database_now())
    refused = _quests(late, make_goal(late))
    check_problem(refused, status=402, code="license_ai_off")


def _spend(person: Person, tokens: int) -> Any:
    transaction_id = uuid4()
    ledger_actions.hold(
        transaction_id=transaction_id,
        tokens=tokens,
        operation="x",
        price_book_version=None,
        user_id=person.user.pk,
        department_id=None,
        seconds=60,
    )
    return transaction_id


def test_429_and_423_of_an_operation(alice: Person, goal: Any, business: Any) -> None:
    assert _quests(alice, goal).status_code == 201
    too_soon = _quests(alice, goal)
    check_problem(too_soon, status=429, code="too_soon")
    assert 0 < int(too_soon.headers["Retry-After"]) <= Limits().minimum_gap_seconds
    for _ in range(4):
        _quests(alice, goal)
    blocked = _quests(alice, goal)
    check_problem(blocked, status=423, code="temporarily_blocked")
    assert int(blocked.headers["Retry-After"]) > 60
    for refused in (too_soon, blocked):
        seconds = refused.json()["retry_after"]
        assert isinstance(seconds, int) and str(seconds) == refused.headers["Retry-After"]
    busy = business()
    with _limits(busy, requests_per_minute=1):
        own = make_goal(busy)
        _quests(busy, own)
        check_problem(_quests(busy, own), status=429, code="rate_limited")
    assert alice.get("/tokens/balance").json()["available"] == 197


def test_502_503_and_504_cost_nothing_and_are_told_again(alice: Person, ai: Provider, business: Any) -> None:
    behaviours = {
        "ai_failed": (502, lambda handler: handler.reply({"error": {"message": "no"}}, 500)),
        "ai_output_invalid": (502, lambda handler: handler.reply(completion({"quests": "none"}))),
        "ai_timeout": (504, hang),
    }
    for code, (status, behaviour) in behaviours.items():
        person, key = business(), str(uuid4())
        own, ai.behaviour = make_goal(person), behaviour
        first = _quests(person, own, **{"Idempotency-Key": key})
        check_problem(first, status=status, code=code)
        assert first.json()["refunded"] is True
        ai.behaviour = deliver()
        again = _quests(person, own, **{"Idempotency-Key": key})
        check_problem(again, status=status, code=code)
        assert again.headers["Idempotent-Replayed"] == "true"
        kept = {name: value for name, value in first.json().items() if name != "request_id"}
        assert {name: value for name, value in again.json().items() if name != "request_id"} == kept
        balance = person.get("/tokens/balance").json()
        assert (balance["available"], balance["held"]) == (200, 0)


def test_409_while_the_first_request_runs_and_nobody_ends_its_hold(
    alice: Person, goal: Any, ai: Provider, settings: Settings
) -> None:
    settings.AI_DEADLINE_SECONDS = 60.0  # four requests are made while the AI works
    key = str(uuid4())
    seen: dict[str, Any] = {}

    def meanwhile(handler: Any) -> None:
        again = _quests(alice, goal, **{"Idempotency-Key": key})
        [held] = alice.get("/tokens/holds", status="held").json()["data"]
        ends = [
            send("post", f"/tokens/holds/{held['id']}/settle", alice.api_key, {"amount": 0}),
            send("post", f"/tokens/holds/{held['id']}/release", alice.api_key),
        ]
        connection.close()
        seen.update(again=again, ends=ends)

    ai.behaviour = deliver(after=meanwhile)
    assert _quests(alice, goal, **{"Idempotency-Key": key}).status_code == 201
    check_problem(seen["again"], status=409, code="idempotency_in_progress")
    assert seen["again"].headers["Retry-After"] == "1"
    for refused in seen["ends"]:
        check_problem(refused, status=409, code="conflict")
    assert alice.get("/tokens/balance").json()["available"] == 197


def test_503_without_the_batterys_store(alice: Person, goal: Any, settings: Settings) -> None:
    with redis() as store:
        settings.REDIS_URL = store.url
        store.kill()
        unavailable = _quests(alice, goal)
        check_problem(unavailable, status=503, code="abuse_store_unavailable")
        assert int(unavailable.headers["Retry-After"]) >= 1
        held = send("post", "/tokens/holds", alice.api_key, {"amount": 1, "purpose": "ours"})
        check_problem(held, status=503, code="abuse_store_unavailable")
        assert alice.get("/tokens/balance").json()["available"] == 200


def test_503_while_no_provider_is_configured(alice: Person, goal: Any, settings: Settings) -> None:
    settings.AI_PROVIDER, settings.AI_MODEL, settings.AI_API_KEY = "openai", "", ""
    settings.AI_FALLBACK, settings.AI_BASE_URL = [], ""
    check_problem(_quests(alice, goal), status=503, code="ai_unavailable")
    assert not alice.get("/tokens/holds").json()["data"]


def test_a_balance_is_of_now_or_of_the_past(alice: Person) -> None:
    assert alice.get("/tokens/balance", at="2026-01-01T00:00:00Z").json()["available"] == 0
    refused = alice.get("/tokens/balance", at="2099-01-01T00:00:00Z")
    check_problem(refused, status=422, code="validation_error")
    assert refused.json()["errors"][0]["parameter"] == "at"


# The description


SHOWN = {
    f"post {path}"
    for path in (
        "/goals", "/revenue-entries", "/quests", "/lead-lists", "/revenue-forecasts", "/tokens/estimate",
        "/tokens/holds", "/purchases", "/subscription/preview", "/gifts", "/webhook-endpoints",
    )
}  # fmt: skip
"""What integrators begin with: the description shows a request of each."""


def below(base: type[StrictSerializer]) -> Iterator[type[StrictSerializer]]:
    for each in base.__subclasses__():
        yield each
        yield from below(each)


def test_every_example_is_one_that_is_taken() -> None:
    bodies = [each for each in below(StrictSerializer) if "example" in vars(each)]
    assert len(bodies) >= len(SHOWN)
    for body in bodies:
        assert body(data=body.example).is_valid(), body  # type: ignore[attr-defined]


def test_the_description_is_valid_and_true(tmp_path: Any) -> None:
    file = tmp_path / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file))
    found = json.loads(file.read_text())
    described = found["paths"]
    assert found["openapi"].startswith("3.1")
    for path, methods in described.items():
        try:
            view = resolve_address(re.sub(r"{\w+}", STRAY, path)).func.cls  # type: ignore[attr-defined]
        except Resolver404:
            pytest.fail(f"{path} is described and does not exist")
        assert {method for method in METHODS if hasattr(view, method)} == methods.keys() & set(METHODS), path
        for method, operation in methods.items():
            if "requestBody" in operation:
                assert set(operation["requestBody"]["content"]) == {"application/json"}, (method, path)
                if f"{method} {path.removeprefix('/api/v1')}" in SHOWN:
                    assert operation["requestBody"]["content"]["application/json"]["examples"], path
            assert {"401", "403", "422", "429"} <= operation["responses"].keys(), (method, path)
    assert not [name for name, schema in found["components"]["schemas"].items() if "nullable" in json.dumps(schema)]
    assert not [
        tag for methods in described.values() for each in methods.values() for tag in each["tags"] if "." in tag
    ]
    addresses = {re.sub(r"<(?:uuid|slug):(\w+)>", r"{\1}", f"/api/v1/{pattern.pattern}") for pattern in api}
    assert described.keys() == addresses
