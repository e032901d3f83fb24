"""How a gap is closed: the result of the arithmetic, which plays and sentences are made of."""

import math
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from quests.features.details import PerPeriod

Sentence = tuple[str, dict[str, Any]]


DAYS_FOR_WEEKS = 14
OFTEN = 1.5
"""Fewer a week, or a month, are better said of the longer time."""

SHARES = ("share", "booked")
"""Values of sentences that are rates, which are written as percentages."""


@dataclass
class Working:
    """How a gap is closed: `count` of `unit` at `price`. `figures` are the numbers a good answer uses.

    `volume` is how many units come by now; `adds` is False where the goal itself is so many units, else they come on
    top of those. `most` is what the time left can bring at all. `doubt` says why the goal is no plan; then `reach` is
    what can be had in time, and `arrival` the day of the rest: see `reachable`.
    """

    lever: str
    unit: tuple[str, str]
    count: int = 0
    price: Decimal | None = None
    sentences: list[Sentence] = field(default_factory=list)
    rhythm: Sentence | None = None
    doubt: Sentence | None = None
    reach: Decimal | None = None
    arrival: date | None = None
    volume: PerPeriod | None = None
    most: Decimal | None = None
    adds: bool = True
    figures: list[Decimal] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def say(self, phrase: str, **values: Any) -> None:
        """Add a sentence; its numbers become figures."""
        self.sentences.append((phrase, values))
        for name, value in values.items():
            if isinstance(value, int | Decimal):
                self.figures.append(round(Decimal(value) * (100 if name in SHARES else 1), 2).normalize() + 0)


def rhythm_of(count: int, days: int, months: int) -> Sentence:
    """Return how often one of them has to come: by day, week, month, or one in so many weeks."""
    if days < DAYS_FOR_WEEKS:
        return "a_day_each", {"count": math.ceil(count / days)}
    if count * 7 >= days * OFTEN:
        return "a_week", {"count": math.ceil(count * 7 / days)}
    if count >= months * OFTEN:
        return "a_month", {"count": math.ceil(count / months)}
    return ("one_every", {"weeks": max(1, days // 7 // count)}) if count > 1 else ("one", {})
