"""The wall between organizations, generated from the URLconf: every route, verb and role, with ids of another
organization, of nobody and of one's own; and once more with the application's own filters switched off, so that
row-level security alone must hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import models
from django.test import Client
from django.urls import Resolver404, URLResolver, get_resolver, resolve

from saas.accounts.keys import SCOPES
from saas.accounts.tenancy import TenantManager
from tests.architecture.addresses import (
    ENDS_THE_ACTOR,
    KINDS,
    SECRET,
    Address,
    addresses,
    things_of,
)
from tests.conftest import PASSWORD, Person, hire, log_in, open_business


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Person, Person, dict[str, Any]]]:
    with django_db_blocker.unblock():
        alice, mallory = open_business("enterprise", SECRET), open_business("enterprise", "Mallory")
        yield alice, mallory, {**things_of(alice), "test_key": _test_key(alice)}


def _test_key(alice: Person) -> str:
    """Return a test key of alice's own, which acts for her sandbox; when it was used is noted for a long time."""
    from saas.accounts.models import ApiKey, KeyMode
    from saas.kernel.clock import database_now
    from saas.team.actions import create_api_key

    with alice.acting():
        made = create_api_key(name="test", scopes=SCOPES, by=alice.user, mode=KeyMode.TEST)
        ApiKey.objects.filter(id=made.key.id).update(last_used_at=database_now() + timedelta(days=1))
    return made.secret


def test_every_id_in_an_address_is_known_here() -> None:
    unknown = {name for address in addresses() for name in address.ids} - KINDS.keys()
    assert not unknown
    assert len(addresses()) >= 25


@pytest.fixture(params=["as built", pytest.param("filters off", marks=pytest.mark.slow)])
def filters(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # A key is asked far more often here than its limit allows, and 429 says nothing about an id.
    monkeypatch.setattr("saas.web.limits.count", lambda *_, **__: None)
    if request.param == "filters off":
        monkeypatch.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)


# The wall: every route x verb x role x {own, another organization's, nobody's ids}, pages, API and admin alike.

VERBS = ("get", "head", "options", "post", "put", "patch", "delete")
WAITS = (423, 429)
"""Whoever tries as much as this test is sent away for a while; that says nothing about an id."""


@dataclass(frozen=True)
class Actor:
    """Somebody who sends requests: a person in a browser, or a key. `sees_all` is staff with every permission."""

    name: str
    client: Client
    headers: dict[str, str]
    sees_all: bool = False
    home: str = "/goals"
    """What the actor can still open at the end, so that the wall was not tried by a stranger."""

    def send(self, verb: str, path: str, *, number: int = 0) -> Any:
        """Send a request with a body that names what it would like to change, from an address of its own."""
        body: tuple[Any, ...]
        headers, address = dict(self.headers), f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if path.startswith("/api/") and verb not in ("get", "head", "options"):
            headers["Idempotency-Key"] = str(uuid4())
            body = (BODY, "application/json")
        else:
            body = (BODY,) if verb == "post" else ()
        return getattr(self.client, verb)(path, *body, headers=headers, REMOTE_ADDR=address)


BODY: dict[str, Any] = {"title": "Mallory was here", "done": True, "step": 0, "amount": 1, "role": "owner", "count": 1}


@pytest.fixture(scope="module")
def actors(stage: tuple[Person, Person, dict[str, Any]]) -> dict[str, Actor]:
    """Everybody who is not alice's: from those who may least to those who may most."""
    from saas.backoffice.organizations import ensure_user

    _, mallory, things = stage
    admin, member = hire(mallory, "admin"), hire(mallory, "member")
    staff, root = (ensure_user(email=f"{uuid4().hex}@example.com", password=PASSWORD, is_staff=True) for _ in range(2))
    type(root).objects.filter(pk=root.pk).update(is_superuser=True)
    api, mine = (
        "/api/v1/goals",
        [("read-only key", ["read"], "live"), ("test key", SCOPES, "test"), ("key", SCOPES, "live")],
    )
    keys = [(name, _key(mallory, scopes, mode)) for name, scopes, mode in mine]
    found = [
        Actor("anonymous", Client(), {}, home="/accounts/login/"),
        *[Actor(name, Client(), {"Authorization": f"Bearer {key}"}, home=api) for name, key in keys],
        Actor("alice's test key", Client(), {"Authorization": f"Bearer {things['test_key']}"}, home=api),
        Actor("member", member.browser(), {}),
        Actor("admin", admin.browser(), {}),
        Actor("owner", mallory.browser(), {}),
        Actor("staff", _browser(staff), {}, home="/admin/"),
        Actor("superuser", _browser(root), {}, sees_all=True, home="/admin/"),
    ]
    for actor in found:
        actor.client.raise_request_exception = False
    return {actor.name: actor for actor in found}


def _browser(user: Any) -> Client:
    client = Client()
    log_in(client, user)
    return client


def _key(person: Person, scopes: Any, mode: str) -> str:
    """Return a key that no limit of requests stops, and that was used long from now: no use of it is noted."""
    from saas.accounts.models import ApiKey, KeyMode
    from saas.kernel.clock import database_now
    from saas.team.actions import create_api_key

    with person.acting():
        made = create_api_key(name="wall", scopes=scopes, by=person.user, mode=KeyMode(mode))
        later = database_now() + timedelta(days=1)
        ApiKey.objects.filter(id=made.key.id).update(last_used_at=later, requests_per_minute=10**6)
    return made.secret


