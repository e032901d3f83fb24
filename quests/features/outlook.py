"""Figures of a goal: the gap, the time left, and the pace so far."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import accumulate, pairwise

from quests.features.inputs import GoalInput

CENT = Decimal("0.01")
MONTH_DAYS = Decimal("30.4375")
PERIOD_DAYS = {
    "day": Decimal(1),
    "week": Decimal(7),
    "month": MONTH_DAYS,
    "quarter": MONTH_DAYS * 3,
    "year": MONTH_DAYS * 12,
}
HISTORY_DAYS = 90
OPEN_ENDED_DAYS = 90
OVERDUE_DAYS = 42
ARRIVAL_DAYS_MAX = 5 * 365
UNITS_MIN = 40
"""In so many units at least a total is planned."""


def cents(amount: Decimal) -> Decimal:
    """Return the amount with 2 digits, half a cent rounded up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def in_cents(amount: Decimal) -> int:
    """Return the whole number of cents in an amount of 2 digits."""
    return int(amount.scaleb(2))


def split(total: Decimal, weights: Sequence[int], unit: Decimal = CENT) -> list[Decimal]:
    """Split `total` (2 digits, 0 or more) by weight into whole units, what is left over on the last part.

    The parts add up exactly. When all weights are 0 they are equal.
    """
    shares = list(weights) if any(weights) else [1] * len(weights)
    units, whole = int(total // unit), sum(shares)
    edges = [units * part // whole for part in accumulate(shares, initial=0)]
    *parts, last = [unit * (end - start) for start, end in pairwise(edges)]
    return [*parts, last + total % unit]


def round_unit(total: Decimal) -> Decimal:
    """Return the unit a person would plan `total` in: 1 or 5 with zeros, a fortieth of it or less."""
    power = Decimal(10) ** (total.adjusted() - 2 if total else 0)
    fitting = [power * size for size in (50, 10, 5) if power * size * UNITS_MIN <= total]
    return max(CENT, next(iter(fitting), power))


def spread(first: date, last: date, count: int) -> list[date]:
    """Return `count` days in order, closer together at the start, the last one on `last`."""
    days, whole = (last - first).days, count * (count + 1)
    return [first + timedelta(days * place * (place + 1) // whole) for place in range(1, count + 1)]


@dataclass(frozen=True)
class Outlook:
    """A goal's figures as of today. Pace figures are None while no revenue is recorded."""

    goal: GoalInput

    @cached_property
    def gap(self) -> Decimal:
        """What is missing, never below 0."""
        return cents(max(Decimal(0), self.goal.target_amount - self.goal.current_amount))

    @property
    def overdue(self) -> bool:
        """Whether the due date has passed."""
        return self.goal.due_on is not None and self.goal.due_on < self.goal.today

    @cached_property
    def last_day(self) -> date:
        """The due date; without one, or past it, a horizon of our own."""
        due = self.goal.due_on
        if due is None:
            return later(self.goal.today, OPEN_ENDED_DAYS)
        return later(self.goal.today, OVERDUE_DAYS) if self.overdue else due

    @property
    def days(self) -> int:
        """Days left, 0 on the last one."""
        return (self.last_day - self.goal.today).days

    @property
    def weeks(self) -> int:
        """Weeks left, begun ones counted, at least 1."""
        return max(1, -(-self.days // 7))

    @property
    def weekly(self) -> Decimal:
        """What each week must bring."""
        return cents(self.gap / self.weeks)

    @cached_property
    def sales(self) -> tuple[Decimal, ...]:
        """What came in within the last HISTORY_DAYS; refunds are left out."""
        return tuple(self._received(HISTORY_DAYS, 0))

    def _received(self, oldest: int, newest: int) -> Iterable[Decimal]:
        today = self.goal.today
        return (paid for day, paid in self.goal.revenue if newest <= (today - day).days < oldest and paid > 0)

    @cached_property
    def monthly_pace(self) -> Decimal | None:
        """What a month brings, over the last HISTORY_DAYS or since the first entry, at least a month."""
        if not self.sales:
            return None
        first = min(day for day, _ in self.goal.revenue)
        days = min(HISTORY_DAYS, max(30, (self.goal.today - first).days + 1))
        return cents(sum(self.sales, Decimal(0)) / days * MONTH_DAYS) or None

    @property
    def average(self) -> Decimal | None:
        """Return the average amount of an entry."""
        return cents(sum(self.sales, Decimal(0)) / len(self.sales)) or None if self.sales else None

    @property
    def share(self) -> Decimal | None:
        """What a month must bring from now on, against the pace so far: up to 1 is in time."""
        needed = self.gap / max(Decimal(1), self.days / MONTH_DAYS)
        return needed / self.monthly_pace if self.monthly_pace else None

    @property
    def trend(self) -> Decimal | None:
        """The last 30 days against the 30 before: 0.2 is a fifth more. None without both."""
        now, before = (sum(self._received(*days), Decimal(0)) for days in ((30, 0), (60, 30)))
        return now / before - 1 if now and before else None

    @property
    def arrival(self) -> date | None:
        """The day the gap closes at the pace so far; None without a pace, or beyond ARRIVAL_DAYS_MAX."""
        if not self.monthly_pace:
            return None
        days = math.ceil(self.gap / self.monthly_pace * MONTH_DAYS)
        return later(self.goal.today, days) if days <= ARRIVAL_DAYS_MAX else None


def later(day: date, days: int) -> date:
    """Return the day `days` later, or the calendar's last."""
    return day + timedelta(min(days, (date.max - day).days))
