"""Periods by their anchor, and the price of a part of one: pure arithmetic on Stripe's seconds."""

import calendar
from datetime import UTC, datetime
from typing import Any

MONTHS = {"month": 1, "year": 12}
SECONDS = {"day": 86_400, "week": 604_800}


def after(anchor: int, interval: str, steps: int) -> int:
    """Return the anchor plus so many intervals; months are clamped to their last day.

    >>> jan31 = 1769817600  # 2026-01-31
    >>> datetime.fromtimestamp(after(jan31, "month", 1), UTC).date().isoformat()
    '2026-02-28'
    """
    if interval in SECONDS:
        return anchor + steps * SECONDS[interval]
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + steps * MONTHS[interval], 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def boundary(anchor: int, recurring: dict[str, Any], later_than: int) -> int:
    """Return the first period boundary after an instant, counted from the anchor, never from the last boundary."""
    steps = recurring["interval_count"]
    while after(anchor, recurring["interval"], steps) <= later_than:
        steps += recurring["interval_count"]
    return after(anchor, recurring["interval"], steps)


def share(amount: int, *, start: int, end: int, at: int) -> int:
    """Return the part of `amount` (cents) for `at`..`end` of the period, halves rounded up."""
    length = end - start
    return (2 * amount * (end - at) + length) // (2 * length)
