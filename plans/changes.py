"""Compute when a change of plan takes effect and how many tokens it brings. Pure.

Up: at once, with the difference for the rest of the period, rounded up. Down: at the period's end.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil

from plans.periods import Period
from plans.price_book import PlanTerms


@dataclass(frozen=True)
class ChangePreview:
    """A change before it is made: when it takes effect (a larger plan at once), and what it does to the allowance."""

    current: str
    wanted: str
    effective_at: datetime
    tokens_now: int
    tokens_a_month: int
    remaining_fraction: Fraction
    immediate: bool


def remaining_fraction(period: Period, now: datetime) -> Fraction:
    """Return how much of the period is left at `now`, exactly, from 1 down to 0."""
    left, whole = period.ends_at - now, period.ends_at - period.starts_at
    return Fraction(left // _MICROSECOND, whole // _MICROSECOND)


_MICROSECOND = datetime.resolution


def upgrade_tokens(current: PlanTerms, wanted: PlanTerms, fraction: Fraction) -> int:
    """Return the tokens that an upgrade brings for the rest of the period, rounded up; none where it has fewer."""
    return max(0, ceil((wanted.monthly_tokens - current.monthly_tokens) * fraction))


def preview(current: PlanTerms, wanted: PlanTerms, period: Period | None, now: datetime) -> ChangePreview:
    """Return what changing from one plan to another at `now` means; no period: nothing is paid for yet."""
    larger, monthly = wanted.rank > current.rank, wanted.monthly_tokens
    if period is None:
        return ChangePreview(current.key, wanted.key, now, monthly, monthly, Fraction(1), immediate=larger)
    fraction = remaining_fraction(period, now)
    if larger:
        extra = upgrade_tokens(current, wanted, fraction)
        return ChangePreview(current.key, wanted.key, now, extra, monthly, fraction, immediate=True)
    return ChangePreview(current.key, wanted.key, period.ends_at, 0, monthly, fraction, immediate=False)
