"""Whatever is sent, the answer is a refusal that names its reason: never a 500, never an echo, never an effect."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client

from plans.actions import set_override
from plans.models import OverrideKind
from saas.accounts.keys import SCOPES
from saas.accounts.tenancy import TenantModel
from saas.team.actions import create_api_key
from saas.urls import api
from tests.answers import CLIENT, STRAY, check_problem
from tests.architecture.hostile_inputs import (
    ASKED,
    CANARY,
    COOKIES,
    FINE,
    PAGES,
    POST,
    PROBES,
    RAW,
    STAYS,
    TYPED,
    Probe,
    raw_request,
)
from tests.conftest import PASSWORD, Person, log_in, make_goal, open_business
from tests.machinery import Web, web


@dataclass(frozen=True)
class Stage:
    """mallory, with a goal, an entry, a quest and an open hold of 5 tokens."""

    mallory: Person
    things: dict[str, str]

    def send(self, probe: Probe) -> Any:
        """Send a probe with mallory's key and a new idempotency key."""
        headers = {"Authorization": f"Bearer {self.mallory.api_key}", "Idempotency-Key": str(uuid4()), **probe.headers}
        body = probe.body if isinstance(probe.body, bytes) else self.fill(json.dumps(probe.body)).encode()
        return CLIENT.generic(
            probe.method,
            f"/api/v1{self.fill(probe.path)}",
            b"" if probe.body is None else body,
            probe.content_type,
            headers=headers,
        )

    def with_a_new_key(self, name: str) -> "Stage":
        """Return the stage with a key that has its whole minute of requests before it."""
        with self.mallory.acting():
            made = create_api_key(name=name, scopes=list(SCOPES), by=self.mallory.user)
        return replace(self, mallory=replace(self.mallory, api_key=made.secret))

    def fill(self, text: str) -> str:
        """Return the text with mallory's own things for their names."""
        for name, value in self.things.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def state(self) -> dict[str, Any]:
        """Return every row of hers, but for the audit log, which keeps refusals, and when a key was used last."""
        with self.mallory.acting():
            return {model.__name__: _rows(model) for model in apps.get_models() if issubclass(model, TenantModel)}


def _rows(model: type[TenantModel]) -> list[Any]:
    if model._meta.app_label == "audit":
        return []
    columns = [column.attname for column in model._meta.concrete_fields if column.name != "last_used_at"]
    return list(model._default_manager.order_by("pk").values_list(*columns))


@pytest.fixture(autouse=True)
def nobody_is_logged_in() -> None:
    """Forget the cookies that a probe of the sign-up brought."""
    CLIENT.cookies.clear()


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock():
        mallory = open_business("enterprise", "Mallory & Co")
        with mallory.acting():
            # The battery has tests of its own; here it would answer in place of what is probed.
            for name in ("requests_per_minute", "failed_attempts_max"):
                set_override(kind=OverrideKind.LIMIT, key=name, value=10**6, reason="probes", ends_at=None, by=None)
        goal = str(make_goal(mallory).id)
        entry = mallory.post("/revenue-entries", {"goal": goal, "amount": "10.00", "received_on": "2026-01-01"}).json()
        quest = mallory.post("/quests", {"goal": goal}).json()["quests"][0]
        held = mallory.post("/tokens/holds", {"amount": 5, "purpose": "our own model"}).json()
        [member] = mallory.get("/members").json()["data"]
        hook = mallory.post("/webhook-endpoints", {"url": "https://example.com/"}).json()
        things = {"goal": goal, "entry": entry["id"], "quest": quest["id"], "hold": held["id"], "member": member["id"]}
        things["hook"] = hook["id"]
        yield Stage(mallory, things)


@pytest.mark.parametrize("group", PROBES)
def test_every_probe_is_refused_and_changes_nothing(stage: Stage, group: str) -> None:
    asking = stage.with_a_new_key(group)
    before, wrong = stage.state(), []
    for probe in PROBES[group]:
        try:
            check_problem(asking.send(probe), status=probe.status, code=probe.code)
        except AssertionError as error:
            wrong.append(f"{probe}: {str(error).splitlines()[0]}")
    assert not wrong, "\n".join(wrong)
    assert stage.state() == before


def test_every_address_of_the_api_is_probed() -> None:
    """A new address is not done before somebody has tried to break it."""
    asked = {re.sub(r"\{\w+\}", STRAY, probe.path.partition("?")[0]) for probes in PROBES.values() for probe in probes}
    for pattern in api:
        path = re.sub(r"<uuid:\w+>", STRAY, f"/{pattern.pattern}").replace("<slug:report>.<slug:form>", "goals.csv")
        path = path.replace("<slug:form>", "csv")
        assert path in asked, path


