"""What mallory sends: a table a subject, each row with the refusal that it must get, and bytes that no client sends."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.answers import STRAY

CANARY = "<script>mallory()</script>"
JSON = "application/json"
DEEP, VERY_DEEP = 7_000, 100_000


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


def a_goal_under(key: str) -> Probe:
    """Set a fine goal under an idempotency key."""
    return goal({"title": "Grow", "target_amount": "10.00"}, headers={"Idempotency-Key": key})


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
    goal(b'{"title": "' + b"a" * 1_000_000 + b'"}', status=413, code="body_too_large"),
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
        f"/goals/{'1' * 1_900}",
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
    hold({"amount": 1, "purpose": "x"}, status=400, code="idempotency_key_required", headers={"Idempotency-Key": ""}),
    *[
        hold({"amount": 1, "purpose": "x"}, headers={"Idempotency-Key": key})
        for key in (" ", " a", "a" * 256, "a" * 10_000, "a\nb", "caf\xe9", "\x7f", "\u200b", "a\x00")
    ],
    *[a_goal_under(key) for key in (" ", "a" * 256, "a\nb", "caf\xe9", "a\x00")],
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
        for each in mixed("2000-01-01T00:00:00Z", "9998-01-01T00:00:00Z", "soon", 5, True, [])
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
    *query("/invoices", "status=paid", "limit=0", "limit=101", f"cursor={base64('1')}"),
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
    *[Probe("POST", f"/subscription/{verb}", {"until": "2027-01-01"}) for verb in ("pause", "resume")],
    *[Probe("POST", f"/subscription/{verb}?free=1", {}) for verb in ("pause", "resume")],
    *[Probe("POST", f"/subscription/{verb}", {}, 409, "conflict") for verb in ("pause", "resume")],
    Probe("POST", "/subscription/trial", {"plan": "enterprise"}),
    Probe("POST", "/subscription/trial?days=365", {}),
    Probe("POST", "/subscription/trial", {}, 409, "conflict"),
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
    Probe("GET", f"/reports/goals.{'x' * 1_900}", None, 404, "not_found"),
    Probe("GET", f"/reports/goals.{'x' * 5_000}", None, 414, "address_too_long"),
    *[Probe("GET", f"/{each}/{STRAY}", None, 404, "not_found") for each in ("sync/conflicts", "token-requests")],
    *[Probe("DELETE", f"/{each}/{STRAY}", None, 404, "not_found") for each in ("departments", "quotas", "api-keys")],
    *refused_method("POST", "/notifications", "/reports/goals.csv", "/packs", "/plans"),
    *refused_method("POST", "/invoices"),
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

COOKIES = [
    *[f'{name}="aaaaaaaaaaaa\\000"' for name in ("sessionid", "csrftoken", "messages", "theme")],
    *[f"sessionid={value}" for value in ("%00", "a" * 5_000, "\xff\xfe", "../../etc", "' OR 1=1 --", CANARY, "")],
    'theme="<script>"; theme=dark',
    "=",
    ";;;;",
    "sessionid",
]

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
    *[(f"/settings/webhooks/{STRAY}/{action}", {}) for action in ("change", "switch", "remove", "test", "secret")],
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


def raw_request(
    *lines: str, line: str = "GET /api/v1/goals HTTP/1.1", host: str = "localhost", body: bytes = b""
) -> bytes:
    head = "\r\n".join([line, f"Host: {host}", *lines, "Connection: close", "", ""])
    return head.encode("latin-1") + body


POST = "POST /api/v1/goals HTTP/1.1"
FINE = b'{"title": "Smuggled", "target_amount": "10.00"}'
TYPED = "Content-Type: application/json"
RAW = {
    "not HTTP": b"\x16\x03\x01\x02\x00",
    "an unknown version": raw_request(line="GET / HTTP/9.9"),
    "no host": b"GET /api/v1/goals HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": raw_request("Host: evil.example"),
    "an absolute address of another host": raw_request(line="GET http://evil.example/api/v1/goals HTTP/1.1"),
    "NUL in a header": raw_request("X-Request-Id: abc\x00defghijk"),
    "a folded header": raw_request("X-Request-Id: abcdefgh\r\n Set-Cookie: a=b"),
    "a line break in a header": raw_request("X-Request-Id: abcdefgh\nSet-Cookie: a=b"),
    "a header of 1 MB": raw_request(f"X-Padding: {'a' * 1_000_000}"),
    "an address of 1 MB": raw_request(line=f"GET /api/v1/goals?a={'a' * 1_000_000} HTTP/1.1"),
    "ten thousand headers": raw_request(*[f"X-{n}: {n}" for n in range(10_000)]),
    "raw bytes in the address": raw_request(line="GET /api/v1/goals/\xff\xfe?\xff=\xff HTTP/1.1"),
    "a negative length": raw_request(TYPED, "Content-Length: -1", line=POST, body=FINE),
    "a length that is no number": raw_request(TYPED, "Content-Length: ten", line=POST, body=FINE),
    "two lengths": raw_request(TYPED, "Content-Length: 5", "Content-Length: 50", line=POST, body=FINE),
    "a length and chunks": raw_request(
        TYPED, "Content-Length: 5", "Transfer-Encoding: chunked", line=POST, body=b"0\r\n\r\n" + FINE
    ),
    "broken chunks": raw_request(TYPED, "Transfer-Encoding: chunked", line=POST, body=b"zz\r\n" + FINE),
    "a length that never comes": raw_request(TYPED, "Content-Length: 100000", line=POST, body=FINE),
    "a huge length": raw_request(TYPED, "Content-Length: 99999999999999999999", line=POST, body=FINE),
    "underscores for dashes": raw_request("X_Forwarded_For: 203.0.113.9", "Content_Length: 5"),
}
