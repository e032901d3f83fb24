"""Whatever is sent, the answer is a refusal that names its reason: never a 500, never an echo, never an effect.

Each row is one request of mallory's. The client cannot express the last ones, which go over raw sockets.
"""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
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
from tests.conftest import PASSWORD, Person, make_goal, open_business
from tests.machinery import Web, web

CANARY = "<script>mallory()</script>"
JSON = "application/json"
DEEP, VERY_DEEP = 7_000, 100_000
STRAY = "00000000-0000-7000-8000-000000000000"
PROBLEM = {"type", "title", "status", "code", "detail", "request_id"}
CLIENT = Client(raise_request_exception=False)
"""One for all: a new one sets the whole application up again."""


@dataclass(frozen=True)
class Probe:
    """A request and the refusal it must get. `{goal}` and the like stand for mallory's own things."""

    method: str
    path: str
    body: Any = None
    status: int = 422
    code: str = "validation_error"
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        said = f"{self.method} {self.path} {body.decode('utf-8', 'replace')} {self.content_type} {self.headers}"
        return ascii(said)[1:110]


def goal(body: Any, **expected: Any) -> Probe:
    """Set a goal."""
    return Probe("POST", "/goals", body, **expected)


def a_goal(**values: Any) -> Probe:
    """Set a goal which is fine but for these values."""
    return goal({"title": "Grow", "target_amount": "10.00", **values})


def revenue(**values: Any) -> Probe:
    """Record revenue which is fine but for these values."""
    return Probe(
        "POST", "/revenue-entries", {"goal": "{goal}", "amount": "1.00", "received_on": "2026-01-01", **values}
    )


def steps(body: Any) -> Probe:
    """Tick steps off."""
    return Probe("PATCH", "/quests/{quest}", body)


def hold(body: Any, **expected: Any) -> Probe:
    """Hold tokens."""
    return Probe("POST", "/tokens/holds", body, **expected)


def broken(body: bytes) -> Probe:
    """Send what is no JSON object that we take."""
    return goal(body, status=400, code="malformed_json")


def as_type(content_type: str) -> Probe:
    """Send a fine goal as something else."""
    fine = b'{"title": "Grow", "target_amount": "10.00"}'
    return goal(fine, status=415, code="unsupported_media_type", content_type=content_type)


def query(path: str, *queries: str) -> list[Probe]:
    """Ask with each query."""
    return [Probe("GET", f"{path}?{each}") for each in queries]


def mixed(*values: Any) -> tuple[Any, ...]:
    """Return values of any type."""
    return values


def refused_method(method: str, *paths: str) -> list[Probe]:
    """Use a method that these resources do not know."""
    return [Probe(method, path, {}, 405, "method_not_allowed") for path in paths]


def base64(text: str) -> str:
    """Return the text as a cursor would carry it."""
    import base64

    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


