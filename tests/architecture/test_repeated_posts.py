"""Every POST of the API under one Idempotency-Key: one effect, one answer, and no secret that can be read in the table.

The requests are a table by route; a new POST is not done before it is in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.core import mail
from django.db.models import F
from django.test import override_settings
from pytest_django.fixtures import Settings

from fake_stripe.actions import open_store
from fake_stripe.engine import cards, checkout
from marketplace.gifts.offers import offer_tokens
from marketplace.stripe.gateway import client as gateway_client
from marketplace.subscriptions import changes
from saas.accounts import queries as accounts
from saas.accounts.keys import SCOPES
from saas.accounts.models import KeyMode
from saas.accounts.tenancy import TenantModel
from saas.team import actions as team
from saas.urls import api
from saas.web.models import IdempotencyRecord
from saas.web.tasks import forget_idempotency_keys
from saas.webhooks.actions import create_endpoint
from tests.answers import CLIENT, check_problem
from tests.architecture.addresses import things_of
from tests.architecture.resources import send
from tests.conftest import Person, hire, open_business
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope

SECRETS = ("key", "secret")
"""What answers call the secrets that they show once."""

NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Repeated:
    """A request, another body for its path if it takes one, and whose key sends it."""

    path: str
    body: dict[str, Any]
    other: dict[str, Any] | None
    by: Person


@pytest.fixture(autouse=True)
def on_fake_stripe(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    settings.WEBHOOKS_TO_LOOPBACK = True
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


VIEWS: list[Any] = [pattern.callback for pattern in api]
ROUTES = [str(pattern.pattern) for pattern, view in zip(api, VIEWS, strict=True) if hasattr(view.cls, "post")]


@pytest.fixture(scope="module")
def requests(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Repeated]]:
    with django_db_blocker.unblock():
        yield _requests(open_business("enterprise"))


def _requests(alice: Person) -> dict[str, Repeated]:
    """Return a request for each route; none of them stands in another's way."""
    things = things_of(alice, "a plan")
    bob, carol, dora = (hire(alice) for _ in range(3))
    with alice.acting():
        for person in (bob, carol, dora):
            ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=person.user.pk, tokens=100)
        asked = [team.ask_for_tokens(caller=each.caller, tokens=5, note="") for each in (carol, dora)]
        given = [offer_tokens(tokens=5, note="", reason="a test", by=alice.user.pk, request_key=k) for k in "ab"]
        testing = team.create_api_key(name="test", scopes=SCOPES, by=alice.user, mode=KeyMode.TEST).secret
        with override_settings(WEBHOOKS_TO_LOOPBACK=True):
            hook = create_endpoint(url="http://127.0.0.1:9/", kinds=["*"]).endpoint.id
        sandbox_id = accounts.sandbox_of(alice.organization_id)
    assert sandbox_id is not None
    tester = replace(alice, organization_id=sandbox_id, api_key=testing)
    holds = [alice.post("/tokens/holds", {"amount": 2, "purpose": "ours"}).json()["id"] for _ in range(3)]
    to_carol = {"to": {"user": str(carol.user.pk)}, "tokens": 1}
    quota = alice.post("/gifts", to_carol).json()["id"]
    goal = str(things["goal"])
    title = {"title": "Grow", "target_amount": "10.00"}
    revenue = {"goal": goal, "amount": "5.00", "received_on": "2026-11-02"}
    change = {"client_change_id": uuid4().hex, "type": "goal", "id": str(uuid4()), "base_version": 0, "data": title}
    key, hooks = things["api_key"], f"/webhook-endpoints/{hook}"
    return {
        route: Repeated(path, body, other, by)
        for route, path, body, other, by in (
            ("members", "/members", _somebody(), _somebody(), alice),
            ("departments", "/departments", {"name": "Shop"}, {"name": "Bar"}, alice),
            ("quotas", "/quotas", _quota(dora, 50), _quota(dora, 51), alice),
            ("token-requests", "/token-requests", {"tokens": 3}, {"tokens": 4}, bob),
            (
                *("token-requests/<uuid:request_id>/approve", f"/token-requests/{asked[0].id}/approve"),
                *(NOTHING, {"for_good": True}, alice),
            ),
            (
                *("token-requests/<uuid:request_id>/decline", f"/token-requests/{asked[1].id}/decline"),
                *(NOTHING, {"note": "No"}, alice),
            ),
            ("api-keys", "/api-keys", _key("one"), _key("two"), alice),
            ("api-keys/<uuid:key_id>/rotate", f"/api-keys/{key}/rotate", NOTHING, {"overlap_hours": 1}, alice),
            ("test/clock", "/test/clock", {"advance_seconds": 1}, {"advance_seconds": 2}, tester),
            ("test/tokens", "/test/tokens", {"tokens": 1}, {"tokens": 2}, tester),
            ("test/payment", "/test/payment", {"outcome": "succeeded"}, {"outcome": "failed"}, tester),
            ("goals", "/goals", title, {**title, "title": "Shrink"}, alice),
            ("revenue-entries", "/revenue-entries", revenue, {**revenue, "amount": "6.00"}, alice),
            ("quests", "/quests", {"goal": goal}, {"goal": goal, "count": 2}, bob),
            ("lead-lists", "/lead-lists", {"goal": goal}, {"goal": goal, "brief": "cafés"}, carol),
            ("revenue-forecasts", "/revenue-forecasts", {"months": 2}, {"months": 3}, dora),
            ("sync", "/sync", {"changes": [change]}, {"changes": []}, alice),
            (
                *("sync/conflicts/<uuid:conflict_id>/resolve", f"/sync/conflicts/{things['conflict']}/resolve"),
                *({"keep": "theirs"}, {"keep": "mine"}, alice),
            ),
            ("tokens/estimate", "/tokens/estimate", {"operation": "quest"}, {"operation": "lead_list"}, alice),
            ("tokens/holds", "/tokens/holds", _hold(1), _hold(2), alice),
            (
                *("tokens/holds/<uuid:hold_id>/settle", f"/tokens/holds/{holds[0]}/settle"),
                *({"amount": 1}, {"amount": 2}, alice),
            ),
            (
                *("tokens/holds/<uuid:hold_id>/extend", f"/tokens/holds/{holds[1]}/extend"),
                *({"seconds": 600}, {"seconds": 601}, alice),
            ),
            ("tokens/holds/<uuid:hold_id>/release", f"/tokens/holds/{holds[2]}/release", NOTHING, None, alice),
            ("purchases", "/purchases", {"pack": "pack_500"}, {"pack": "pack_2000"}, alice),
            ("gifts", "/gifts", {**to_carol, "tokens": 2}, {**to_carol, "tokens": 3}, alice),
            ("gifts/<uuid:gift_id>/accept", f"/gifts/{given[0].id}/accept", NOTHING, None, alice),
            ("gifts/<uuid:gift_id>/decline", f"/gifts/{given[1].id}/decline", NOTHING, None, alice),
            ("gifts/<uuid:gift_id>/withdraw", f"/gifts/{quota}/withdraw", NOTHING, None, alice),
            ("subscription/trial", "/subscription/trial", NOTHING, None, open_business("starter")),
            ("subscription/preview", "/subscription/preview", {"plan": "pro"}, {"plan": "starter"}, alice),
            ("subscription/change", "/subscription/change", {"plan": "pro"}, {"plan": "starter"}, alice),
            ("subscription/pause", "/subscription/pause", NOTHING, None, _subscriber()),
            ("subscription/resume", "/subscription/resume", NOTHING, None, _subscriber()),
            ("subscription/cancel", "/subscription/cancel", NOTHING, None, alice),
            ("webhook-endpoints", "/webhook-endpoints", _hook("one"), _hook("two"), alice),
            ("webhook-endpoints/<uuid:endpoint_id>/test", f"{hooks}/test", NOTHING, None, alice),
            (
                *("webhook-endpoints/<uuid:endpoint_id>/redeliver", f"{hooks}/redeliver"),
                *({"since": "2026-11-01T00:00:00Z"}, {"since": "2026-11-02T00:00:00Z"}, alice),
            ),
            (
                *("webhook-endpoints/<uuid:endpoint_id>/rotate-secret", f"{hooks}/rotate-secret"),
                *(NOTHING, {"overlap_hours": 1}, alice),
            ),
        )
    }


