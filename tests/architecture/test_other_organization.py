"""Every address with an id in it, tried by another organization: in the browser, by key, by a test key of
the organization's own, and once more
with the application's own filters switched off, so that row-level security alone must hold."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from saas.accounts.keys import SCOPES
from saas.accounts.tenancy import TenantManager
from tests.conftest import Person, hire, make_goal, open_business

OURS = ("", "api/v1/")
SECRET = "Alice's secret plan"

# What each id in an address is of; a new kind of address fails here until it is named.
KINDS = {
    "goal_id": "goal",
    "quest_id": "quest",
    "lead_list_id": "lead_list",
    "forecast_id": "forecast",
    "entry_id": "revenue",
    "hold_id": "transaction",
    "transaction_id": "transaction",
    "key": "idempotency_key",
    "membership_id": "membership",
    "invitation_id": "invitation",
    "department_id": "department",
    "quota_id": "quota",
    "request_id": "token_request",
    "notification_id": "notification",
    "key_id": "api_key",
    "organization_id": "organization",
    "order_id": "purchase",
    "endpoint_id": "webhook",
    "delivery_id": "webhook_delivery",
    "file_id": "report_file",
    "conflict_id": "conflict",
    "gift_id": "gift",
}
NOT_AN_ID = {"secret", "report", "form"}


@dataclass(frozen=True)
class Address:
    """A URL pattern of ours that takes ids."""

    route: str
    ids: tuple[str, ...]

    def path(self, things: dict[str, Any]) -> str:
        path = self.route
        for name in self.ids:
            path = path.replace(f"<uuid:{name}>", str(things[KINDS[name]]))
        return f"/{path}"


def addresses() -> list[Address]:
    """Return every pattern of ours that takes an id."""
    found = [Address(route, tuple(ids)) for route, ids in _walk(get_resolver().url_patterns, "") if ids]
    return [address for address in found if not set(address.ids) & NOT_AN_ID]


def _walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, list[str]]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if route in OURS:
                yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, list(pattern.pattern.converters)


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Person, Person, dict[str, Any]]]:
    with django_db_blocker.unblock():
        alice, mallory = open_business("enterprise", SECRET), open_business("enterprise", "Mallory")
        yield alice, mallory, {**_things_of(alice), "test_key": _test_key(alice)}


def _test_key(alice: Person) -> str:
    """Return a test key of alice's own, which acts for her sandbox; when it was used is noted for a long time."""
    from saas.accounts.models import ApiKey, Mode
    from saas.kernel.clock import database_now
    from saas.team.actions import create_api_key

    with alice.acting():
        made = create_api_key(name="test", scopes=SCOPES, by=alice.user, mode=Mode.TEST)
        ApiKey.objects.filter(id=made.key.id).update(last_used_at=database_now() + timedelta(days=1))
    return made.secret


def _things_of(alice: Person) -> dict[str, Any]:
    from audit.models import Notification
    from marketplace.actions import offer_tokens, place_order
    from saas.accounts.models import Invitation, Membership, Role
    from saas.kernel.clock import database_now
    from saas.reports.models import ReportFile
    from saas.team import actions as team
    from saas.webhooks.actions import create_endpoint
    from saas.webhooks.models import Delivery
    from tokens.kinds import QuotaScope

    goal = make_goal(alice, SECRET)
    key = str(uuid4())
    made = alice.post("/quests", {"goal": str(goal.id)}, key=key).json()
    entry = alice.post(
        "/revenue-entries", {"goal": str(goal.id), "amount": "10.00", "received_on": "2026-11-01", "note": SECRET}
    ).json()
    stale = {"client_change_id": key, "type": "goal", "id": str(goal.id), "base_version": 0, "deleted": True}
    [pushed] = alice.post("/sync", {"changes": [stale]}).json()["results"]
    bob = hire(alice)
    with alice.acting():
        department = team.create_department(name=SECRET)
        quota_id = team.set_quota(scope=QuotaScope.DEPARTMENT, subject_id=department.id, tokens=10)
        asker = replace(alice.caller, department_id=department.id)
        asked = team.ask_for_tokens(caller=asker, tokens=5, note=SECRET)
        invitation, _ = team.invite(
            email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=alice.user
        )
        api_key = team.create_api_key(name=SECRET, scopes=["read"], by=alice.user).key
        assert Invitation.objects.count() == 1
        membership = Membership.objects.get(user=bob.user)
        lead_list = _lead_list(alice, goal)
        words = {"title": SECRET, "body": SECRET, "created_at": database_now()}
        news = Notification.objects.create(user=alice.user, event_id=uuid4(), kind="member.joined", **words)
        forecast = _forecast(alice)
        order = place_order(caller=alice.caller, pack_key="pack_500")
        webhook = create_endpoint(url="https://example.com/", kinds=["*"], description=SECRET).endpoint
        delivery = Delivery.objects.create(endpoint=webhook, event_id=uuid4(), seq=1, kind="goal.created", body="{}")
        file = ReportFile.objects.create(
            user=alice.user, report="usage", first_day="2026-11-01", last_day="2026-11-30", lines=2000
        )
        gift = offer_tokens(tokens=5, note=SECRET, reason="a test", by=alice.user.pk, request_key="a test")
    return {
        "goal": goal.id,
        "quest": made["quests"][0]["id"],
        "lead_list": lead_list.id,
        "forecast": forecast.id,
        "revenue": entry["id"],
        "transaction": made["tokens"]["transaction_id"],
        "idempotency_key": key,
        "membership": membership.id,
        "invitation": invitation.id,
        "department": department.id,
        "notification": news.id,
        "token_request": asked.id,
        "quota": quota_id,
        "api_key": api_key.id,
        "organization": alice.organization_id,
        "purchase": order.id,
        "webhook": webhook.id,
        "webhook_delivery": delivery.id,
        "report_file": file.id,
        "conflict": pushed["conflict"],
        "gift": gift.id,
    }


