"""Cursor pagination: {"data": [...], "next_cursor": null}. A cursor is the last row's key, opaque to the client."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework import serializers

from saas.kernel.errors import Invalid
from saas.web.api.fields import CountParameter
from saas.web.api.problems import invalid
from saas.web.api.resources import StrictSerializer

LIMIT_DEFAULT, LIMIT_MAX = 50, 100
Row = TypeVar("Row", bound=Model)


class PageParameters(StrictSerializer):
    """How much of a list, from where."""

    limit = CountParameter(min_value=1, max_value=LIMIT_MAX, default=LIMIT_DEFAULT)
    cursor = serializers.CharField(max_length=200, required=False)


def page(
    rows: QuerySet[Row],
    parameters: dict[str, Any],
    *,
    present: Callable[[Row], Any],
    key: str = "id",
    parse: Callable[[str], Any] = UUID,
) -> dict[str, Any]:
    """Return one page of `rows`, newest first by the unique, ordered `key`; raise Invalid for a foreign cursor."""
    cursor, limit = parameters.get("cursor"), parameters["limit"]
    if cursor is not None:
        rows = rows.filter(**{f"{key}__lt": decode(cursor, parse)})
    found = list(rows.order_by(f"-{key}")[: limit + 1])
    more = len(found) > limit
    return {
        "data": [present(row) for row in found[:limit]],
        "next_cursor": encode(getattr(found[limit - 1], key)) if more else None,
    }


def encode(value: Any) -> str:
    """Return the cursor for a row's key."""
    return urlsafe_b64encode(str(value).encode()).decode().rstrip("=")


def decode(cursor: str, parse: Callable[[str], Any]) -> Any:
    """Return the key in a cursor; raise Invalid for one that nobody was given."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return parse(text)
    except ValueError as error:
        raise from_nowhere() from error


def from_nowhere() -> Invalid:
    """Return the refusal of a cursor that nobody was given here."""
    return invalid({"cursor": ["Take the cursor from the page before."]})


def sequence_number(text: str) -> int:
    """Return a bigint key; raise ValueError for anything else."""
    number = int(text)
    if not 0 < number < 2**63 or str(number) != text:
        raise ValueError("not a sequence number")
    return number
