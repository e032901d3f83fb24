"""What answers of the API say, and how every refusal of it looks."""

from typing import Any

from django.test import Client

STRAY = "00000000-0000-7000-8000-000000000000"
PROBLEM = {"type", "title", "status", "code", "detail", "request_id"}
CLIENT = Client(raise_request_exception=False)
"""One for all: a new one sets the whole application up again."""


def refusal(response: Any) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    return response.status_code, response.json()["code"]


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
    if code == "validation_error":
        check_errors(problem)
    assert len(response.content) < 10_000


def check_errors(problem: Any) -> None:
    """Check that a validation error says where it is wrong, in its one shape."""
    assert problem["errors"]
    for error in problem["errors"]:
        assert error.keys() in ({"pointer", "code", "detail"}, {"parameter", "code", "detail"}), error
        assert error.get("pointer", "#").startswith("#") and error["code"] and error["detail"]


def streamed(answer: Any) -> bytes:
    """Return the body of an answer that is sent in parts."""
    return b"".join(answer.streaming_content)
