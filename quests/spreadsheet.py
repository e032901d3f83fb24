"""Reading a list of revenue out of a spreadsheet: `date, amount, note`, one line for each, as people write them. Pure.

Note [Nothing is guessed]
    03/11/2026 is a day in March or in November. A file is written in one order, so one day above 12 decides for all of
    its lines; where none does, or two contradict each other, whoever imports is asked. The decimal sign of an amount is
    the last of its signs, unless three digits follow: money has two decimals at most. A sign that separates thousands
    in one line and decimals in another is refused, and so is an amount that the file's own commas cut in two.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from typing import Any, TypeVar
from unicodedata import category

from saas.kernel.errors import Invalid
from saas.kernel.text import clean_text
from saas.web.api.fields import EARLIEST, LATEST

BYTES_MAX = 512 * 1024
LINES_MAX = 5000
ERRORS_SHOWN = 10
SHOWN_MAX, CELL_MAX, NOTE_MAX, DIGITS_MAX = 30, 60, 200, 12
LINES_LOOKED_AT = 20
"""How many lines decide by which character the file separates its columns."""


class DayOrder(StrEnum):
    """In which order days are written; a year that comes first needs no telling."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class UnclearDays(Invalid):
    """Days of the file can be read in two ways."""


class UnreadableLines(Invalid):
    """Lines of the file cannot be read; `problems` says each in words."""


@dataclass(frozen=True)
class RevenueLine:
    """One line: an amount in the organization's currency, received on a day."""

    received_on: date
    amount: Decimal
    note: str


@dataclass(frozen=True)
class Sheet:
    """The lines of a file; `fingerprint` is the same for the same file, `currency` the sign or code on its amounts."""

    fingerprint: str
    lines: tuple[RevenueLine, ...]
    currency: str = ""


Row = tuple[int, list[str]]
Value = TypeVar("Value")


def read(content: bytes, *, order: DayOrder | None = None) -> Sheet:
    """Return what the file says, all of it or nothing.

    Takes commas, semicolons or tabs, with or without a line of headings; see Note [Nothing is guessed]. Raises Invalid
    for a file that is none, UnclearDays where `order` must be told, UnreadableLines with each line's reason.
    """
    if len(content) > BYTES_MAX:
        raise Invalid(f"The file is too large: at most {BYTES_MAX // 1024} kB.")
    text = _text(content)
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    if not rows:
        raise Invalid("The file is empty. Each line needs a date and an amount: 2026-11-30, 1500.00, Fair")
    if len(rows) > LINES_MAX:
        raise Invalid(f"The file has {len(rows):,} lines. Import at most {LINES_MAX:,} at once.")
    lines, currency = _lines(rows, order or _order_of(rows), delimiter)
    return Sheet(sha256(content).hexdigest(), lines, currency)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("The file is not text in UTF-8. Save it as CSV (UTF-8) and try again.") from error
    if "\0" in text:
        raise Invalid("The file is not text. Save it as CSV (UTF-8) and try again.")
    return text


# Lines and columns


def _delimiter(text: str) -> str:
    """Return the character that cuts the most of the first lines into a day and an amount."""
    beginning = "\n".join(text.split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT])
    return max(";\t,", key=lambda delimiter: _fitting(beginning, delimiter))


def _rows(text: str, delimiter: str) -> list[Row]:
    """Return the lines that say something with their numbers, the headings left out."""
    parsed = _parsed(text, delimiter)
    rows = [(number, [*map(str.strip, row)]) for number, row in parsed if any(map(str.strip, row))]
    return rows[1:] if rows and not any(map(str.isdigit, "".join(rows[0][1]))) else rows


def _parsed(text: str, delimiter: str) -> list[Row]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    rows, number = [], 1
    try:
        for row in reader:
            rows.append((number, row))
            number = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("The file is not a CSV: a line is too long or its quotes do not match.") from error
    return rows


