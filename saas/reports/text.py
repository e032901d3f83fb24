"""Reports as text, written while they are read: CSV for spreadsheets, NDJSON for programs."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from io import StringIO

from django.core.serializers.json import DjangoJSONEncoder

from saas.kernel import tenancy
from saas.reports.table import Cell, Report, Span

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula (OWASP, CSV injection)."""

Chunk = list[Sequence[Cell]]


def as_csv(report: Report, span: Span) -> Iterator[bytes]:
    """Return the report piece by piece, a line of headings first."""
    yield _csv([[column.name for column in report.columns]])
    yield from _pieces(report, span, _csv)


def as_ndjson(report: Report, span: Span) -> Iterator[bytes]:
    """Return the report piece by piece, an object a line; money and days are strings as in the API."""
    names = [column.name.lower().replace(" ", "_") for column in report.columns]

    def write(chunk: Chunk) -> bytes:
        objects = (dict(zip(names, line, strict=True)) for line in chunk)
        return "".join(f"{json.dumps(each, cls=DjangoJSONEncoder, ensure_ascii=False)}\n" for each in objects).encode()

    return _pieces(report, span, write)


def _pieces(report: Report, span: Span, write: Callable[[Chunk], bytes]) -> Iterator[bytes]:
    """Write chunk after chunk.

    The server asks for the pieces when the request's context is over, so each is read in a context of its own.
    """
    chunks = report.chunks(span)
    while True:
        with tenancy.organization(span.organization.id):
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
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _csv(chunk: Chunk) -> bytes:
    text = StringIO()
    csv.writer(text).writerows([cell(value) for value in line] for line in chunk)
    return text.getvalue().encode()