def test_there_are_enough_of_them() -> None:
    assert sum(map(len, PROBES.values())) >= 300


# Who asks


def _credentials(key: str) -> dict[str, str]:
    """Return what mallory sends for a key, by what is wrong with it."""
    return {
        "no key": "Bearer",
        "an empty key": "Bearer ",
        "no scheme": key,
        "basic": f"Basic {key}",
        "another scheme": f"Token {key}",
        "a wrong prefix": f"Bearer mp_test_{key[8:]}",
        "no prefix": f"Bearer {key[8:]}",
        "a wrong checksum": f"Bearer {key[:-1]}{'a' if key[-1] != 'a' else 'b'}",
        "a wrong character": f"Bearer {key[:10]}{'a' if key[10] != 'a' else 'b'}{key[11:]}",
        "lower-cased": f"Bearer {key.lower()}",
        "upper-cased": f"Bearer {key.upper()}",
        "two of them": f"Bearer {key}, Bearer {key}",
        "quoted": f'Bearer "{key}"',
        "a tab": f"Bearer\t{key}",
        "10 kB": f"Bearer {'a' * 10_240}",
        "not ASCII": "Bearer mp_live_caf\xe9",
        "fullwidth": "Bearer \xef\xbd\x8d" + key[1:],
        "a line break": f"Bearer {key}\nX: y",
        "NUL": f"Bearer {key}\x00",
        "a script": f"Bearer {CANARY}",
    }


def test_only_the_key_itself_opens_the_door(stage: Stage) -> None:
    bodies = set()
    for number, (what, sent) in enumerate(_credentials(stage.mallory.api_key).items()):
        response = CLIENT.get("/api/v1/goals", headers={"Authorization": sent}, REMOTE_ADDR=f"10.66.0.{number}")
        check_problem(response, status=401, code="invalid_api_key")
        assert response.headers["WWW-Authenticate"] == "Bearer"
        bodies.add(response.json()["detail"])
        assert CANARY not in response.content.decode(), what
    assert len(bodies) == 1, "the answer would tell how near a guess is"


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "token", "Authorization", "authorization"])
def test_a_key_in_the_address_opens_nothing(stage: Stage, name: str) -> None:
    for value in (stage.mallory.api_key, f"Bearer {stage.mallory.api_key}"):
        check_problem(CLIENT.get("/api/v1/goals", {name: value}), status=401, code="not_authenticated")
    with_cookie = CLIENT.get("/api/v1/goals", headers={"Cookie": f"{name}={stage.mallory.api_key}"})
    check_problem(with_cookie, status=401, code="not_authenticated")


def test_head_and_options_tell_no_more_than_get(stage: Stage) -> None:
    for method in ("HEAD", "OPTIONS"):
        assert CLIENT.generic(method, "/api/v1/goals").status_code == 401
        assert CLIENT.generic(method, "/api/v1/nothing").status_code == 404
    assert stage.send(Probe("HEAD", f"/goals/{STRAY}")).status_code == 404
    assert stage.send(Probe("HEAD", "/goals")).content == b""
    options = stage.send(Probe("OPTIONS", "/goals"))
    assert options.status_code == 200 and set(options.headers["Allow"].split(", ")) == {
        "GET",
        "POST",
        "HEAD",
        "OPTIONS",
    }
    assert make_title_of(stage) not in options.content.decode()