SHORT = ("anonymous", "read-only key", "alice's test key", "member", "owner")
LONG = ("test key", "key", "admin", "staff", "superuser")
SLOW = pytest.mark.slow


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("filters")
@pytest.mark.parametrize("who", [*SHORT, *[pytest.param(name, marks=SLOW) for name in LONG]])
def test_another_organizations_id_is_no_id(
    stage: tuple[Person, Person, dict[str, Any]], actors: dict[str, Actor], who: str
) -> None:
    """Whatever is tried with alice's ids, nothing of hers is told or changed, and nobody learns that they exist."""
    alice, _, things = stage
    actor, before, wrong = actors[who], _state(alice), []
    nothing = {name: uuid4() for name in things}
    for number, address in enumerate(addresses()):
        for verb in VERBS:
            foreign, stray = (actor.send(verb, address.path(ids), number=number) for ids in (things, nothing))
            text = _text_of(foreign)
            if not actor.sees_all and SECRET in text:
                wrong.append(f"{verb} {address.route} told of alice's")
            if not _is_refusal(foreign.status_code) and not _reveals_nothing(address, verb, text):
                wrong.append(f"{verb} {address.route} answered {foreign.status_code}")
            statuses = {foreign.status_code, stray.status_code}
            if len(statuses) > 1 and not statuses & set(WAITS):
                wrong.append(f"{verb} {address.route} knows alice's id: {foreign.status_code}, not {stray.status_code}")
    assert not wrong, "\n".join(wrong)
    assert _state(alice) == before
    assert actor.client.get(actor.home, headers=actor.headers).status_code == 200, "still logged in"


def _is_refusal(status: int) -> bool:
    return status in (302, 400, 401, 403, 404, 405, 409, 415, 422, *WAITS)


def _text_of(answer: Any) -> str:
    """Return everything of an answer, its headers included, as text."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers}{body.decode(errors='replace')}"


def _reveals_nothing(address: Address, verb: str, text: str) -> bool:
    """An operation's status under an unknown key is that of one which has not begun, for everybody.

    What a resource allows (OPTIONS) is said of the route, not of an id.
    """
    return verb == "options" or address.route.startswith("operations/") or "Nothing to cancel" in text


@pytest.fixture(scope="module")
def own(stage: tuple[Person, Person, dict[str, Any]]) -> dict[str, str]:
    """Return the paths to mallory's own things, by route."""
    things = things_of(stage[1], "Mallory's own plan")
    return {address.route: address.path(things) for address in addresses()}


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.usefixtures("filters")
@pytest.mark.parametrize("who", [name for name in (*SHORT, *LONG) if name != "alice's test key"])
def test_no_route_tells_or_changes_anything_of_alices(
    stage: tuple[Person, Person, dict[str, Any]], actors: dict[str, Actor], own: dict[str, Any], who: str
) -> None:
    """Every route there is, the admin's and the packages' included, with one's own ids or nobody's: never a 500."""
    alice, _, _ = stage
    actor, before, wrong = actors[who], _state(alice), []
    for number, route in enumerate(every_route()):
        for verb in VERBS if not route.startswith("admin/") else ("get", "post"):
            if route in ENDS_THE_ACTOR and verb == "post":
                continue
            answer = actor.send(verb, own.get(route) or f"/{_filled(route)}", number=number)
            if answer.status_code >= 500:
                wrong.append(f"{verb} {route} answered {answer.status_code}")
            if not actor.sees_all and SECRET in _text_of(answer):
                wrong.append(f"{verb} {route} told of alice's")
    assert not wrong, "\n".join(wrong)
    assert _state(alice) == before
    assert actor.client.get(actor.home, headers=actor.headers).status_code == 200, "still logged in"


def every_route(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """Return every route of the URLconf, whoever brought it along."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_route(pattern.url_patterns, route)
        else:
            yield route


FILLED = {"object_id": "1", "report": "goals", "form": "csv", "secret": "no-such-secret"}
GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)")
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


def _filled(route: str) -> str:
    """Return a path that the route matches: ids of nothing, and a word for everything else."""

    def group(found: re.Match[str]) -> str:
        return found[2].split("|")[0] if found[1] == "app_label" else "x"

    def parameter(found: re.Match[str]) -> str:
        return str(uuid4()) if found[1] == "uuid" else "1" if found[1] == "int" else FILLED.get(found[2], "x")

    plain = GROUP.sub(group, route).replace("^", "").replace("$", "").replace("\\Z", "")
    return PARAMETER.sub(parameter, plain)


def test_every_route_is_tried_by_a_path_of_its_own() -> None:
    """A route whose path would lead elsewhere would be tried by name only."""
    lost = [route for route in every_route() if not _leads_to(route)]
    assert not lost


def _plain(route: str) -> str:
    """Return a route without the marks of its ends, which Django drops when it resolves."""
    return re.sub(r"\^|\$|\\Z", "", route)


def _leads_to(route: str) -> bool:
    try:
        return _plain(resolve(f"/{_filled(route)}").route) == _plain(route)
    except Resolver404:
        return False


def _state(alice: Person) -> list[Any]:
    """Return everything of alice's that could change, as the database has it."""
    from django.apps import apps

    from saas.accounts.tenancy import TenantModel

    with alice.acting():
        kept = [model for model in apps.get_models() if issubclass(model, TenantModel)]
        return [list(model._default_manager.order_by("pk").values_list()) for model in kept]


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/goals", "/api/v1/goals", "/api/docs", "/accounts/login/", "/admin/"]
)
def test_nobody_gets_a_trace(path: str, mallory: Person) -> None:
    """TRACE would send a request's headers back, the cookies that scripts must not see among them."""
    for client in (Client(), mallory.browser()):
        answer = client.trace(path, headers={"X-Canary": SECRET})
        assert answer.status_code in (302, 401, 403, 405), answer.status_code
        assert SECRET not in answer.content.decode()


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
