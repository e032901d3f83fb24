"""How a file is read, guessed or chosen; each of its rows as a line of revenue, or the reason why it is none."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from quests.spreadsheet.cells import AmountReader, DayOrder, amount_of, numbers_of, order_proved_by, read_day, shown
from quests.spreadsheet.headings import STATES_DONE, ColumnRole, has_balance, roles_of, source_of
from quests.spreadsheet.table import Table, cells_of
from saas.kernel.text import clean_text

NOTE_MAX = 200
ROWS_LOOKED_AT = 200
"""How many rows decide what a column without a known heading holds."""

DOLLARS = frozenset(["USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "UYU", "JMD", "DOP", "BRL"])
SIGNS = {"$": DOLLARS, "€": frozenset({"EUR"}), "£": frozenset({"GBP", "EGP"}), "¥": frozenset({"CNY"})}
"""The currencies that a sign can stand for; another sign is compared with none and fits."""


class MoneyOut(StrEnum):
    """What amounts below zero are: spending, which is no revenue, or refunds, which take it back."""

    LEAVE = "leave"
    REFUND = "refund"


class Foreign(StrEnum):
    """What to do with amounts in another currency than the organization's; nothing is ever converted."""

    LEAVE = "leave"
    TAKE = "take"


@dataclass(frozen=True)
class Choices:
    """How to read a file; what is None or empty is guessed."""

    roles: tuple[ColumnRole, ...] | None = None
    days: DayOrder | None = None
    decimal: str = ""
    out: MoneyOut | None = None
    foreign: Foreign = Foreign.LEAVE


@dataclass(frozen=True)
class RevenueLine:
    """One line of a file: an amount in the organization's currency, received on a day."""

    number: int
    received_on: date
    amount: Decimal
    note: str


@dataclass(frozen=True)
class SheetRow:
    """A row as it is read: its line, or the reason why it is none."""

    number: int
    cells: tuple[str, ...]
    line: RevenueLine | None
    reason: str = ""


@dataclass(frozen=True)
class Preview:
    """A file as it is read by `choices`, none of which is open any more.

    `source` is the service that wrote it, where that is known; `unclear_day` a day that can be read in two ways.
    """

    table: Table
    choices: Choices
    source: str
    unclear_day: str
    rows: tuple[SheetRow, ...]

    @cached_property
    def lines(self) -> tuple[RevenueLine, ...]:
        """Return what can be imported."""
        return tuple(row.line for row in self.rows if row.line is not None)

    @property
    def fingerprint(self) -> str:
        """Return what is the same for the same file."""
        return self.table.fingerprint


def preview(table: Table, *, currency: str, choices: Choices | None = None) -> Preview:
    """Return the rows of a table as they are read, for an organization with this currency."""
    wanted = choices or Choices()
    roles = wanted.roles if wanted.roles is not None else _roles(table)
    roles = (roles + (ColumnRole.IGNORE,) * table.width)[: table.width]
    days, unclear_day = _order(table, roles, currency)
    source = source_of(table.headings)
    is_statement = bool(source) or has_balance(table.headings) or ColumnRole.OUT in roles
    out = wanted.out or (MoneyOut.LEAVE if is_statement else MoneyOut.REFUND)
    settled = replace(wanted, roles=roles, days=wanted.days or days, out=out)
    reader = _RowReader(table, settled, currency)
    rows = tuple(reader.read(number, cells) for number, cells in table.rows)
    return Preview(table, settled, source, "" if wanted.days else unclear_day, rows)


# Columns


def _roles(table: Table) -> tuple[ColumnRole, ...]:
    """Return what each column holds: by its heading, else by what is in it."""
    roles = roles_of(table.headings)
    roles += [ColumnRole.IGNORE] * (table.width - len(roles))
    for role, fits in ((ColumnRole.DATE, _is_day), (ColumnRole.AMOUNT, _is_amount)):
        if role not in roles:
            _give(roles, role, table, fits)
    if ColumnRole.NOTE not in roles:
        for place, role in enumerate(roles):
            if role is ColumnRole.IGNORE and not (table.headings and _fitting(table, place, _is_amount)):
                roles[place] = ColumnRole.NOTE
    return tuple(roles)


def _give(roles: list[ColumnRole], role: ColumnRole, table: Table, fits: Callable[[str], bool]) -> None:
    """Give the role to the free column that it fits best, if it fits any."""
    free = [place for place, taken in enumerate(roles) if taken in (ColumnRole.IGNORE, ColumnRole.NOTE)]
    best = max(free, key=lambda place: _fitting(table, place, fits), default=None)
    if best is not None and _fitting(table, best, fits):
        roles[best] = role


