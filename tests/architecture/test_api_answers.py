"""Every answer of the API looks the same: its headers, its times, its money, its pages, and what it refuses."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.answers import CLIENT, check_problem
from tests.architecture.resources import NEEDS, send
from tests.stories.businesses import business_with

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


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
    """Expect UTC, money as text, and of a list its cursor."""
    if isinstance(body.get("data"), list):
        assert {"data", "next_cursor"} <= body.keys(), path
    for name, value in leaves(body):
        if name.endswith("_at") and isinstance(value, str):
            assert INSTANT.fullmatch(value), (path, name, value)
        assert not isinstance(value, float), (path, name, value)


def test_unknown_filters_are_refused_everywhere() -> None:
    person = business_with(1)
    for method, path, _ in NEEDS:
        if method == "get":
            answer = send("get", f"{path}?no_such_filter=1", person.api_key)
            assert answer.status_code in (404, 422), path
            check_problem(answer, status=answer.status_code, code=answer.json()["code"])


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/nowhere", "/api/v1/nowhere", "/api/schema"])
def test_every_answer_of_the_site_names_its_request(path: str) -> None:
    assert re.fullmatch(r"[\w-]{8,}", CLIENT.get(path).headers["X-Request-Id"])
