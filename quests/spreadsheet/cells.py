"""A day and an amount of money in a cell, as people write them.

The decimal sign of an amount is the last of its signs, unless three digits follow: money has two decimals at most. A
sign that separates thousands in one row and decimals in another is refused.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from unicodedata import category

from saas.kernel.text import clean_text
from saas.web.api.fields import EARLIEST, LATEST

SHOWN_MAX, CELL_MAX, DIGITS_MAX = 30, 60, 12

_TIME = r"(?:[T ,]{1,2}[0-9]{1,2}:[0-9]{2}[0-9:.]{0,16}(?: ?[A-Z]{1,4}| ?[+-][0-9:]{2,5})?)?"
_DAY = re.compile(r"([0-9]{1,4})([-/.])([0-9]{1,2})\2([0-9]{1,4})" + _TIME)
_FIGURE = re.compile(r"(?P<whole>[0-9]{1,15}|[0-9]{1,3}((?P<group>[.,' ])[0-9]{3})((?P=group)[0-9]{3}){0,4})"
                     r"((?P<decimal>[.,])(?P<cents>[0-9]{1,2}))?")  # fmt: skip
_CODE = re.compile(r"[A-Z]{3}")
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009", " ") | {"\u2212": "-", "\u2019": "'"})


class DayOrder(StrEnum):
    """In which order days are written; a year that comes first needs no telling."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True)
class Amount:
    """An amount as it is written: its value, its currency's sign or code, and what separates thousands and decimals."""

    value: Decimal | None
    currency: str = ""
    grouping: str = ""
    decimal: str = ""


NONE = Amount(None)


def numbers_of(text: str) -> tuple[int, int, int] | None:
    """Return the three numbers of a day, with or without a time of day behind it; None of anything else."""
    found = _DAY.fullmatch(text) if len(text) <= CELL_MAX else None
    return None if found is None else (int(found[1]), int(found[3]), int(found[4]))


def order_proved_by(text: str) -> DayOrder | None:
    """Return the order that a day can only have been written in, if there is one."""
    first, second, _ = numbers_of(text) or (0, 0, 0)
    if 12 < first <= 31 and second <= 12:
        return DayOrder.DAY_FIRST
    return DayOrder.MONTH_FIRST if 12 < second <= 31 and 0 < first <= 12 else None


def read_day(text: str, order: DayOrder) -> date:
    """Return the day; raise ValueError with the reason in words. A year of two digits is of this century."""
    if not text:
        raise ValueError("the date is missing")
    found = numbers_of(text)
    if found is None:
        raise ValueError(f"“{shown(text)}” is not a date like 2026-11-30 or 30/11/2026")
    first, second, third = found
    if first > 31:
        (year, month, day), words = found, "year/month/day"
    elif order is DayOrder.DAY_FIRST:
        (year, month, day), words = (third, second, first), "day/month/year"
    else:
        (year, month, day), words = (third, first, second), "month/day/year"
    if year < 100:
        year += 2000
    try:
        read = date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no day “{shown(text)}”, read as {words}") from None
    if not EARLIEST <= read <= LATEST:
        raise ValueError(f"“{shown(text)}” is not between {EARLIEST.year} and {LATEST.year}")
    return read


def amount_of(text: str) -> Amount:
    """Return what an amount says: a minus or brackets take money back, a currency may stand before or behind."""
    text = text.translate(_SPACES).strip()
    if len(text) > CELL_MAX:
        return NONE
    negative = text[:1] == "(" and text[-1:] == ")"
    text = text[1:-1].strip() if negative else text
    currency, text = _without_currency(text)
    if text[:1] == "+" and not negative:
        text = text[1:].strip()
    elif text[:1] == "-" or text[-1:] == "-":
        if negative or (text[:1] == text[-1:] == "-"):
            return NONE
        negative, text = True, (text[1:] if text[0] == "-" else text[:-1]).strip()
    currency, text = (currency, text) if currency else _without_currency(text)
    found = _FIGURE.fullmatch(text)
    if found is None or (found["group"] and found["group"] == found["decimal"]):
        return NONE
    digits = re.sub("[^0-9]", "", found["whole"])
    if len(digits.lstrip("0")) > DIGITS_MAX or (found["group"] and found["whole"][0] == "0"):
        return NONE
    value = Decimal(f"{digits}.{found['cents'] or '0'}")
    return Amount(-value if negative else value, currency, found["group"] or "", found["decimal"] or "")


def _without_currency(text: str) -> tuple[str, str]:
    """Return the sign or the code that stands before or behind an amount, and the text without it."""
    for code, rest in ((text[:1], text[1:]), (text[-1:], text[:-1])):
        if code and category(code) == "Sc":
            return code, rest.strip()
    for code, rest in ((text[:3], text[3:]), (text[-3:], text[:-3])):
        if _CODE.fullmatch(code):
            return code, rest.strip()
    return "", text


class AmountReader:
    """Reads the amounts of a file, which are all written in one way; `decimal` is the sign that was chosen, if any."""

    def __init__(self, decimal: str = "") -> None:
        self._roles: dict[str, tuple[str, str]] = {}
        if decimal:
            other = {",": ".", ".": ","}[decimal]
            self._roles = {decimal: ("decimals", "as chosen"), other: ("thousands", "as chosen")}

    def read(self, text: str, line: int) -> Amount:
        """Return an amount; raise ValueError with the reason, also where an earlier line was written in another way."""
        amount = amount_of(text)
        if amount.value is None:
            raise ValueError(f"“{shown(text)}” is not an amount like 1500.00, $1,500.00 or 1.500,00 €")
        for sign, role in ((amount.grouping, "thousands"), (amount.decimal, "decimals")):
            if not sign:
                continue
            known, where = self._roles.setdefault(sign, (role, f"in line {line}"))
            if known != role:
                raise ValueError(f"“{sign}” separates {role} here and {known} {where}: write all in one way")
        return amount


def shown(text: str) -> str:
    """Return a cell as a reason names it: clean, and not too long."""
    text = clean_text(text)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
