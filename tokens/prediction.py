"""Predict when the tokens run out, from recent spending and the present balance. Pure.

Note [How sure a date is]
    Days are taken as alike and independent, with the mean and the deviation of those measured. What is burnt
    within t days is then around mean * t; its deviation grows with t, and with the little that few days say of
    the mean itself: deviation * sqrt(t + t * t / days). The fast course (p10) and the slow one (p90) are one
    deviation of NINE_IN_TEN above and below. Each course empties the buckets in burn order; what a bucket has
    left when it expires is lost. A course that reaches the reset does not run out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple
from uuid import UUID

BURN_DAYS = 14
"""The days that the pace is measured over, as far as there are so many."""

DAYS_FOR_DEVIATION = 3
"""From fewer days no deviation can be computed; the mean stands for it."""

DEVIATION_MIN = 0.25
"""Of the mean: no pace is steadier than that."""

WARNED_BEFORE = timedelta(days=3)
"""How long before the tokens may run out people are warned."""

DAYS_FOR_WARNING = 3
"""From fewer days on which something was spent nobody is warned: the first hour's pace is no pace."""

NINE_IN_TEN = NormalDist().inv_cdf(0.9)
HORIZON_DAYS = 3650.0


class Share(NamedTuple):
    """A share of the spending: of one operation, or of one person."""

    of: str | UUID
    tokens: int


@dataclass(frozen=True)
class Burn:
    """The tokens spent in each of the last days, latest first, with the operation and the user that spent most."""

    daily: Sequence[int]
    operation: Share | None = None
    user: Share | None = None

    @property
    def tokens(self) -> int:
        """Return what was spent in all."""
        return sum(self.daily)

    @property
    def a_day(self) -> float:
        """Return the mean of a day: the one pace that every page, alert and prediction goes by."""
        return fmean(self.daily) if self.daily else 0.0

    @property
    def days_with_spending(self) -> int:
        """Return on how many of the days something was spent."""
        return sum(1 for tokens in self.daily if tokens)


class Stock(NamedTuple):
    """Tokens that can be spent until an instant, or for ever."""

    tokens: int
    expires_at: datetime | None


@dataclass(frozen=True)
class RunOut:
    """When the tokens are used up: p10 in the fast course, p50 at the mean, p90 in the slow one, at most the reset."""

    p10: datetime
    p50: datetime
    p90: datetime


def is_alarming(burn: Burn, found: RunOut | None, now: datetime) -> bool:
    """Return True if it is time to warn: the fast course has less than WARNED_BEFORE left, and is more than a guess."""
    if found is None or burn.days_with_spending < DAYS_FOR_WARNING:
        return False
    return found.p10 - now < WARNED_BEFORE


def run_out(*, burn: Burn, stocks: Sequence[Stock], now: datetime, resets_at: datetime | None) -> RunOut | None:
    """Predict when `stocks`, in burn order, are used up; None when they last until the reset, or for ever."""
    if not burn.tokens or not stocks:
        return None
    fast, middle, slow = (_empty_at(_course(burn, way), stocks, now) for way in (NINE_IN_TEN, 0, -NINE_IN_TEN))
    end = now + timedelta(days=HORIZON_DAYS) if resets_at is None or resets_at <= now else resets_at
    return RunOut(fast, middle, min(slow, end)) if middle < end else None


def _course(burn: Burn, way: float) -> Callable[[float], float]:
    """Return the tokens spent within so many days, `way` deviations off the mean."""
    mean, days = burn.a_day, len(burn.daily)
    measured = stdev(burn.daily) if days >= DAYS_FOR_DEVIATION else mean
    deviation = max(measured, DEVIATION_MIN * mean)
    return lambda t: max(0.0, mean * t + way * deviation * sqrt(t + t * t / days))


def _empty_at(burnt: Callable[[float], float], stocks: Sequence[Stock], now: datetime) -> datetime:
    """Return when the last of the stocks is used up or lost."""
    days = 0.0
    for stock in stocks:
        used_up = _days_until(burnt, burnt(days) + stock.tokens)
        lost = HORIZON_DAYS if stock.expires_at is None else (stock.expires_at - now) / timedelta(days=1)
        days = max(days, min(used_up, lost))
    return now + timedelta(days=days)


def _days_until(burnt: Callable[[float], float], tokens: float) -> float:
    """Return after how many days so much is burnt, HORIZON_DAYS at most."""
    low, high = 0.0, HORIZON_DAYS
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if burnt(middle) >= tokens else (middle, high)
    return high
