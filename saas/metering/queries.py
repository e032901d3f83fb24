"""Reading what metered operations did and cost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from saas.kernel.clock import midnight, today_in
from saas.metering.models import AttemptRecord
from tokens import queries as ledger

USAGE_DAYS = 30


@dataclass(frozen=True)
class DailyUsage:
    """What one group spent in each of the days, and in all of the days before; tokens."""

    group: str | None
    daily: Sequence[int]
    operations: int
    before: int

    @property
    def tokens(self) -> int:
        """Return the tokens that the group spent in the days."""
        return sum(self.daily)


@dataclass(frozen=True)
class UsageByDay:
    """The last days, today included, as a time zone counts them: the largest group first, and as many days before."""

    days: Sequence[date]
    stacks: Sequence[DailyUsage]
    before: Sequence[int]

    @property
    def daily(self) -> list[int]:
        """Return what was spent on each day."""
        return [sum(stack.daily[place] for stack in self.stacks) for place in range(len(self.days))]

    @property
    def tokens(self) -> int:
        """Return what was spent in all."""
        return sum(stack.tokens for stack in self.stacks)

    @property
    def operations(self) -> int:
        """Return how many operations spent it."""
        return sum(stack.operations for stack in self.stacks)


def usage_by_day(timezone: str, group_by: str = "feature", *, today: date | None = None) -> UsageByDay:
    """Return the usage of the last USAGE_DAYS days by feature, user or department: one statement.

    Who knows what day it is in the zone already gives `today`.
    """
    zone, today = ZoneInfo(timezone), today or today_in(timezone)
    first = today - timedelta(days=2 * USAGE_DAYS - 1)
    rows = ledger.usage_by_day(
        group_by=group_by,
        since=midnight(first, zone),
        until=midnight(today + timedelta(days=1), zone),
        timezone=timezone,
    )
    groups: defaultdict[str | None, list[ledger.DayUsage]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)
    stacks = [_stack(group, of_group, first) for group, of_group in groups.items()]
    before = [0] * USAGE_DAYS
    for row in rows:
        if (place := (row.day - first).days) < USAGE_DAYS:
            before[place] += row.tokens
    days = [today - timedelta(days=n) for n in reversed(range(USAGE_DAYS))]
    return UsageByDay(days, sorted(stacks, key=lambda stack: -stack.tokens), before)


def _stack(group: str | None, rows: Sequence[ledger.DayUsage], first: date) -> DailyUsage:
    daily, operations = [0] * (2 * USAGE_DAYS), 0
    for row in rows:
        place = (row.day - first).days
        daily[place] += row.tokens
        operations += row.operations if place >= USAGE_DAYS else 0
    return DailyUsage(group, daily[USAGE_DAYS:], operations, sum(daily[:USAGE_DAYS]))


def attempts(transaction_id: UUID) -> QuerySet[AttemptRecord]:
    """Return the provider calls of one operation, oldest first."""
    return AttemptRecord.objects.filter(transaction_id=transaction_id).order_by("id")