def _somebody() -> dict[str, Any]:
    return {"email": f"{uuid4().hex}@example.com"}


def _subscriber() -> Person:
    """Return an owner who pays for Pro."""
    person = open_business("starter")
    with person.acting():
        visit = changes.subscribe(caller=person.caller, plan_key="pro").url.rpartition("/")[2]
        with open_store(person.organization_id) as store:
            checkout.pay(store, store.get("checkout.session", visit), cards.new_card(store, "works"))
        changes.confirm_subscription(visit)
    return person


def _quota(person: Person, tokens: int) -> dict[str, Any]:
    return {"scope": "user", "subject": str(person.user.pk), "tokens": tokens}


def _key(name: str) -> dict[str, Any]:
    return {"name": name, "scopes": ["read"]}


def _hold(amount: int) -> dict[str, Any]:
    return {"amount": amount, "purpose": "ours"}


def _hook(name: str) -> dict[str, Any]:
    return {"url": f"https://example.org/{name}"}


def _rows(person: Person) -> dict[str, Any]:
    """Return every row of the person's organization, but for when a key was used last."""
    with person.acting():
        return {model.__name__: _rows_of(model) for model in apps.get_models() if issubclass(model, TenantModel)}


def _rows_of(model: type[TenantModel]) -> list[Any]:
    columns = [column.attname for column in model._meta.concrete_fields if column.name != "last_used_at"]
    return list(model._default_manager.order_by("pk").values_list(*columns))


