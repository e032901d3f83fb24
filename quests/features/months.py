"""Months of revenue: those that were, those to come with their bands, and what open goals need of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from quests.features.inputs import ForecastRequest, RevenueInput
from quests.features.outlook import MONTH_DAYS
from quests.features.projection import Band, Projection, project

HISTORY_MAX = 60
OPEN_GOAL_MONTHS = Decimal(12)
"""How long we take a goal without a date to run."""


def month_after(month: date, count: int = 1) -> date:
    """Return the first day of the month `count` months later."""
    place = month.year * 12 + month.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


@dataclass(frozen=True)
class RevenueProjection:
    """A request with what the statistics say to it."""

    request: ForecastRequest

    @property
    def revenue(self) -> RevenueInput:
        """What is known."""
        return self.request.revenue

    @cached_property
    def history(self) -> list[tuple[date, Decimal]]:
        """Each whole month since the first with an entry, empty ones as 0; at first, the running month alone."""
        running = self.revenue.today.replace(day=1)
        known = dict(self.revenue.by_month[-HISTORY_MAX - 1 :])
        begun = min(known, default=running)
        count = (running.year - begun.year) * 12 + running.month - begun.month
        whole = [month_after(running, -place) for place in range(min(count, HISTORY_MAX), 0, -1)]
        return [(month, known.get(month, Decimal(0))) for month in whole or known]

    @cached_property
    def projection(self) -> Projection:
        """The bands of the months after the running one."""
        amounts = [amount for _, amount in self.history]
        return project(amounts, months=self.request.months, skip=1)

    @property
    def running(self) -> tuple[date, Decimal] | None:
        """The running month with what it brought so far, where it is left out of the history."""
        month, known = self.revenue.today.replace(day=1), dict(self.revenue.by_month)
        return (month, known[month]) if known.get(month) and self.history[-1][0] < month else None

    @cached_property
    def asked(self) -> Decimal:
        """What a month must bring on average for every open goal to be reached in time."""
        return sum(self.needed, Decimal(0)) / self.request.months

    @property
    def needed(self) -> list[Decimal]:
        """What each of the months to come must bring for that."""
        return needed_by(self.revenue, [month for month, _ in self.months])

    @property
    def strongest(self) -> date:
        """The month to come with the highest figure."""
        return max(self.months, key=lambda each: each[1].p50)[0]

    @property
    def months(self) -> Iterator[tuple[date, Band]]:
        """The months to come with their bands."""
        first = month_after(self.revenue.today.replace(day=1))
        return ((month_after(first, place), band) for place, band in enumerate(self.projection.months))


def needed_by(revenue: RevenueInput, months: Sequence[date]) -> list[Decimal]:
    """Return what each month must bring for every open goal to be reached in time; what is overdue, in the first."""
    return [
        sum((_share(goal, revenue.today, month, months[0]) for goal in revenue.open_goals), Decimal(0))
        for month in months
    ]


def _share(goal: tuple[Decimal, date | None], today: date, month: date, first: date) -> Decimal:
    gap, due_on = goal
    if due_on is None:
        return gap / OPEN_GOAL_MONTHS
    in_time = month <= max(due_on, first)
    return gap / max(Decimal(1), (due_on - today).days / MONTH_DAYS) if in_time else Decimal(0)
