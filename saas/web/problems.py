"""Errors as data: RFC 9457 problem details, and back again."""

from math import ceil
from typing import Any, Self

from saas.kernel.errors import DomainError


def as_problem(error: DomainError) -> dict[str, Any]:
    """Return the problem details of an error, without the request's id; no detail takes the name of a member."""
    return {
        **error.details,
        "type": f"urn:milepost:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        **({"retry_after": ceil(error.retry_after)} if error.retry_after is not None else {}),
    }


class ReplayedProblem(DomainError):
    """An error that is returned again under the same idempotency key."""

    @classmethod
    def from_problem(cls, problem: dict[str, Any]) -> Self:
        """Return the error that `as_problem` described."""
        known = ("type", "title", "status", "code", "detail", "retry_after")
        details = {key: value for key, value in problem.items() if key not in known}
        error = cls(problem["detail"], retry_after=problem.get("retry_after"), **details)
        error.code, error.status, error.title = problem["code"], problem["status"], problem["title"]
        return error