def _fitting(table: Table, column: int, fits: Callable[[str], bool]) -> int:
    return sum(map(fits, cells_of(table.rows[:ROWS_LOOKED_AT], column)))


def _is_day(cell: str) -> bool:
    return numbers_of(cell) is not None


def _is_amount(cell: str) -> bool:
    return amount_of(cell).value is not None


# Days


def _order(table: Table, roles: Sequence[ColumnRole], currency: str) -> tuple[DayOrder, str]:
    """Return the order of the days, and a day that could be read in another one if the file proves none.

    Days with points have the day first wherever they are used. Without any proof, those who count in US dollars
    write the month first, and others the day.
    """
    days = cells_of(table.rows, roles.index(ColumnRole.DATE)) if ColumnRole.DATE in roles else []
    proofs = Counter(filter(None, map(order_proved_by, days)))
    if proofs:
        return proofs.most_common(1)[0][0], ""
    unclear = next((day for day in days if _is_unclear(day)), "")
    return (DayOrder.MONTH_FIRST if unclear and currency == "USD" else DayOrder.DAY_FIRST), unclear


def _is_unclear(day: str) -> bool:
    first, second, _ = numbers_of(day) or (0, 0, 0)
    return first <= 31 and first != second and "." not in day


# Rows


class _RowReader:
    """Reads the rows of one table, one after the other."""

    def __init__(self, table: Table, choices: Choices, currency: str) -> None:
        self._table, self._choices, self._currency = table, choices, currency
        self._amounts = AmountReader(choices.decimal)
        self._places = {role: [n for n, each in enumerate(choices.roles or ()) if each is role] for role in ColumnRole}

    def read(self, number: int, cells: tuple[str, ...]) -> SheetRow:
        """Return a row with its line, or with all that is wrong with it."""
        if (state := self._cell(cells, ColumnRole.STATE)) and state.casefold() not in STATES_DONE:
            return SheetRow(number, cells, None, f"its state is “{shown(state)}”")
        wrong: list[str] = []
        day, amount = None, None
        try:
            day = read_day(self._cell(cells, ColumnRole.DATE), self._choices.days or DayOrder.DAY_FIRST)
        except ValueError as reason:
            wrong.append(str(reason))
        try:
            amount = self._amount(cells, number)
        except ValueError as reason:
            wrong.append(str(reason))
        if day is None or amount is None:
            return SheetRow(number, cells, None, "; ".join(wrong))
        return SheetRow(number, cells, RevenueLine(number, day, amount, self._note(cells)))

    def _cell(self, cells: Sequence[str], role: ColumnRole) -> str:
        """Return the cell of a role's column; empty where there is none."""
        return next((cells[place] for place in self._places[role] if place < len(cells)), "")

    def _note(self, cells: Sequence[str]) -> str:
        notes = (cells[place] for place in self._places[ColumnRole.NOTE] if place < len(cells))
        note = clean_text(", ".join(filter(None, notes)))
        return note if len(note) <= NOTE_MAX else f"{note[: NOTE_MAX - 1]}…"

    def _amount(self, cells: Sequence[str], number: int) -> Decimal:
        """Return the amount of a row; raise ValueError with the reason."""
        came, went = self._cell(cells, ColumnRole.AMOUNT), self._cell(cells, ColumnRole.OUT)
        if not came and not went:
            raise ValueError("the amount is missing")
        self._refuse_cut(cells, came)
        read = self._amounts.read(came or went, number)
        value = (read.value or Decimal(0)) if came else -abs(read.value or Decimal(0))
        if came and went and not value:
            value = -abs(self._amounts.read(went, number).value or Decimal(0))
        self._refuse_foreign(self._cell(cells, ColumnRole.CURRENCY).upper() or read.currency)
        if not value:
            raise ValueError("the amount is zero")
        if value < 0 and self._choices.out is MoneyOut.LEAVE:
            raise ValueError("money that went out")
        return value

    def _refuse_cut(self, cells: Sequence[str], text: str) -> None:
        """Refuse an amount that the file's own commas cut in two."""
        place = next(iter(self._places[ColumnRole.AMOUNT]), len(cells))
        if self._table.delimiter != "," or len(cells) <= max(len(self._table.headings), place + 1):
            return
        if _is_amount(whole := f"{text},{cells[place + 1]}"):
            raise ValueError(
                f"“{shown(whole)}” can be one amount, or an amount and a note: put amounts with a comma in quotes,"
                " or separate the columns by semicolons"
            )

    def _refuse_foreign(self, currency: str) -> None:
        fits = SIGNS.get(currency, {currency} if currency.isalpha() else {self._currency})
        if currency and self._currency not in fits and self._choices.foreign is Foreign.LEAVE:
            raise ValueError(f"the amount is in {shown(currency)}, not in {self._currency}")
