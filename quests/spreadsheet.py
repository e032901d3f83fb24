"""Reading a list of revenue that somebody keeps in a spreadsheet: `date, amount, note`, one line for each. Pure."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from io import StringIO
from typing import Any

from rest_framework import serializers

from saas.kernel.errors import Invalid
from saas.web.api.fields import DayField, MoneyField, TextField

BYTES_MAX = 512 * 1024
LINES_MAX = 5000
ERRORS_SHOWN = 10


@dataclass(frozen=True)
class RevenueLine:
    """One line: an amount in the organization's currency, received on a day."""

    received_on: date
    amount: Decimal
    note: str


@dataclass(frozen=True)
class Sheet:
    """The lines of a file; `fingerprint` is the same for the same file."""

    fingerprint: str
    lines: tuple[RevenueLine, ...]


class _Line(serializers.Serializer[Any]):
    received_on = DayField()
    amount = MoneyField()
    note = TextField(max_length=200, allow_blank=True)


def read(content: bytes) -> Sheet:
    """Return what the file says, all of it or nothing.

    Takes commas, semicolons or tabs, with or without a line of headings. Raises Invalid, naming lines and reasons.
    """
    if len(content) > BYTES_MAX:
        raise Invalid(f"The file is too large: at most {BYTES_MAX // 1024} kB.")
    rows = _rows(_text(content))
    if not rows:
        raise Invalid("The file is empty. Each line needs a date and an amount: 2026-11-30, 1500.00, Fair")
    if len(rows) > LINES_MAX:
        raise Invalid(f"The file has {len(rows):,} lines. Import at most {LINES_MAX:,} at once.")
    return Sheet(sha256(content).hexdigest(), _lines(rows))


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("The file is not text in UTF-8. Save it as CSV (UTF-8) and try again.") from error
    if "\0" in text:
        raise Invalid("The file is not text. Save it as CSV (UTF-8) and try again.")
    return text


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines that say something with their numbers, the headings left out."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        parsed = list(csv.reader(StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid("The file is not a CSV: a line is too long or its quotes do not match.") from error
    rows = [(number, row) for number, row in enumerate(parsed, 1) if any(map(str.strip, row))]
    return rows[1:] if rows and not any(map(str.isdigit, "".join(rows[0][1]))) else rows


def _lines(rows: list[tuple[int, list[str]]]) -> tuple[RevenueLine, ...]:
    lines, wrong = [], []
    for number, row in rows:
        cells = [cell.strip() for cell in row] + [""] * 3
        form = _Line(data={"received_on": cells[0], "amount": cells[1], "note": ", ".join(filter(None, cells[2:]))})
        if form.is_valid():
            lines.append(RevenueLine(**form.validated_data))
        else:
            reasons = " ".join(
                f"{name.replace('_', ' ')}: {' '.join(map(str, why))}" for name, why in form.errors.items()
            )
            wrong.append(f"Line {number}: {reasons}")
    if wrong:
        more = [f"... and {len(wrong) - ERRORS_SHOWN} more."] if len(wrong) > ERRORS_SHOWN else []
        raise Invalid("Nothing was imported. " + " ".join([*wrong[:ERRORS_SHOWN], *more]), lines=len(wrong))
    return tuple(lines)
