"""Reports as text, written while they are read: CSV for spreadsheets, NDJSON for programs."""

import csv
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from typing import Any, TypeVar
from uuid import UUID

from saas.kernel import tenancy
from saas.kernel.serialization import JSONEncoder
from saas.reports.table import Cell, Report, Span, shown

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Beginnings that a spreadsheet takes for a formula (OWASP, CSV injection); the last four are fullwidth."""

INVISIBLE = ("Cc", "Cf", "Mn", "Zl", "Zp", "Zs")
"""Unicode categories of what shows nothing: controls, zero-width characters, spaces of every width."""

Chunk = list[Sequence[Cell]]
Rows = TypeVar("Rows")


def as_csv(report: Report, span: Span) -> Iterator[bytes]:
    """Return the report piece by piece, a line of headings first."""
    yield csv_lines([[column.name for column in report.columns]])
    yield from pieces(report.chunks(span), span.organization.id, csv_lines)


def as_ndjson(report: Report, span: Span) -> Iterator[bytes]:
    """Return the report piece by piece, an object a line; money, days and times are strings as in the API."""
    names = [column.name.lower().replace(" ", "_") for column in report.columns]

    def write(chunk: Chunk) -> bytes:
        return json_lines(dict(zip(names, line, strict=True)) for line in chunk)

    return pieces(report.chunks(span), span.organization.id, write)


def pieces(chunks: Iterator[Rows], organization_id: UUID, write: Callable[[Rows], bytes]) -> Iterator[bytes]:
    """Write chunk after chunk.

    The server asks for the pieces when the request's context is over, so each is read in a context of its own.
    """
    while True:
        with tenancy.organization(organization_id):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield write(chunk)


def cell(value: Cell) -> str:
    """Return a value as a spreadsheet may read it: text never begins a formula, numbers stay numbers.

    >>> cell("=HYPERLINK(1)"), cell(-3)
    ("'=HYPERLINK(1)", '-3')
    """
    if value is None:
        return ""
    text = shown(value)
    return f"'{text}" if isinstance(value, str) and _begins_formula(text) else text


def _begins_formula(text: str) -> bool:
    """Return True if the first visible character begins a formula: programs drop what is invisible before it."""
    visible = (character for character in text if unicodedata.category(character) not in INVISIBLE)
    return text[:1] in FORMULA or next(visible, "") in FORMULA


def json_lines(objects: Iterable[Any]) -> bytes:
    """Return objects as JSON, a line each."""
    return "".join(f"{json.dumps(each, cls=JSONEncoder, ensure_ascii=False)}\n" for each in objects).encode()


def csv_lines(chunk: Chunk) -> bytes:
    """Return lines of cells as CSV."""
    text = StringIO()
    csv.writer(text).writerows([cell(value) for value in line] for line in chunk)
    return text.getvalue().encode()
