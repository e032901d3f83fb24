"""Reports as CSV, written while they are read."""

import csv
from collections.abc import Iterator
from io import StringIO

from saas.kernel import tenancy
from saas.reports.table import Cell, Report, Span

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula (OWASP, CSV injection)."""


def lines(report: Report, span: Span) -> Iterator[bytes]:
    """Return the report piece by piece.

    The server asks for the pieces when the request's context is over, so each is read in a context of its own.
    """
    yield _written([[column.name for column in report.columns]])
    chunks = report.chunks(span)
    while True:
        with tenancy.organization(span.organization.id):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield _written([[cell(value) for value in line] for line in chunk])


def cell(value: Cell) -> str:
    """Return a value as a spreadsheet may read it: text never begins a formula, numbers stay numbers.

    >>> cell("=HYPERLINK(1)"), cell(-3)
    ("'=HYPERLINK(1)", '-3')
    """
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _written(rows: list[list[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