def _stored(superuser: psycopg.Connection, key: str) -> str:
    """Return what the table has under a key, as text."""
    [(text,)] = superuser.execute("SELECT w::text FROM web_idempotency w WHERE key = %s", (key,)).fetchall()
    return str(text)


@pytest.mark.parametrize("route", ROUTES)
def test_a_repeated_post_has_one_effect_and_one_answer(
    requests: dict[str, Repeated], route: str, superuser: psycopg.Connection
) -> None:
    sent, key = requests[route], f"{route[:20]}-{uuid4()}"
    first = send("post", sent.path, sent.by.api_key, sent.body, **{"Idempotency-Key": key})
    assert first.status_code in (200, 201, 202), first.content
    assert "Idempotent-Replayed" not in first.headers
    before, mails = _rows(sent.by), len(mail.outbox)
    again = send("post", sent.path, sent.by.api_key, sent.body, **{"Idempotency-Key": key})
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    others = [(sent.path, sent.other)] if sent.other is not None else []
    for path, other in (*others, ("/tokens/estimate", {"operation": "quest", "count": 3})):
        reused = send("post", path, sent.by.api_key, other, **{"Idempotency-Key": key})
        check_problem(reused, status=422, code="idempotency_key_reused")
    assert _rows(sent.by) == before and len(mail.outbox) == mails
    for secret in (first.json()[name] for name in SECRETS if name in first.json()):
        assert secret not in _stored(superuser, key)


def test_without_a_key_each_post_counts(alice: Person) -> None:
    goal = alice.post("/goals", {"title": "Grow", "target_amount": "10.00"}).json()["id"]
    headers = {"Authorization": f"Bearer {alice.api_key}"}
    body = {"goal": goal, "amount": "5.00", "received_on": "2026-11-02"}
    for _ in range(2):
        made = CLIENT.post("/api/v1/revenue-entries", body, "application/json", headers=headers)
        assert made.status_code == 201 and "Idempotent-Replayed" not in made.headers
    assert alice.get(f"/goals/{goal}").json()["current_amount"] == "10.00"


def test_a_refusal_is_no_answer(alice: Person) -> None:
    key, body = str(uuid4()), {"goal": str(uuid4()), "amount": "5.00", "received_on": "2026-11-02"}
    assert alice.post("/revenue-entries", body, key=key).status_code == 404
    goal = alice.post("/goals", {"title": "Grow", "target_amount": "10.00"}).json()["id"]
    assert alice.post("/revenue-entries", {**body, "goal": goal}, key=key).status_code == 201


def test_only_who_was_shown_a_secret_is_shown_it_again(alice: Person) -> None:
    key, admin = str(uuid4()), hire(alice, "admin")
    made = alice.post("/api-keys", _key("one"), key=key)
    assert alice.post("/api-keys", _key("one"), key=key).json()["key"] == made.json()["key"]
    hers = admin.post("/api-keys", _key("one"), key=key)
    check_problem(hers, status=422, code="idempotency_key_reused")


def test_a_secret_is_read_under_an_older_secret_key_and_gone_with_it(alice: Person, settings: Settings) -> None:
    key = str(uuid4())
    made = alice.post("/api-keys", _key("one"), key=key).json()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [settings.SECRET_KEY]
    assert alice.post("/api-keys", _key("one"), key=key).json() == made
    settings.SECRET_KEY_FALLBACKS = []
    check_problem(alice.post("/api-keys", _key("one"), key=key), status=409, code="conflict")


def test_a_key_is_forgotten_with_its_answer_after_a_day(alice: Person) -> None:
    keys = [str(uuid4()), str(uuid4())]
    for key in keys:
        assert alice.post("/webhook-endpoints", _hook(key), key=key).status_code == 201
    with alice.acting():
        old = IdempotencyRecord.objects.filter(key=keys[0])
        old.update(created_at=F("created_at") - timedelta(hours=24, seconds=1))
    forget_idempotency_keys()
    with alice.acting():
        assert [row.key for row in IdempotencyRecord.objects.filter(key__in=keys)] == [keys[1]]


def test_the_test_clock_moves_keys_too(alice: Person) -> None:
    with alice.acting():
        testing = team.create_api_key(name="test", scopes=SCOPES, by=alice.user, mode=KeyMode.TEST).secret
    tester, key = replace(alice, api_key=testing), str(uuid4())
    first = tester.post("/tokens/holds", _hold(1), key=key)
    assert tester.post("/test/clock", {"advance_seconds": 86_000}).status_code == 200
    again = tester.post("/tokens/holds", _hold(1), key=key)
    assert again.json()["id"] == first.json()["id"] and again.headers["Idempotent-Replayed"] == "true"
    clock = str(uuid4())
    moved = tester.post("/test/clock", {"advance_seconds": 600}, key=clock)
    assert tester.post("/test/clock", {"advance_seconds": 600}, key=clock).json() == moved.json()
    anew = tester.post("/tokens/holds", _hold(1), key=key)
    assert anew.status_code == 201 and anew.json()["id"] != first.json()["id"]
