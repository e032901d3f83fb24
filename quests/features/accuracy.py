"""How earlier forecasts did: what each said of a month that is over, and what came in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Months = list[dict[str, str]]
"""The months of a stored forecast: month, p10, p50 and p90."""


@dataclass(frozen=True)
class ForecastOutcome:
    """One month: the band that was forecast and what it brought."""

    month: date
    low: Decimal
    middle: Decimal
    high: Decimal
    amount: Decimal

    @property
    def is_within(self) -> bool:
        """Return True if the amount lies within the range, ends included."""
        return self.low <= self.amount <= self.high


def outcomes(
    forecasts: Iterable[Months], received: Mapping[date, Decimal], today: date, most: int
) -> list[ForecastOutcome]:
    """Return the latest months that are over, newest first, each with the last forecast made before it began.

    `forecasts` are in order, the newest first; a month of which nothing was recorded brought 0.
    """
    running, found = today.replace(day=1), {}
    for months in forecasts:
        for each in months:
            month = date.fromisoformat(f"{each['month']}-01")
            if month < running and month not in found:
                low, middle, high = (Decimal(each[part]) for part in ("p10", "p50", "p90"))
                found[month] = ForecastOutcome(month, low, middle, high, received.get(month, Decimal(0)))
    return [found[month] for month in sorted(found, reverse=True)[:most]]