def _fitting(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many lines begin with a day and an amount when they are cut here, and how many are cut at all."""
    rows = [row for _, row in _parsed(text, delimiter) if len(row) > 1]
    return sum(1 for row in rows if _DAY.fullmatch(row[0].strip()) and _amount_of(row[1]).value is not None), len(rows)


# Days

_DAY = re.compile(r"([0-9]{1,4})([-/.])([0-9]{1,2})\2([0-9]{1,4})")


def _numbers(text: str) -> tuple[int, int, int] | None:
    found = _DAY.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[3]), int(found[4]))


def _order_of(rows: Sequence[Row]) -> DayOrder:
    """Return the order that the file's own days prove; raise UnclearDays where they prove none, or both."""
    unclear, proofs = "", dict[DayOrder, str]()
    for number, cells in rows:
        found = _numbers(cells[0])
        if found is None or found[0] > 31:
            continue
        first, second, _ = found
        if first > 12 >= second:
            proofs.setdefault(DayOrder.DAY_FIRST, f"{_shown(cells[0])} in line {number}")
        elif second > 12 >= first:
            proofs.setdefault(DayOrder.MONTH_FIRST, f"{_shown(cells[0])} in line {number}")
        elif first != second:
            unclear = unclear or f"{_shown(cells[0])} in line {number}"
    if len(proofs) > 1:
        both = f"{proofs[DayOrder.DAY_FIRST]} has the day first, {proofs[DayOrder.MONTH_FIRST]} the month"
        raise UnclearDays(f"Nothing was imported. {both}: write all days in one way.")
    if unclear and not proofs:
        raise UnclearDays(
            f"Nothing was imported. {unclear} can be read in two ways: choose whether the day or the month comes first."
        )
    return next(iter(proofs), DayOrder.DAY_FIRST)


def _day(text: str, order: DayOrder) -> date:
    """Return the day; raise ValueError with the reason in words."""
    if not text:
        raise ValueError("the date is missing")
    found = _numbers(text)
    if found is None:
        raise ValueError(f"“{_shown(text)}” is not a date like 2026-11-30 or 30/11/2026")
    first, second, third = found
    if first > 31:
        (year, month, day), words = found, "year/month/day"
    elif order is DayOrder.DAY_FIRST:
        (year, month, day), words = (third, second, first), "day/month/year"
    else:
        (year, month, day), words = (third, first, second), "month/day/year"
    if year < 1000:
        raise ValueError(f"write the year of “{_shown(text)}” with four digits")
    try:
        read = date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no day “{_shown(text)}”, read as {words}") from None
    if not EARLIEST <= read <= LATEST:
        raise ValueError(f"“{_shown(text)}” is not between {EARLIEST.year} and {LATEST.year}")
    return read


# Amounts


@dataclass(frozen=True)
class _Amount:
    """An amount as it is written: its value, its currency's sign or code, and what separates thousands and decimals."""

    value: Decimal | None
    currency: str = ""
    grouping: str = ""
    decimal: str = ""


_NONE = _Amount(None)
_FIGURE = re.compile(r"(?P<whole>[0-9]{1,15}|[0-9]{1,3}((?P<group>[.,' ])[0-9]{3})((?P=group)[0-9]{3}){0,4})"
                     r"((?P<decimal>[.,])(?P<cents>[0-9]{1,2}))?")  # fmt: skip
_CODE = re.compile(r"[A-Z]{3}")
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009", " ") | {"\u2212": "-", "\u2019": "'"})


def _amount_of(text: str) -> _Amount:
    """Return what an amount says: a minus or brackets take money back, a currency may stand before or behind."""
    text = text.translate(_SPACES).strip()
    if len(text) > CELL_MAX:
        return _NONE
    negative = text[:1] == "(" and text[-1:] == ")"
    text = text[1:-1].strip() if negative else text
    currency, text = _without_currency(text)
    if text[:1] == "-" or text[-1:] == "-":
        if negative or (text[:1] == text[-1:] == "-"):
            return _NONE
        negative, text = True, (text[1:] if text[0] == "-" else text[:-1]).strip()
        currency, text = (currency, text) if currency else _without_currency(text)
    found = _FIGURE.fullmatch(text)
    if found is None or (found["group"] and found["group"] == found["decimal"]):
        return _NONE
    digits = re.sub("[^0-9]", "", found["whole"])
    if len(digits.lstrip("0")) > DIGITS_MAX or (found["group"] and found["whole"][0] == "0"):
        return _NONE
    value = Decimal(f"{digits}.{found['cents'] or '0'}")
    return _Amount(-value if negative else value, currency, found["group"] or "", found["decimal"] or "")


def _without_currency(text: str) -> tuple[str, str]:
    """Return the sign or the code that stands before or behind an amount, and the text without it."""
    for code, rest in ((text[:1], text[1:]), (text[-1:], text[:-1])):
        if code and category(code) == "Sc":
            return code, rest.strip()
    for code, rest in ((text[:3], text[3:]), (text[-3:], text[:-3])):
        if _CODE.fullmatch(code):
            return code, rest.strip()
    return "", text


def _amount(cells: Sequence[str], delimiter: str) -> _Amount:
    """Return the amount of a line; raise ValueError with the reason in words."""
    text = cells[1] if len(cells) > 1 else ""
    if not text:
        raise ValueError("the amount is missing")
    if delimiter == "," and len(cells) > 2 and _amount_of(whole := f"{text},{cells[2]}").value is not None:
        raise ValueError(
            f"“{_shown(whole)}” can be one amount, or an amount and a note: put amounts with a comma in quotes,"
            " or separate the columns by semicolons"
        )
    found = _amount_of(text)
    if found.value is None:
        raise ValueError(f"“{_shown(text)}” is not an amount like 1500.00, $1,500.00 or 1.500,00 €")
    return found


# Lines


def _lines(rows: list[Row], order: DayOrder, delimiter: str) -> tuple[tuple[RevenueLine, ...], str]:
    """Return the lines and their currency; raise UnreadableLines."""
    lines, problems = [], []
    signs = _Signs()
    for number, cells in rows:
        wrong: list[str] = []
        day = _tried(wrong, _day, cells[0], order)
        amount = _tried(wrong, signs.read, cells, delimiter, number)
        note = clean_text(", ".join(filter(None, cells[2:])))
        if len(note) > NOTE_MAX:
            wrong.append(f"the note is longer than {NOTE_MAX} characters")
        if wrong:
            problems.append(f"Line {number}: {'; '.join(wrong)}.")
        elif day is not None and amount is not None and amount.value is not None:
            lines.append(RevenueLine(day, amount.value, note))
    if problems:
        raise _unreadable(problems, len(rows))
    return tuple(lines), signs.currency


def _tried(wrong: list[str], read: Callable[..., Value], *args: Any) -> Value | None:
    """Return what is read, or None with the reason among those that are wrong."""
    try:
        return read(*args)
    except ValueError as reason:
        wrong.append(str(reason))
        return None


class _Signs:
    """What separates thousands and decimals, and the currency, of the lines so far: one way in one file."""

    def __init__(self) -> None:
        self.currency, self.line = "", 0
        self._roles: dict[str, tuple[str, int]] = {}

    def read(self, cells: Sequence[str], delimiter: str, line: int) -> _Amount:
        """Return the amount of a line; raise ValueError also where an earlier line was written in another way."""
        amount = _amount(cells, delimiter)
        for sign, role in ((amount.grouping, "thousands"), (amount.decimal, "decimals")):
            if not sign:
                continue
            known, first = self._roles.setdefault(sign, (role, line))
            if known != role:
                raise ValueError(f"“{sign}” separates {role} here and {known} in line {first}: write all in one way")
        if amount.currency:
            if self.currency and self.currency != amount.currency:
                raise ValueError(f"the amount is in {amount.currency}, and in line {self.line} in {self.currency}")
            if not self.currency:
                self.currency, self.line = amount.currency, line
        return amount


def _unreadable(problems: list[str], count: int) -> UnreadableLines:
    shown = problems[:ERRORS_SHOWN]
    if len(problems) > len(shown):
        shown.append(f"… and {len(problems) - len(shown)} more.")
    lines = f"{len(problems)} of {count} lines" if count > 1 else "The only line"
    return UnreadableLines(f"Nothing was imported. {lines} cannot be read:", problems=shown)


def _shown(text: str) -> str:
    text = clean_text(text)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
