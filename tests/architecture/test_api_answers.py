"""Every answer of the API looks the same: its headers, its times, its money, its pages, and what it refuses."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from plans.actions import set_override
from plans.models import OverrideKind
from saas.webhooks.published import event_payload
from tests.answers import CLIENT, check_problem, streamed
from tests.architecture.resources import NEEDS, send
from tests.conftest import Person, make_goal
from tests.stories.businesses import business_with

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LIKE_AN_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:.*")


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Return each scalar of an answer with the name it has."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


def test_every_answer_has_its_headers_and_speaks_of_time_and_money_alike() -> None:
    person = business_with(3)
    answered = 0
    for method, path, _ in NEEDS:
        if method != "get":
            continue
        answer = send("get", path, person.api_key)
        assert answer.headers["X-Request-Id"], path
        assert answer.headers["RateLimit-Policy"] == '"minute";q=600;w=60', path
        assert re.fullmatch(r'"minute";r=\d+;t=\d+', answer.headers["RateLimit"]), path
        if answer.status_code != 200:
            check_problem(answer, status=answer.status_code, code=answer.json()["code"])
        elif answer.headers["Content-Type"] == "application/json":
            answered += 1
            check_shapes(path, answer.json())
    assert answered > 20


def check_shapes(path: str, body: Any) -> None:
    """Expect times in one spelling, money as text, and of a list its cursor."""
    if isinstance(body.get("data"), list):
        assert {"data", "next_cursor"} <= body.keys(), path
    for name, value in leaves(body):
        if isinstance(value, str) and (name.endswith("_at") or LIKE_AN_INSTANT.fullmatch(value)):
            assert INSTANT.fullmatch(value), (path, name, value)
        assert not isinstance(value, float), (path, name, value)


def test_times_read_the_same_wherever_they_are_told(alice: Person) -> None:
    held = alice.post("/tokens/holds", {"amount": 5, "purpose": "ours"}).json()
    assert {**alice.get(f"/tokens/holds/{held['id']}").json(), "tokens_after": held["tokens_after"]} == held
    assert alice.post(f"/tokens/holds/{held['id']}/settle", {"amount": 4}).status_code == 200
    with alice.acting():
        set_override(kind=OverrideKind.LIMIT, key="failed_attempts_max", value=1, reason="a", ends_at=None, by=None)
        values = list(
            event_payload("tokens.granted", {"bucket": "b", "expires_at": "2026-12-01T10:00:00+02:00"}).values()
        )
    assert values[-1] == "2026-12-01T08:00:00.000000Z"
    for _ in range(3):
        blocked = alice.post("/quests", {"goal": "bad"})
    check_problem(blocked, status=423, code="temporarily_blocked")
    check_shapes("/quests", blocked.json())
    assert INSTANT.fullmatch(blocked.json()["blocked_until"])
    for report in ("tokens", "usage"):
        lines = streamed(alice.get(f"/reports/{report}.ndjson")).decode().splitlines()
        assert lines, report
        for line in lines:
            assert INSTANT.fullmatch(json.loads(line)["time"])
    for event in streamed(alice.get("/audit-events.ndjson")).decode().splitlines():
        check_shapes("/audit-events.ndjson", json.loads(event))


@pytest.mark.parametrize("path", ["/goals", "/tokens/ledger", "/sync"])
def test_a_cursor_of_another_organization_is_refused_everywhere(alice: Person, mallory: Person, path: str) -> None:
    for person in (alice, mallory):
        for _ in range(2):
            make_goal(person)
            assert person.post("/tokens/holds", {"amount": 1, "purpose": "ours"}).status_code == 201
    cursor = mallory.get(path, limit=1).json()["next_cursor"]
    assert mallory.get(path, cursor=cursor).status_code == 200
    refused = alice.get(path, cursor=cursor)
    check_problem(refused, status=422, code="validation_error")
    assert [error["parameter"] for error in refused.json()["errors"]] == ["cursor"]


def test_unknown_filters_are_refused_everywhere() -> None:
    person = business_with(1)
    for method, path, _ in NEEDS:
        if method == "get":
            answer = send("get", f"{path}?no_such_filter=1", person.api_key)
            assert answer.status_code in (404, 422), path
            check_problem(answer, status=answer.status_code, code=answer.json()["code"])
            if answer.status_code == 422:
                unknown = {"parameter": "no_such_filter", "code": "unknown", "detail": "There is no such parameter."}
                assert answer.json()["errors"] == [unknown], path


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/nowhere", "/api/v1/nowhere", "/api/schema"])
def test_every_answer_of_the_site_names_its_request(path: str) -> None:
    assert re.fullmatch(r"[\w-]{8,}", CLIENT.get(path).headers["X-Request-Id"])