def make_title_of(stage: Stage) -> str:
    """Return what a list of goals would show."""
    title: str = stage.mallory.get("/goals").json()["data"][0]["title"]
    return title


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png, */*;q=0", "x", "", CANARY, "a" * 5_000])
def test_the_api_answers_json_whatever_is_asked_for(stage: Stage, accept: str) -> None:
    fine = stage.send(Probe("GET", "/license", headers={"Accept": accept}))
    assert (fine.status_code, fine.headers["Content-Type"]) == (200, "application/json")
    wrong = stage.send(Probe("GET", "/license?x=1", headers={"Accept": accept}))
    check_problem(wrong, status=422, code="validation_error")


@pytest.mark.parametrize(
    "offered", ["short", "a" * 65, "x" * 10_000, "abcdefgh\r\nSet-Cookie: a=b", CANARY, "caf\xe9-cafe", " "]
)
def test_a_request_id_that_is_no_id_is_replaced(offered: str) -> None:
    response = CLIENT.get("/api/v1/goals", headers={"X-Request-Id": offered})
    check_problem(response, status=401, code="not_authenticated")
    assert response.json()["request_id"] != offered and len(response.json()["request_id"]) == 32
    assert "Set-Cookie" not in response.headers
    taken = CLIENT.get("/healthz", headers={"X-Request-Id": "order-2026_11"})
    assert taken.headers["X-Request-Id"] == "order-2026_11"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil", "a b", "localhost:1:2", "[::1", "\x00", CANARY]
)
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/api/v1/goals", "/admin/", "/accounts/password/reset/"])
def test_another_host_is_refused(host: str, path: str) -> None:
    response = CLIENT.get(path, headers={"Host": host})
    assert response.status_code == 400
    assert CANARY not in response.content.decode() and "evil" not in response.content.decode()
    assert CLIENT.get(path, headers={"X-Forwarded-Host": host, "Forwarded": f"host={host}"}).status_code != 400


def test_a_forged_forwarded_address_counts_as_the_one_address_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    # The counted minute does not end in between.
    monkeypatch.setattr("saas.web.limits._window_end", lambda key: 4_000_000_000)
    codes = []
    for n in range(62):
        forged = {"X-Forwarded-For": f"203.0.113.{n}", "X-Real-Ip": f"203.0.113.{n}"}
        headers = {"Authorization": "Bearer guess", **forged}
        codes.append(CLIENT.get("/api/v1/goals", headers=headers, REMOTE_ADDR="10.67.0.1").json()["code"])
    assert codes == ["invalid_api_key"] * 60 + ["rate_limited"] * 2


@pytest.mark.parametrize("cookie", COOKIES)
def test_a_forged_cookie_is_nobody(cookie: str) -> None:
    for path in ("/", "/goals", "/accounts/login/", "/admin/"):
        response = Client.generic(CLIENT, "GET", path, headers={"Cookie": cookie})
        assert response.status_code in (200, 302), path
        assert CANARY not in response.content.decode()
    check_problem(CLIENT.get("/api/v1/goals", headers={"Cookie": cookie}), status=401, code="not_authenticated")


# Pages


def test_pages_refuse_the_same_and_change_nothing(stage: Stage) -> None:
    browser, before, wrong = stage.mallory.browser(), stage.state(), []
    browser.raise_request_exception = False
    for path, values in PAGES:
        filled = stage.fill(path)
        for headers in ({}, {"HX-Request": "true"}):
            response = browser.post(filled, {**values, "x": CANARY}, headers=headers)
            if response.status_code not in STAYS or CANARY in response.content.decode():
                wrong.append(f"{response.status_code} {path} {values}")
    assert not wrong, "\n".join(wrong)
    assert stage.state() == before


def test_pages_answer_any_query(stage: Stage) -> None:
    browser, wrong = stage.mallory.browser(), []
    browser.raise_request_exception = False
    for path in ASKED:
        response = browser.get(path)
        if response.status_code not in STAYS or CANARY in response.content.decode():
            wrong.append(f"{response.status_code} {path}")
    assert not wrong, "\n".join(wrong)


def test_pages_take_no_other_method_and_no_post_without_their_token(stage: Stage) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    log_in(strict, stage.mallory.user)
    before = stage.state()
    for path, values in PAGES:
        assert strict.post(stage.fill(path), values).status_code == 403, path
    for path in ("/goals/new", "/team/quota", "/settings/api-keys"):
        assert strict.generic("BREW", path).status_code in (403, 405)
    assert stage.state() == before


# Sign-up and login


def _sign_up(number: int, **values: str) -> Any:
    CLIENT.cookies.clear()
    fields = {"email": f"{uuid4().hex}@example.com", "password1": PASSWORD, "organization": "Mallory & Co", **values}
    return CLIENT.post("/accounts/signup/", fields, REMOTE_ADDR=f"10.68.0.{number}")


def _organizations_of(person: Any) -> int:
    from saas.accounts.queries import memberships_of

    return len(memberships_of(person.pk))


def test_one_mailbox_has_one_account_however_it_is_spelled() -> None:
    from saas.accounts.models import User, canonical_email

    name = uuid4().hex
    assert _sign_up(1, email=f"{name}@xn--bcher-kva.example").status_code == 302
    spellings = [
        f"{name}@xn--bcher-kva.example",
        f"{name.upper()}@xn--bcher-kva.example",
        f"{name}@XN--BCHER-KVA.example",
        f"{name}@b\u00fccher.example",
        f"{name}@bu\u0308cher.example",
        f"{name}@xn--bcher-kva.example\u200b",
        f"{name[:5]}\u200b{name[5:]}@xn--bcher-kva.example",
        "".join(chr(ord(c) + 0xFEE0) for c in name) + "@xn--bcher-kva.example",
        f"{name}@xn--bcher-kva\u3002example",
    ]
    for number, spelling in enumerate(spellings, start=2):
        response = _sign_up(number, email=spelling)
        assert response.status_code in (200, 302), spelling
    canonical = canonical_email(f"{name}@xn--bcher-kva.example")
    [person] = User.objects.filter(canonical_email=canonical)
    assert User.objects.filter(email__startswith=name[:5]).count() == 1
    assert _organizations_of(person) == 1


def test_another_mailbox_that_looks_alike_gets_no_tokens() -> None:
    from saas.accounts.models import User
    from saas.accounts.queries import memberships_of
    from saas.kernel import tenancy
    from tokens import queries as ledger

    name = uuid4().hex
    alike = [
        f"{name}@example.com",
        f"{name}+free@example.com",
        f"{name[0]}.{name[1:]}@example.com",
        f"{name}@ex\u0430mple.com",
    ]
    for number, address in enumerate(alike, start=20):
        _sign_up(number, email=address)
        for person in User.objects.filter(email=address):
            [membership] = memberships_of(person.pk)
            with tenancy.organization(membership.organization.id):
                assert ledger.position().available == 0, address


@pytest.mark.parametrize(
    ("number", "values"),
    list(
        enumerate(
            [
                {"email": "a@b.co\x00"},
                {"email": "a@b"},
                {"email": f"{'a' * 400}@example.com"},
                {"email": "a@b.co\nBcc: c@d.co"},
                {"email": f"{CANARY}@example.com"},
                {"password1": ""},
                {"password1": "short"},
                {"password1": "password"},
                {"password1": "a\x00bcdefghijkl"},
                {"password1": "aB3!" * 262_144},
                {"organization": "a\x00"},
                {"organization": "a" * 121},
            ],
            start=40,
        )
    ),
)
def test_a_bad_sign_up_opens_nothing(number: int, values: dict[str, str]) -> None:
    response = _sign_up(number, **{"email": f"{number}-{uuid4().hex}@example.com", **values})
    assert response.status_code in (200, 400)
    assert CANARY not in response.content.decode()
    assert "_auth_user_id" not in CLIENT.session
    CLIENT.cookies.clear()


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "https:evil.example",
        "http:///evil.example",
        "https://localhost@evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\x00",
    ],
)
def test_login_goes_on_to_our_own_pages_only(stage: Stage, target: str) -> None:
    someone = Client(raise_request_exception=False)
    fields = {"login": stage.mallory.user.email, "password": PASSWORD, "next": target}
    address = f"10.69.{len(target)}.{sum(map(ord, target)) % 250}"
    response = someone.post(f"/accounts/login/?next={quote(target)}", fields, REMOTE_ADDR=address)
    assert response.status_code == 302
    left = someone.post(f"/accounts/logout/?next={quote(target)}", {"next": target}, REMOTE_ADDR=address)
    for answer in (response, left):
        # Browsers drop tabs and line breaks, and take a backslash for a slash.
        where = re.sub(r"[\t\r\n]", "", answer.headers["Location"]).replace("\\", "/")
        assert urlsplit(urljoin("http://testserver/accounts/login/", where)).netloc == "testserver", where


# What only a socket can say


@pytest.fixture(scope="module")
def server(stage: Stage) -> Iterator[Web]:
    with web({}) as running:
        yield running


def _raw(server: Web, request: bytes, *, complete: bool = False) -> bytes:
    """Return the status line, headers and body that the server answers to these bytes, or nothing at all."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as wire:
        answer = b""
        with suppress(OSError):  # the server may hang up at any moment
            wire.sendall(request)
            if not complete:
                wire.shutdown(socket.SHUT_WR)
            while chunk := wire.recv(65_536):
                answer += chunk
    return answer


@pytest.mark.parametrize("what", RAW)
def test_the_wire_is_refused_without_harm(server: Web, stage: Stage, what: str) -> None:
    before = stage.state()
    authorized = RAW[what].replace(
        b"Connection: close", f"Authorization: Bearer {stage.mallory.api_key}".encode() + b"\r\nConnection: close", 1
    )
    for request in (RAW[what], authorized):
        answer = _raw(server, request)
        status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 400
        assert status < 500, answer[:500]
        assert b"\r\nSet-Cookie: a=b" not in answer and b"Smuggled" not in answer
    assert stage.state() == before
    assert server.is_ready()


def test_a_body_in_chunks_is_read_or_refused_by_name(server: Web, stage: Stage) -> None:
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FINE), FINE)
    key = f"Authorization: Bearer {stage.mallory.api_key}"
    answer = _raw(server, raw_request(TYPED, key, "Transfer-Encoding: chunked", line=POST, body=chunked), complete=True)
    assert b" 411 " in answer.split(b"\r\n")[0], answer[:800]
