"""Month n of a subscription, always computed from its anchor. Half-open, UTC. No date library: 20 lines."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Period:
    """The `index`-th month since the anchor: starts_at <= t < ends_at."""

    index: int
    starts_at: datetime
    ends_at: datetime


def months_after(anchor: datetime, months: int) -> datetime:
    """Return anchor + n months, clamped to the month's last day.

    31 January + 1 month is 28 (or 29) February; + 2 months is 31 March again.
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    day = min(anchor.day, monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def period_at(anchor: datetime, now: datetime) -> Period:
    """Return the period that contains `now`; both are aware UTC and anchor <= now."""
    index = (now.year - anchor.year) * 12 + now.month - anchor.month
    if months_after(anchor, index) > now:
        index -= 1
    return nth_period(anchor, index)


def nth_period(anchor: datetime, index: int) -> Period:
    """Return month `index` since the anchor; the first is 0."""
    return Period(index, months_after(anchor, index), months_after(anchor, index + 1))