BODIES = [
    broken(b"{"),
    broken(b"not json"),
    broken(b"\xef\xbb\xbf{}"),
    broken(b"\xff\xfe{\x00}\x00"),
    broken(b"[]"),
    broken(b'[{"title": "Grow", "target_amount": "10.00"}]'),
    broken(b'"text"'),
    broken(b"null"),
    broken(b"17"),
    broken(b'{"title": "Grow", "target_amount": NaN}'),
    broken(b'{"title": "Grow", "target_amount": Infinity}'),
    broken(b'{"title": "Grow", "target_amount": -Infinity}'),
    broken(b'{"title": "Grow", "title": "Shrink", "target_amount": "10.00"}'),
    broken(b'{"title": "Grow", "target_amount": "10.00", "x": {"a": 1, "a": 2}}'),
    broken(b'{"title": "a\\u0000b", "target_amount": "10.00"}'),
    broken(b'{"a\\u0000b": 1}'),
    broken(b'{"title": "\\ud800", "target_amount": "10.00"}'),
    broken(b'{"\\udfff": 1}'),
    broken(b'{"a": [{"b": "\\ud800"}]}'),
    broken(b'{"a": ' + b"[" * 33 + b"]" * 33 + b"}"),
    broken(b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}"),
    broken(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    broken(b"[" * VERY_DEEP),
    broken(b'{"a":' * 50_000),
    broken(b'{"title": "' + b"a" * 1_000_000 + b'"}'),
    broken(b'{"target_amount": ' + b"9" * 5_000 + b"}"),
    broken(b'{"title": "caf\xe9"}'),
    broken(b'{"title": "Grow",}'),
    broken(b"{'title': 'Grow'}"),
    broken(b"\x1f\x8b\x08\x00"),
]

CONTENT_TYPES = [
    as_type(""),
    as_type("text/plain"),
    as_type("text/json"),
    as_type("application/x-www-form-urlencoded"),
    as_type("multipart/form-data"),
    as_type("multipart/form-data; boundary=x"),
    as_type("application/xml"),
    as_type("application/problem+json"),
    as_type("application/*"),
    as_type("*/*"),
    as_type("a/b/c"),
    as_type(f"text/{CANARY}"),
    as_type("application/json; charset=utf-16"),
    as_type("application/json; charset=latin-1"),
    as_type("application/json; charset=hex"),
    as_type("application/json; charset=no-such-charset"),
]

AMOUNTS: list[Any] = [10, 10.5, True, None, [], {}, "", " ", "ten", "1_000", "1,000", "1e3", "NaN", "Infinity", "-0.01"]
AMOUNTS += ["0", "0.00", "-0.00", "0.001", "+1", " 1", "1 ", "1.00\n", "0x10", "1000000000000", "9" * 400, "10.", ".5"]
AMOUNTS += ["\uff11\uff10", "\u0661\u0660", "\u00bd", "1\u200b0", "$10"]

TITLES: list[Any] = ["", "   ", "\u200b", "\u200b\u200d\u2060\ufeff", "\u202e", "\u3164", "\u2800", "\u115f\u1160"]
TITLES += ["\u034f", "\ufe0f", "\U000e0041", "\u2028", "\x01\x02", "a" * 121, 5, True, None, [], {}, ["Grow"]]

DAYS: list[Any] = ["0000-01-01", "0001-01-01", "9999-12-31", "1999-12-31", "2100-01-02", "2026-02-30", "2026-13-01"]
DAYS += ["20260101", "2026-W01-1", "2026-1-1", "2026-01-01\n", "2026-01-01T00:00:00Z", "tomorrow", "", 0, True, [], {}]
DAYS += ["\u0662\u0660\u0662\u0666-01-01", "\uff12\uff10\uff12\uff16-01-01", "2026\u201301\u201301", "-2026-01-01"]

IDS: list[Any] = ["x", "", 5, -1, 2**128, True, None, [], {}, 1.5, "../goals", "urn:uuid:{goal}", "{{goal}}", "{goal} "]
IDS += ["1_" * 14 + "11111111", "\uff11" * 32, f"{STRAY}\x7f"]

VALUES = [
    *[a_goal(target_amount=each) for each in AMOUNTS],
    *[a_goal(current_amount=each) for each in (10, True, "1_0", "1e3")],
    goal(b'{"title": "Grow", "target_amount": 1e400}'),
    goal(b'{"title": "Grow", "target_amount": -1e400}'),
    *[a_goal(title=each) for each in TITLES],
    a_goal(description="a" * 2001),
    *[a_goal(due_on=each) for each in DAYS],
    *[revenue(goal=each) for each in IDS],
    *[revenue(amount=each) for each in (10.5, 10, True, "1_0", "1.005", "\u0661")],
    revenue(received_on=None),
    revenue(note="a" * 201),
]

ASSIGNMENTS = [
    *[
        a_goal(**{name: value})
        for name, value in {
            "id": STRAY,
            "organization": STRAY,
            "organization_id": STRAY,
            "created_by": STRAY,
            "version": 99,
            "status": "done",
            "balance": 10**6,
            "is_staff": True,
            "__proto__": {"is_staff": True},
            "constructor": {},
            "title__startswith": "G",
            CANARY: CANARY,
            "": "",
            "\u202eeltit": "Grow",
        }.items()
    ],
    goal({f"name{n}": n for n in range(10_000)}),
    Probe("PATCH", "/goals/{goal}", {"version": 0}),
    Probe("PATCH", "/goals/{goal}", {"organization": STRAY}),
    Probe("PATCH", "/goals/{goal}", {"status": "deleted"}),
    Probe("PATCH", "/goals/{goal}", {"status": []}),
    Probe("PATCH", "/goals/{goal}", {"status": None}),
    Probe("PATCH", "/goals/{goal}", {"target_amount": None}),
    Probe("PATCH", "/goals/{goal}?force=1", {"title": "Grow"}),
    Probe("DELETE", "/goals/{goal}?force=1", None),
    Probe("PATCH", "/revenue-entries/{entry}", {"goal": STRAY}),
    Probe("PATCH", "/revenue-entries/{entry}", {"amount": 10**12}),
    revenue(amount="999999999999.99"),
    revenue(amount="-1000000000000"),
]

STEPS = [
    *[steps(body) for body in ({}, {"done": True}, {"step": 0}, {"step": 0, "done": None}, {"step": 0, "done": "yes"})],
    *[steps({"step": step, "done": True}) for step in mixed(-1, 99, 2**63, 10**300, 0.0, "0", True, None, [], {})],
    *[steps({"step": 0, "done": done}) for done in mixed(1, 0, "true", [], {}, [True])],
    *[
        steps({"steps": each})
        for each in mixed(1, "abc", {}, [], [1], [None], [True], ["done"], [[]], [[{}]], [[["a"]]])
    ],
    steps({"steps": [{"done": True, "title": CANARY}] * 3}),
    steps({"steps": [{"done": {}}] * 3}),
    steps({"steps": [1] * 50_000}),
    steps({"steps": [{"done": True}], "step": 0, "done": True}),
    steps(b'{"step": 1e400, "done": true}'),
]

METERING = [
    *[
        hold({"amount": amount, "purpose": "our own model"})
        for amount in mixed(0, -1, 2**31, 2**63, 2**64 - 1, 10**400, 1.0, 1.5, True, "1", "\u0661", None, [], {})
    ],
    hold(b'{"amount": 1e400, "purpose": "x"}'),
    hold({"amount": 11, "purpose": "over the size rule"}, code="request_too_large"),
    *[hold({"amount": 1, "purpose": purpose}) for purpose in mixed("", "\u200b", "a" * 61, 5, None, [])],
    hold({"amount": 1, "purpose": "x", "status": "settled"}),
    hold({"amount": 1, "purpose": "x", "seconds": 10**9}),
    hold({}),
    Probe("POST", "/tokens/holds/{hold}/settle", {"amount": -1}),
    Probe("POST", "/tokens/holds/{hold}/settle", {"amount": 6}),
    Probe("POST", "/tokens/holds/{hold}/settle", {"amount": 2**64 - 4}),
    Probe("POST", "/tokens/holds/{hold}/settle", {"amount": 1.0}),
    Probe("POST", "/tokens/holds/{hold}/settle", {}),
    Probe("POST", "/tokens/holds/{hold}/extend", {"seconds": 0}),
    Probe("POST", "/tokens/holds/{hold}/extend", {"seconds": 10**9}),
    Probe("POST", f"/tokens/holds/{STRAY}/extend", {"seconds": 1}, 404, "not_found"),
    Probe("POST", "/tokens/holds/{hold}/release", {"amount": 5}),
    Probe("POST", f"/tokens/holds/{STRAY}/settle", {"amount": 1}, 404, "not_found"),
    Probe("POST", f"/tokens/holds/{STRAY}/release", {}, 404, "not_found"),
    *[Probe("POST", "/tokens/estimate", {"operation": each}) for each in mixed("mining", "", None, [], {}, CANARY)],
    *[Probe("POST", "/tokens/estimate", {"operation": "quest", "count": n}) for n in (0, 4, 2**63, True, "1", 1.0)],
    Probe("POST", "/tokens/estimate", {"operation": "lead_list", "count": 2}),
    *[
        Probe("POST", "/quests", {"goal": "{goal}", "count": n})
        for n in mixed(0, 4, -1, 2**63, True, "2", 1.0, None, [])
    ],
    Probe("POST", "/quests", {"goal": "{goal}", "tokens": 0}),
    Probe("POST", "/quests", {"goal": "{goal}", "price": 0, "organization": STRAY}),
    Probe("POST", "/quests", {"count": 1}),
    Probe("POST", "/quests", {"goal": STRAY}, 404, "not_found"),
    Probe("POST", "/lead-lists", {"goal": "{goal}", "brief": "a" * 501}),
    Probe("POST", "/lead-lists", {"goal": "{goal}", "brief": 5}),
    Probe("POST", "/lead-lists", {"goal": "{goal}", "count": 100}),
    *[
        Probe("POST", "/revenue-forecasts", {"months": n})
        for n in mixed(0, 25, -1, 2**63, True, "6", 1.0, None, [], CANARY)
    ],
    Probe("POST", "/revenue-forecasts", {"months": 6, "goal": "{goal}"}),
]

SYNC = [
    *[Probe("POST", "/sync", {"changes": each}) for each in mixed(None, {}, "x", 1, True, [{}] * 501)],
    Probe("POST", "/sync", {}),
    Probe("POST", "/sync", {"changes": [], "cursor": "x"}),
    Probe("POST", "/sync?force=1", {"changes": []}),
    *[Probe("POST", "/sync", {"changes": [], "holder": each}) for each in mixed("", [], {}, True, "a" * 81)],
    Probe("POST", "/sync", {"changes": [], "holder": f"{STRAY}.{STRAY}"}, 409, "conflict"),
    Probe("POST", f"/sync/conflicts/{STRAY}/resolve", {"keep": "mine"}, 404, "not_found"),
    *[Probe("POST", f"/sync/conflicts/{STRAY}/resolve", {"keep": each}) for each in mixed("", "both", None, [], {})],
    *query("/sync/conflicts", "status=", "status=kept", "limit=101", f"cursor={base64('1')}", "kept=mine"),
]

OVERAGE = [
    *[
        Probe("PUT", "/overage", {"enabled": True, "monthly_cap": cap})
        for cap in mixed(100, 1.5, "1e3", "NaN", "1.005", "1" * 15, "", None, [], {}, "\u0661")
    ],
    *[Probe("PUT", "/overage", {"enabled": each, "monthly_cap": "10.00"}) for each in mixed(1, "true", None, [], {})],
    Probe("PUT", "/overage", {}),
    Probe("PUT", "/overage", {"enabled": True}),
    Probe("PUT", "/overage", {"enabled": False, "token_price": "0.01"}),
    Probe("PUT", "/overage", {"enabled": True, "monthly_cap": "10.00"}, 409, "conflict"),
]

LIMITS: tuple[str, ...] = (
    "abc",
    "-1",
    "0",
    "101",
    "1000000",
    "1" + "0" * 20,
    "1" * 2_000,
    "1.0",
    "1e1",
    "1_0",
    "%2B5",
    "+5",
    "0x1",
    "",
)
LIMITS += ("%D9%A1", "%EF%BC%91", "1%00", "%0b5", "null", "%ff")

CURSORS = ["", "x", "AAAA", "%00", "====", "%D9%A1", "a" * 201, "../..", base64("1"), base64("-1"), base64("null")]
CURSORS += [base64("' OR 1=1 --"), base64("{}"), base64("99999999999999999999999"), base64("a" * 100), "_-_-"]

INSTANTS: tuple[str, ...] = (
    "now",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01T24:00:01Z",
    "2026-02-30T00:00:00Z",
    "0000-01-01T00:00:00Z",
)
INSTANTS += (
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00%2B14:00",
    "2026-01-01T23:59:60Z",
    "20260101T000000Z",
    "1e9",
)
INSTANTS += ("2026-01-01T00:00:00%2B25:00", "2026-01-01T00:00:00[Mars/Base]", "2026-01-01T00:00:00Z%00", "-1", "")
INSTANTS += ("%D9%A2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z%0A", "2026-01-01T00:00:00 Europe/Berlin")

SPANS: tuple[str, ...] = (
    "from=0000-01-01",
    "to=0001-01-01",
    "to=9999-12-31",
    "from=9999-12-30&to=9999-12-31",
    "from=2026-02-30",
)
SPANS += (
    "from=2026-02-01&to=2026-01-01",
    "from=2020-01-01&to=2026-01-01",
    "to=20260101",
    "to=2026-W01-1",
    "to=%D9%A2026-01-01",
)
SPANS += (
    "group_by=",
    "group_by=password",
    "group_by=user__password",
    "group_by=day&group_by=user",
    "days=30",
    "timezone=Mars/Base",
)

QUERIES = [
    *query("/goals", *[f"limit={each}" for each in LIMITS]),
    *query("/goals", *[f"cursor={each}" for each in CURSORS]),
    *query(
        "/goals",
        "status=",
        "status=deleted",
        "status=x%00",
        f"status={quote(CANARY)}",
        "ordering=-created_by__password",
    ),
    *query(
        "/goals",
        "format=xml",
        "format=json",
        "limit=1&limit=2",
        "page=2",
        "created_by__password__startswith=a",
        "a%00=1",
    ),
    *query("/goals", "&".join(f"name{n}={n}" for n in range(150)), "%=1", "[]=1", f"{quote(CANARY)}=1"),
    *query("/revenue-entries", "goal=", "goal=x", "goal=5", "goal=%00", f"goal={STRAY}&goal={STRAY}", "amount=1"),
    *query("/quests", "goal=1_" + "1" * 30, "goal[]=x", "limit=-1", f"cursor={base64(STRAY[:-1])}"),
    *query("/lead-lists", "goal=%7B%7D", "brief=x", "limit=101"),
    *query("/revenue-forecasts", "goal={goal}", "limit=0", f"cursor={base64('1')}", "months=6"),
    *query("/tokens/ledger", *[f"cursor={each}" for each in CURSORS if each != base64("1")], f"cursor={base64(STRAY)}"),
    *query(
        "/tokens/ledger", "kind=bribe", "kind=", "transaction_id=x", "transaction_id=1_" + "1" * 30, f"limit={10**20}"
    ),
    *query("/tokens/holds", "status=stolen", "status=", f"cursor={base64('1')}", "limit=abc", "user=x"),
    *query("/tokens/balance", *[f"at={each}" for each in INSTANTS], "organization=" + STRAY),
    *query("/usage", *SPANS),
    *query("/sync", *[f"cursor={each}" for each in CURSORS], f"cursor={base64('1.x')}", f"cursor={base64('1')}"),
    *query("/sync", f"limit={10**20}", "limit=501", "since=0", "type=goal", f"holder={'a' * 81}", "holder="),
    *query("/account", "organization=" + STRAY),
    *query("/license", "state=active"),
    Probe("GET", "/goals?" + "&".join(f"name{n}={n}" for n in range(300)), None, 400, "bad_request"),
]

ADDRESSES_OF_NOTHING = [
    Probe("GET", path, None, 404, "not_found")
    for path in (
        f"/goals/{STRAY}",
        f"/revenue-entries/{STRAY}",
        f"/quests/{STRAY}",
        f"/lead-lists/{STRAY}",
        f"/revenue-forecasts/{STRAY}",
        f"/tokens/holds/{STRAY}",
        "/goals/x",
        "/goals/1",
        "/goals/%00",
        "/goals/%ff",
        "/goals/..%2f..%2fadmin",
        f"/goals/{STRAY.upper()}x",
        f"/goals/{'1' * 5_000}",
        "/goals/",
        "/nothing",
        f"/{quote(CANARY)}",
    )
]

METHODS = [
    *refused_method("PUT", "/goals", "/goals/{goal}", "/quests", "/tokens/balance", "/tokens/holds/{hold}", "/usage"),
    *refused_method("PATCH", "/goals", "/quests", "/tokens/holds/{hold}", "/account", "/license", "/tokens/ledger"),
    *refused_method("DELETE", "/goals", "/quests/{quest}", "/tokens/holds/{hold}", "/tokens/ledger", "/account"),
    *refused_method(
        "POST", "/goals/{goal}", "/quests/{quest}", "/tokens/balance", "/tokens/ledger", "/usage", "/account"
    ),
    *refused_method("GET", "/tokens/estimate", "/tokens/holds/{hold}/settle", "/tokens/holds/{hold}/release"),
    *refused_method("TRACE", "/goals"),
    *refused_method("CONNECT", "/goals"),
    *refused_method("INITIAL", "/goals"),
    *refused_method("DISPATCH", "/goals"),
    Probe("POST", "/goals/{goal}", {}, 405, "method_not_allowed", headers={"X-HTTP-Method-Override": "DELETE"}),
    Probe("POST", "/goals/{goal}?_method=DELETE", {}, 405, "method_not_allowed"),
]

IDEMPOTENCY_KEYS = [
    hold({"amount": 1, "purpose": "x"}, status=400, code="idempotency_key_required", headers={"Idempotency-Key": key})
    for key in ("", " ", " a", "a" * 256, "a" * 10_000, "a\nb", "caf\xe9", "\x7f", "\u200b", "a\x00")
]

ADDRESSES: list[Any] = ["", "x", "a@b", "a b@example.com", "a@b.co\u200b", "\u202ea@b.co", "a@b.co\nBcc: c@d.co"]
ADDRESSES += [f"{'a' * 255}@example.com", f"{CANARY}@example.com", 5, True, None, [], {}]

PEOPLE = [
    *[Probe("POST", "/members", {"email": each}) for each in ADDRESSES],
    *[Probe("POST", "/members", {"email": "a@b.co", "role": each}) for each in mixed("god", "", None, 1, [], {})],
    *[Probe("POST", "/members", {"email": "a@b.co", "department": each}) for each in IDS if each is not None],
    Probe("POST", "/members", {"email": "a@b.co", "department": STRAY}, 404, "not_found"),
    Probe("POST", "/members", {"email": "a@b.co", "is_staff": True}),
    Probe("PATCH", "/members/{member}", {}),
    Probe("PATCH", "/members/{member}", {"user": STRAY}),
    Probe("PATCH", "/members/{member}", {"role": "admin"}, 409, "conflict"),
    Probe("DELETE", "/members/{member}", None, 409, "conflict"),
    *[Probe("POST", "/departments", {"name": each}) for each in TITLES],
    Probe("POST", "/departments", {"name": "Shop", "organization": STRAY}),
    *[
        Probe("POST", "/quotas", {"scope": "organization", "tokens": each})
        for each in mixed(-1, 2**31, 10**400, 1.0, True, "1", None, [], {})
    ],
    Probe("POST", "/quotas", {"scope": "user", "tokens": 1}),
    Probe("POST", "/quotas", {"scope": "organization", "subject": STRAY, "tokens": 1}),
    *[Probe("POST", "/quotas", {"scope": each, "tokens": 1}) for each in mixed("world", None, 1, [], {})],
    Probe("POST", "/quotas", {"scope": "user", "subject": STRAY, "tokens": 1}, 404, "not_found"),
    *[Probe("POST", "/api-keys", {"name": "k", "scopes": each}) for each in mixed("read", None, [], ["root"], [[]])],
    Probe("POST", "/api-keys", {"name": "k", "scopes": ["read"] * 5_000}),
    Probe("POST", "/api-keys", {"name": "k", "scopes": ["read"], "secret_hash": "x"}),
    *[
        Probe("POST", "/api-keys", {"name": "k", "scopes": ["read"], "expires_at": each})
        for each in ("2000-01-01T00:00:00Z", "9998-01-01T00:00:00Z", "soon", 5, True, [])
    ],
    *[
        Probe("POST", "/api-keys", {"name": "k", "scopes": ["read"], "mode": each})
        for each in mixed("Test", "", None, 1, True, [])
    ],
    Probe("GET", "/test/clock", None, 404, "not_found"),
    Probe("POST", "/test/clock", {"advance_seconds": 1}, 404, "not_found"),
    Probe("POST", "/test/tokens", {"tokens": 1}, 404, "not_found"),
    Probe("POST", "/test/payment", {"outcome": "failed"}, 404, "not_found"),
    *[
        Probe("POST", "/api-keys", {"name": "k", "scopes": ["read"], "requests_per_minute": each})
        for each in (0, 601, -1, 10**400, True, "60", None)
    ],
    *[
        Probe("POST", f"/api-keys/{STRAY}/rotate", {"overlap_hours": each})
        for each in mixed(-1, 169, 10**400, 1.5, True, "1", None, [])
    ],
    Probe("POST", f"/api-keys/{STRAY}/rotate", {}, 404, "not_found"),
    *[Probe("POST", "/token-requests", {"tokens": n}) for n in mixed(0, -1, 10**6 + 1, 1.0, True, "5", None, [])],
    Probe("POST", "/token-requests", {"tokens": 5, "note": "a" * 501}),
    Probe("POST", "/token-requests", {"tokens": 5}, 409, "conflict"),
    Probe("POST", f"/token-requests/{STRAY}/approve", {"for_good": "yes"}),
    Probe("POST", f"/token-requests/{STRAY}/approve", {}, 404, "not_found"),
    Probe("POST", f"/token-requests/{STRAY}/decline", {}, 404, "not_found"),
    Probe("DELETE", f"/invitations/{STRAY}", None, 404, "not_found"),
    *query("/members", "role=god", "department=x", "email=a", "limit=0"),
    *query("/quotas", "scope=world", "subject=" + STRAY),
    *query("/audit-events", "kind=x", "kind=", "actor=me", "seq=1", *[f"from={each}" for each in INSTANTS[:6]]),
    *query("/audit-events.csv", "kind=x", "cursor=" + base64("1"), "from=soon"),
    *query("/audit-events/proof", "limit=1001", *[f"cursor={each}" for each in CURSORS if each != base64("1")]),
    *query("/api-keys", "name=k", f"cursor={base64('1')}"),
]


def hook(**values: Any) -> Probe:
    """Add an endpoint which is fine but for these values."""
    return Probe("POST", "/webhook-endpoints", {"url": "https://example.com/hooks", **values})


WEBHOOKS = [
    *[
        hook(url=each)
        for each in mixed("", "http://example.com", "https://localhost/", "https://10.0.0.1/", 5, None, [])
    ],
    *[hook(url=each) for each in (f"https://{CANARY}/", "https://a.example/\x7f", "https://a.example/" + "a" * 600)],
    *[hook(events=each) for each in mixed([], "*", None, {}, [1], [None], [[]], [{}], [CANARY], ["goal.created\x7f"])],
    hook(events=["goal.created"] * 1000),
    *[hook(description=each) for each in mixed("a" * 201, 5, None, [])],
    hook(secret="whsec_AAAA"),
    hook(organization=STRAY),
    hook(after_seq=0),
    *[Probe("PATCH", "/webhook-endpoints/{hook}", {"enabled": each}) for each in mixed(1, "yes", None, [])],
    Probe("PATCH", "/webhook-endpoints/{hook}", {"url": "https://127.0.0.1/"}),
    Probe("PATCH", "/webhook-endpoints/{hook}", {"off_because": "gone"}),
    *[
        Probe("POST", "/webhook-endpoints/{hook}/rotate-secret", {"overlap_hours": each})
        for each in mixed(-1, 169, 2**63, True, "1", 1.0, None, [])
    ],
    *[
        Probe("POST", "/webhook-endpoints/{hook}/redeliver", each)
        for each in mixed({}, {"delivery": "x"}, {"delivery": 5}, {"since": 0}, {"since": "9999-12-31T23:59:59-23:59"})
    ],
    Probe("POST", "/webhook-endpoints/{hook}/redeliver", {"delivery": STRAY}, 404, "not_found"),
    Probe("POST", f"/webhook-endpoints/{STRAY}/test", {}, 404, "not_found"),
    Probe("POST", "/webhook-endpoints/{hook}/test?url=https://10.0.0.1/", {}),
    *query("/webhook-endpoints/{hook}/deliveries", "status=lost", "status=", "limit=0", f"cursor={base64('1')}", "x=1"),
    *query("/webhook-endpoints", "url=x", "limit=101"),
    *refused_method("PUT", "/webhook-endpoints", "/webhook-endpoints/{hook}"),
    *refused_method("GET", "/webhook-endpoints/{hook}/test", "/webhook-endpoints/{hook}/redeliver"),
]


def give(**values: Any) -> Probe:
    """Give tokens to a colleague, fine but for these values."""
    return Probe("POST", "/gifts", {"to": {"user": STRAY}, "tokens": 5, **values})


PLAN_VERBS = ("preview", "change")

MONEY = [
    *[Probe("POST", "/purchases", {"pack": each}) for each in mixed("", "a" * 41, 5, True, None, [], {})],
    Probe("POST", "/purchases", {"pack": "pack_0"}, 404, "not_found"),
    Probe("POST", "/purchases", {"pack": CANARY}, 404, "not_found"),
    Probe("POST", "/purchases", {"pack": "pack_500", "price": "0.01"}),
    Probe("POST", "/purchases", {"pack": "pack_500", "tokens": 10**6}),
    Probe("POST", "/purchases?price=0", {"pack": "pack_500"}),
    Probe("GET", f"/purchases/{STRAY}", None, 404, "not_found"),
    *query("/purchases", "status=paid", "limit=0", "limit=101", f"cursor={base64('1')}", "pack=pack_500"),
    *query("/packs", "currency=EUR", "limit=1"),
    *query("/plans", "price=0"),
    *[
        Probe("POST", f"/subscription/{verb}", {"plan": each})
        for verb in ("preview", "change")
        for each in mixed("", 5)
    ],
    *[Probe("POST", "/subscription/preview", {"plan": each}) for each in mixed("a" * 41, True, None, [], {})],
    *[Probe("POST", f"/subscription/{verb}", {"plan": "free", "price": "0"}) for verb in PLAN_VERBS],
    *[Probe("POST", f"/subscription/{verb}", {"plan": "gold"}) for verb in PLAN_VERBS],
    *[Probe("POST", "/subscription/change", {"plan": "pro", "at": each}) for each in mixed("soon", 5, True, None, [])],
    *[
        Probe("POST", "/subscription/change", {"plan": "pro", "at": each})
        for each in ("2026-01-01", "20260101T000000Z")
    ],
    Probe("POST", "/subscription/cancel", {"at": "2026-01-01T00:00:00Z"}),
    Probe("POST", "/subscription/cancel?now=1", {}),
    *[
        give(to=each)
        for each in mixed(None, "", STRAY, [], {}, {"user": 5}, {"user": "x"}, {"email": "x"}, {"x": STRAY})
    ],
    give(to={"user": STRAY, "department": STRAY}),
    give(to={"email": "a@b.co", "user": STRAY}),
    give(to={"email": "a@b.co"}),
    give(pack="pack_500"),
    *[give(tokens=each) for each in mixed(0, -1, 2**31, 10**400, 1.5, True, "5", None, [], {})],
    *[give(note=each) for each in mixed("a" * 281, 5, None, [])],
    give(reason="because"),
    Probe("POST", "/gifts", {"to": {"user": STRAY}, "tokens": 5}, 404, "not_found"),
    *query("/gifts", "status=stolen", "kind=", "limit=0", f"cursor={base64('1')}", "to=x"),
    *[Probe("POST", f"/gifts/{STRAY}/{verb}", {}, 404, "not_found") for verb in ("accept", "decline", "withdraw")],
    *[Probe("POST", f"/gifts/{STRAY}/{verb}", {"as": STRAY}) for verb in ("accept", "decline", "withdraw")],
    *query(f"/gifts/{STRAY}", "link=1"),
]

NEWS_AND_REPORTS = [
    *[Probe("POST", f"/test/{each}", {}, 404, "not_found") for each in ("clock", "tokens", "payment")],
    *query("/notifications", "read=", "read=yes", "limit=0", f"cursor={base64('1')}", "user=" + STRAY),
    *query("/invitations", "role=god", "limit=101", f"cursor={base64('1')}"),
    *query("/reports/goals.csv", *[span for span in SPANS if not span.startswith(("group_by", "from=2020"))]),
    Probe("GET", "/reports/passwords.csv", None, 404, "not_found"),
    Probe("GET", "/reports/goals.exe", None, 404, "not_found"),
    Probe("GET", f"/reports/goals.{'x' * 5_000}", None, 404, "not_found"),
    *[Probe("GET", f"/{each}/{STRAY}", None, 404, "not_found") for each in ("sync/conflicts", "token-requests")],
    *[Probe("DELETE", f"/{each}/{STRAY}", None, 404, "not_found") for each in ("departments", "quotas", "api-keys")],
    *refused_method("POST", "/notifications", "/reports/goals.csv", "/packs", "/plans"),
    *refused_method("DELETE", "/purchases", "/gifts", f"/gifts/{STRAY}", f"/purchases/{STRAY}", "/audit-events"),
]

PROBES = {
    "money": MONEY,
    "news and reports": NEWS_AND_REPORTS,
    "webhooks": WEBHOOKS,
    "bodies": BODIES,
    "overage": OVERAGE,
    "content types": CONTENT_TYPES,
    "values": VALUES,
    "assignments": ASSIGNMENTS,
    "steps": STEPS,
    "metering": METERING,
    "sync": SYNC,
    "queries": QUERIES,
    "addresses": ADDRESSES_OF_NOTHING,
    "methods": METHODS,
    "idempotency keys": IDEMPOTENCY_KEYS,
    "people": PEOPLE,
}


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


def check_problem(response: Any, *, status: int, code: str) -> None:
    """Check a refusal of the API: its status, its code, its shape, and that nobody could take it for a page."""
    assert response.status_code == status, response.content[:500]
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    problem = response.json()
    assert problem.keys() >= PROBLEM
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"urn:milepost:problem:{code}")
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert len(response.content) < 10_000


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
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: 4_000_000_000)
    codes = []
    for n in range(62):
        forged = {"X-Forwarded-For": f"203.0.113.{n}", "X-Real-Ip": f"203.0.113.{n}"}
        headers = {"Authorization": "Bearer guess", **forged}
        codes.append(CLIENT.get("/api/v1/goals", headers=headers, REMOTE_ADDR="10.67.0.1").json()["code"])
    assert codes == ["invalid_api_key"] * 60 + ["rate_limited"] * 2