def _lead_list(alice: Person, goal: Any) -> Any:
    from quests.models import LeadList

    words = {"title": SECRET, "summary": SECRET, "leads": [], "provider": "builtin", "transaction_id": uuid4()}
    return LeadList.objects.create(goal=goal, created_by=alice.user, **words)


def _forecast(alice: Person) -> Any:
    from quests.models import RevenueForecast

    words = {"title": SECRET, "summary": SECRET, "driver": SECRET, "method": "nothing", "currency": "USD"}
    figures = {"months": [], "total": {}, "history": [], "provider": "builtin", "transaction_id": uuid4()}
    return RevenueForecast.objects.create(created_by=alice.user, **words, **figures)


def test_every_id_in_an_address_is_known_here() -> None:
    unknown = {name for address in addresses() for name in address.ids} - KINDS.keys()
    assert not unknown
    assert len(addresses()) >= 25


@pytest.fixture(params=["as built", "filters off"])
def filters(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "filters off":
        monkeypatch.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)


@pytest.mark.usefixtures("filters")
@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.route)
def test_mallory_gets_nothing_and_changes_nothing(
    stage: tuple[Person, Person, dict[str, Any]], address: Address
) -> None:
    alice, mallory, things = stage
    before = _state(alice)
    browser = mallory.browser()
    for method in ("get", "post", "patch", "put", "delete"):
        keys = [{"Authorization": f"Bearer {key}"} for key in (mallory.api_key, things["test_key"])]
        for client, headers in ((browser, {}), *[(Client(), key) for key in keys]):
            answer = _send(client, method, address.path(things), headers)
            told = answer.content.decode()
            assert SECRET not in told
            assert answer.status_code in (204, 302, 400, 401, 403, 404, 405, 422) or _tells_nothing(address, told), (
                f"{method} {address.route} answered {answer.status_code}"
            )
    assert _state(alice) == before


def _send(client: Client, method: str, path: str, headers: dict[str, str]) -> Any:
    body = {"title": "Mallory was here", "done": True, "step": 0, "amount": 1, "role": "owner", "count": 1}
    if path.startswith("/api/") and method != "get":
        headers = {**headers, "Idempotency-Key": str(uuid4())}
        return getattr(client, method)(path, body, "application/json", headers=headers)
    return getattr(client, method)(path, headers=headers)


def _tells_nothing(address: Address, told: str) -> bool:
    """An operation's status under an unknown key is that of one which has not begun, for everybody."""
    return (address.route.startswith("operations/") and told in ("Reserving tokens", "")) or "Nothing to cancel" in told


def _state(alice: Person) -> list[Any]:
    """Return everything of alice's that could change, as the database has it."""
    from django.apps import apps

    from saas.accounts.tenancy import TenantModel

    with alice.acting():
        kept = [model for model in apps.get_models() if issubclass(model, TenantModel)]
        return [list(model._default_manager.order_by("pk").values_list()) for model in kept]


def test_ids_in_bodies_and_parameters_are_searched_at_home_only(
    stage: tuple[Person, Person, dict[str, Any]],
) -> None:
    _, mallory, things = stage
    goal = str(things["goal"])
    assert mallory.post("/quests", {"goal": goal}).status_code == 404
    assert mallory.post("/lead-lists", {"goal": goal}).status_code == 404
    entry = {"goal": goal, "amount": "1.00", "received_on": "2026-11-01"}
    assert mallory.post("/revenue-entries", entry).status_code == 404
    for path, name in (("/quests", "goal"), ("/lead-lists", "goal"), ("/revenue-entries", "goal")):
        assert mallory.get(path, **{name: goal}).json()["data"] == []
    assert mallory.get("/tokens/ledger", transaction_id=str(things["transaction"])).json()["data"] == []


def test_a_department_of_another_organization_cannot_be_joined_or_limited(
    stage: tuple[Person, Person, dict[str, Any]],
) -> None:
    from saas.accounts.models import Membership

    alice, mallory, things = stage
    browser = mallory.browser()
    with mallory.acting():
        own: UUID = Membership.objects.get(user=mallory.user).id
    browser.post(f"/team/members/{own}", {"role": "owner", "department_id": str(things["department"])})
    with mallory.acting():
        assert Membership.objects.get(user=mallory.user).department_id is None
    over_the_api = [
        mallory.post("/quotas", {"scope": "department", "subject": str(things["department"]), "tokens": 1}),
        mallory.post("/quotas", {"scope": "user", "subject": str(alice.user.pk), "tokens": 1}),
        mallory.patch(f"/members/{own}", {"department": str(things["department"])}),
        mallory.post("/members", {"email": "new@example.com", "department": str(things["department"])}),
    ]
    assert [answer.status_code for answer in over_the_api] == [404] * 4
    assert mallory.get("/members", department=str(things["department"])).json()["data"] == []
    with alice.acting():
        from tokens.queries import quotas

        assert [quota.limit_tokens for quota in quotas()] == [10]
