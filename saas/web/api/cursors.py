"""Cursor pagination: {"data": [...], "next_cursor": null}. A cursor is the last row's key, opaque to the client.

In base64url, the key's bytes and the organization's mark. A cursor that another organization was given is refused
everywhere: who goes on from it would miss rows and never know.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from rest_framework import serializers

from saas.kernel import tenancy
from saas.kernel.errors import Invalid
from saas.web.api.fields import EARLIEST, CountParameter
from saas.web.api.problems import wrong_parameter
from saas.web.api.resources import StrictSerializer

LIMIT_DEFAULT, LIMIT_MAX = 50, 100
SEQUENCE_BYTES, DAY_BYTES, MARK_BYTES = 8, 2, 6
Row = TypeVar("Row", bound=Model)

_REFUSAL = "Take the cursor from the page before."
_TWO_BITS, _FOUR_BITS = "[AQgw]", "[AEIMQUYcgkosw048]"
"""What the last character may be where so many of its bits are used."""


class CursorField(serializers.RegexField):
    """Where to go on: the `next_cursor` of the page before."""

    def __init__(self, form: re.Pattern[str], **options: Any) -> None:
        super().__init__(f"^{form.pattern}$", required=False, error_messages={"invalid": _REFUSAL}, **options)


ID_CURSOR = re.compile(f"[A-Za-z0-9_-]{{29}}{_TWO_BITS}")
"""An id and a mark: 22 bytes."""
SEQUENCE_CURSOR = re.compile(f"[A-Za-f][A-Za-z0-9_-]{{17}}{_FOUR_BITS}")
"""A bigint that is not below zero, and a mark: 14 bytes."""
DAY_CURSOR = re.compile("[A-Za-z0-9_-]{32}")
"""A day, counted from EARLIEST, an id and a mark: 24 bytes."""


class PageParameters(StrictSerializer):
    """How much of a list, from where."""

    limit = CountParameter(min_value=1, max_value=LIMIT_MAX, default=LIMIT_DEFAULT)
    cursor = CursorField(ID_CURSOR)


class SequenceParameters(PageParameters):
    """How much of a list of numbered rows, from where."""

    cursor = CursorField(SEQUENCE_CURSOR)


def row_id(cursor: str) -> UUID:
    """Return the id in a cursor; raise Invalid for one that nobody was given."""
    return UUID(bytes=_key(cursor, ID_CURSOR))


def sequence_number(cursor: str) -> int:
    """Return the number in a cursor; raise Invalid for one that nobody was given."""
    return int.from_bytes(_key(cursor, SEQUENCE_CURSOR))


def day_and_id(cursor: str) -> tuple[date, UUID]:
    """Return the day and the id in a cursor; raise Invalid for one that nobody was given."""
    key = _key(cursor, DAY_CURSOR)
    return EARLIEST + timedelta(days=int.from_bytes(key[:DAY_BYTES])), UUID(bytes=key[DAY_BYTES:])


def page(
    rows: QuerySet[Row],
    parameters: dict[str, Any],
    *,
    present: Callable[[Row], Any],
    key: str | tuple[str, str] = "id",
    parse: Callable[[str], Any] = row_id,
) -> dict[str, Any]:
    """Return one page of `rows`, newest first by the unique, ordered `key`; raise Invalid for a foreign cursor.

    A key of two columns orders by the first, and by the second where the first is equal.
    """
    keys = (key,) if isinstance(key, str) else key
    cursor, limit = parameters.get("cursor"), parameters["limit"]
    if cursor is not None:
        last = parse(cursor)
        rows = rows.filter(_after(keys, (last,) if isinstance(key, str) else last))
    found = list(rows.order_by(*(f"-{name}" for name in keys))[: limit + 1])
    more = len(found) > limit
    return {
        "data": [present(row) for row in found[:limit]],
        "next_cursor": cursor_of(*(getattr(found[limit - 1], name) for name in keys)) if more else None,
    }


def _after(keys: Sequence[str], last: Sequence[Any]) -> Q:
    """Return the condition of the rows that come after the last one of a page."""
    (*first, key), (*of_first, value) = keys, last
    after = Q(**{f"{key}__lt": value})
    for name, same in zip(first, of_first, strict=True):
        after = Q(**{f"{name}__lte": same}) & (Q(**{f"{name}__lt": same}) | after)
    return after


def whole(rows: list[Any]) -> dict[str, Any]:
    """Return a list that is short by its nature as its only page."""
    return {"data": rows, "next_cursor": None}


def cursor_of(*key: UUID | int | date) -> str:
    """Return the cursor for a row's key."""
    return urlsafe_b64encode(b"".join(map(_bytes_of, key)) + _mark()).decode().rstrip("=")


def _bytes_of(value: UUID | int | date) -> bytes:
    match value:
        case UUID():
            return value.bytes
        case date():
            return (value - EARLIEST).days.to_bytes(DAY_BYTES)
    return value.to_bytes(SEQUENCE_BYTES)


def _key(cursor: str, form: re.Pattern[str]) -> bytes:
    """Return the key in a cursor of a form; raise Invalid for one that nobody was given here."""
    if not form.fullmatch(cursor):
        raise from_nowhere()
    value = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    if value[-MARK_BYTES:] != _mark():
        raise from_nowhere()
    return value[:-MARK_BYTES]


def _mark() -> bytes:
    """Return the mark of the organization that its cursors carry: another's are refused."""
    return tenancy.current_organization_id().bytes[-MARK_BYTES:]


def from_nowhere() -> Invalid:
    """Return the refusal of a cursor that nobody was given here."""
    return wrong_parameter("cursor", _REFUSAL)
