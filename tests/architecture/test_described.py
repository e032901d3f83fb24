"""What compares every answer with the description finds what is wrong with one; see `tests.described`."""

from typing import Any

import pytest
from django.http import JsonResponse

from tests.conftest import Person
from tests.described import PROBLEM, check

WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("a member too many", {"more": 1}, 200, "application/json"),
    ("a member of another type", {"state": 1}, 200, "application/json"),
    ("a state that is none", {"state": "fine"}, 200, "application/json"),
    ("a status that is not described", {}, 418, "application/json"),
    ("a media type that is not described", {}, 200, "text/html"),
    ("no problem", {}, 429, PROBLEM),
]


@pytest.mark.parametrize(("change", "status", "media"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_an_answer_that_is_not_as_described_is_a_fault(
    alice: Person, change: dict[str, Any], status: int, media: str
) -> None:
    right = alice.get("/license").json()
    check("GET", "/api/v1/license", JsonResponse(right))
    with pytest.raises(AssertionError, match="described"):
        check("GET", "/api/v1/license", JsonResponse({**right, **change}, status=status, content_type=media))


def test_a_problem_has_the_members_of_its_code(alice: Person) -> None:
    refused = alice.get("/license", no_such_filter="1")
    problem = refused.json()
    changes: list[dict[str, Any]] = [
        {"needed": 3},
        {"code": "no_such_code"},
        {"errors": []},
        {"errors": {"no_such_filter": ["No."]}},
    ]
    for wrong in changes:
        answer = JsonResponse({**problem, **wrong}, status=422, content_type=PROBLEM)
        with pytest.raises(AssertionError, match="described"):
            check("GET", "/api/v1/license", answer)