COOKIES = [
    *[f'{name}="aaaaaaaaaaaa\\000"' for name in ("sessionid", "csrftoken", "messages", "theme")],
    *[f"sessionid={value}" for value in ("%00", "a" * 5_000, "\xff\xfe", "../../etc", "' OR 1=1 --", CANARY, "")],
    'theme="<script>"; theme=dark',
    "=",
    ";;;;",
    "sessionid",
]


@pytest.mark.parametrize("cookie", COOKIES)
def test_a_forged_cookie_is_nobody(cookie: str) -> None:
    for path in ("/", "/goals", "/accounts/login/", "/admin/"):
        response = Client.generic(CLIENT, "GET", path, headers={"Cookie": cookie})
        assert response.status_code in (200, 302), path
        assert CANARY not in response.content.decode()
    check_problem(CLIENT.get("/api/v1/goals", headers={"Cookie": cookie}), status=401, code="not_authenticated")


# Pages

STAYS = (200, 204, 302, 400, 403, 404, 409, 422)
PAGES: list[tuple[str, dict[str, Any]]] = [
    *[
        ("/goals/new", {"title": title, "target_amount": "10"})
        for title in ("", "\u200b", "\u3164", "a\x00b", "a" * 121)
    ],
    *[
        ("/goals/new", {"title": "Grow", "target_amount": amount})
        for amount in (
            "",
            "0",
            "-1",
            "1_000",
            "\uff11\uff10",
            "\u0661",
            "1e3",
            "1e400",
            "NaN",
            "Infinity",
            "0.001",
            "9" * 14,
        )
    ],
    *[
        ("/goals/new", {"title": "Grow", "target_amount": "10", "due_on": day})
        for day in ("0000-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "x", "\x00", "a" * 1000)
    ],
    ("/goals/{goal}/edit", {"title": "", "target_amount": "10"}),
    *[
        ("/goals/{goal}/revenue", {"amount": amount, "received_on": day})
        for amount, day in (
            ("999999999999.99", "2026-01-01"),
            ("1_0", "2026-01-01"),
            ("", "2026-01-01"),
            ("1", "0001-01-01"),
            ("1", "9999-12-31"),
            ("1", ""),
            ("\x00", "\x00"),
        )
    ],
    *[
        ("/goals/{goal}/quests", {"count": count, "idempotency_key": key})
        for count, key in (
            ("0", "k"),
            ("4", "k"),
            ("9" * 30, "k"),
            ("x", "k"),
            ("1", ""),
            ("1", "a\x00"),
            ("1", "a" * 256),
        )
    ],
    ("/goals/{goal}/quests", {"count": "1"}),
    ("/goals/{goal}/lead-list", {"brief": "a" * 501, "idempotency_key": "k2"}),
    ("/goals/{goal}/lead-list", {"brief": "a\x00", "idempotency_key": "k3"}),
    (f"/goals/{STRAY}/quests", {"count": "1", "idempotency_key": "k4"}),
    (f"/goals/{{goal}}/quests/{STRAY}/cancel", {}),
    (f"/quests/{STRAY}/steps", {"done": ["0"]}),
    ("/team/invitations", {"email": "x", "role": "member"}),
    ("/team/invitations", {"email": "a@b.co\x00", "role": "member"}),
    ("/team/invitations", {"email": "a@b.co\nBcc: c@d.co", "role": "member"}),
    ("/team/invitations", {"email": "a@b.co", "role": "god"}),
    ("/team/invitations", {"email": f"{'x' * 400}@b.co", "role": "member"}),
    (f"/team/invitations/{STRAY}/revoke", {}),
    (f"/team/members/{STRAY}", {"role": "owner"}),
    (f"/team/members/{STRAY}/remove", {}),
    ("/team/departments", {"name": ""}),
    ("/team/departments", {"name": "a\x00"}),
    ("/team/departments", {"name": "a" * 81}),
    (f"/team/departments/{STRAY}/remove", {}),
    *[("/team/quota", {"tokens": tokens}) for tokens in ("-1", "x", "1.5", "9" * 30, "1\x00")],
    ("/settings", {"name": "", "timezone": "UTC"}),
    ("/settings", {"name": "Mallory", "timezone": "Mars/Base"}),
    ("/settings", {"name": "a\x00", "timezone": "\x00"}),
    ("/settings/api-keys", {"name": "k", "scopes": ["root"]}),
    ("/settings/api-keys", {"name": "a\x00", "scopes": ["read"]}),
    ("/settings/api-keys", {"name": "k"}),
    *[
        ("/settings/webhooks/new", {"url": url})
        for url in ("", "x", "a\x00", "https://10.0.0.1/", "https://" + "a" * 600)
    ],
    ("/settings/webhooks/new", {"url": "https://example.com/", "events": ["x"]}),
    *[(f"/settings/webhooks/{STRAY}/{deed}", {}) for deed in ("change", "switch", "remove", "test", "secret")],
    *[("/settings/webhooks/{hook}/redeliver", values) for values in ({}, {"hours": "x"}, {"delivery": "x"})],
    ("/settings/webhooks/{hook}/secret", {"overlap_hours": "9" * 30}),
    (f"/settings/api-keys/{STRAY}/revoke", {}),
    (f"/organizations/{STRAY}/switch", {}),
]

ASKED = [
    f"{path}?{query}"
    for path in ("/goals", "/quests", "/lead-lists", "/ledger", "/usage", "/team", "/plans", "/settings", "/")
    for query in (
        "cursor=x",
        "cursor=%00",
        f"cursor={base64('1' * 30)}",
        "goal=x",
        "status=%00",
        f"x={quote(CANARY)}",
        "%ff=%ff",
    )
]


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
    strict.force_login(stage.mallory.user, backend="django.contrib.auth.backends.ModelBackend")
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
                {"organization": ""},
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


def _request(
    *lines: str, line: str = "GET /api/v1/goals HTTP/1.1", host: str = "localhost", body: bytes = b""
) -> bytes:
    head = "\r\n".join([line, f"Host: {host}", *lines, "Connection: close", "", ""])
    return head.encode("latin-1") + body


POST = "POST /api/v1/goals HTTP/1.1"
FINE = b'{"title": "Smuggled", "target_amount": "10.00"}'
TYPED = "Content-Type: application/json"
RAW = {
    "not HTTP": b"\x16\x03\x01\x02\x00",
    "an unknown version": _request(line="GET / HTTP/9.9"),
    "no host": b"GET /api/v1/goals HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": _request("Host: evil.example"),
    "an absolute address of another host": _request(line="GET http://evil.example/api/v1/goals HTTP/1.1"),
    "NUL in a header": _request("X-Request-Id: abc\x00defghijk"),
    "a folded header": _request("X-Request-Id: abcdefgh\r\n Set-Cookie: a=b"),
    "a line break in a header": _request("X-Request-Id: abcdefgh\nSet-Cookie: a=b"),
    "a header of 1 MB": _request(f"X-Padding: {'a' * 1_000_000}"),
    "an address of 1 MB": _request(line=f"GET /api/v1/goals?a={'a' * 1_000_000} HTTP/1.1"),
    "ten thousand headers": _request(*[f"X-{n}: {n}" for n in range(10_000)]),
    "raw bytes in the address": _request(line="GET /api/v1/goals/\xff\xfe?\xff=\xff HTTP/1.1"),
    "a negative length": _request(TYPED, "Content-Length: -1", line=POST, body=FINE),
    "a length that is no number": _request(TYPED, "Content-Length: ten", line=POST, body=FINE),
    "two lengths": _request(TYPED, "Content-Length: 5", "Content-Length: 50", line=POST, body=FINE),
    "a length and chunks": _request(
        TYPED, "Content-Length: 5", "Transfer-Encoding: chunked", line=POST, body=b"0\r\n\r\n" + FINE
    ),
    "broken chunks": _request(TYPED, "Transfer-Encoding: chunked", line=POST, body=b"zz\r\n" + FINE),
    "a length that never comes": _request(TYPED, "Content-Length: 100000", line=POST, body=FINE),
    "a huge length": _request(TYPED, "Content-Length: 99999999999999999999", line=POST, body=FINE),
    "underscores for dashes": _request("X_Forwarded_For: 203.0.113.9", "Content_Length: 5"),
}


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
    answer = _raw(server, _request(TYPED, key, "Transfer-Encoding: chunked", line=POST, body=chunked), complete=True)
    assert b" 411 " in answer.split(b"\r\n")[0], answer[:800]
