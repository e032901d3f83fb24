"""What our planner says of a revenue forecast, from the figures that are drawn.

The language is that of the titles of the goals that brought most, taken together; English where they do not tell.
"""

from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from typing import Any

from quests.features.knowledge import language
from quests.features.language import language_of
from quests.features.months import RevenueProjection
from quests.features.outlook import cents
from quests.features.projection import MONTHS_FOR_LEVEL, MONTHS_FOR_TREND, Method
from quests.features.speech import Filler, Speech
from quests.providers.prompt import Content
from quests.providers.text import plain, shorten

LEVEL_MOVED = Decimal("0.1")
"""Of the average or the forecast: less difference between the two is none worth words."""

LATEST_MONTHS = 3

TREND_MIN = Decimal("0.02")
"""Of the forecast: less change from one end of the forecast to the other is no trend worth words."""

SOURCE_TITLE_LENGTH = 80


class ForecastWriter:
    """Writes title, driver and summary of one forecast."""

    def __init__(self, forecast: RevenueProjection) -> None:
        self.forecast, self.projection = forecast, forecast.projection
        self.amounts = [amount for _, amount in forecast.history]

    @cached_property
    def _filler(self) -> Filler:
        titles = ". ".join(title for title, _ in self.forecast.revenue.sources)
        return Filler(Speech(language(language_of(titles)), self.forecast.revenue.currency))

    def _say(self, key: str, /, **values: Any) -> str:
        return self._filler.fill(self._filler.language.table["forecast"][key], **values)

    def title(self) -> str:
        """Return the span and its most likely sum."""
        return self._say(self._of_span("title"), span=len(self.projection.months), total=self.projection.total.p50)

    def words(self) -> Content:
        """Return what moves the revenue, and what to expect, how sure it is, and what to do about it."""
        driver, summary = (self._movement(), self._source()), (self._expectation(), *self._confidence(), self._advice())
        return {"driver": " ".join(filter(None, driver)), "summary": " ".join(filter(None, summary))}

    def _of_span(self, key: str) -> str:
        return key if len(self.projection.months) > 1 else f"{key}_one"

    def _movement(self) -> str:
        months = len(self.amounts)
        match self.projection.method:
            case Method.FEW_MONTHS:
                return self._say("few", months=months)
            case Method.SEASON:
                return self._say("season", best=self.forecast.strongest)
        if change := self._change():
            return self._say("moving_up" if change > 0 else "moving_down", months=months, change=abs(change))
        return self._level()

    def _level(self) -> str:
        """Return where a level forecast comes from: the average, or the latest months where these differ from it."""
        average, level = _mean(self.amounts), self.projection.months[0].p50
        values: dict[str, Any] = {"months": len(self.amounts), "usual": average, "level": level}
        if abs(level - average) <= LEVEL_MOVED * max(abs(average), abs(level)):
            return self._say("steady", **values)
        if (_mean(self.amounts[-LATEST_MONTHS:]) > average) is not (level > average):
            return self._say("uneven", **values)
        way = "stronger" if level > average else "weaker"
        why = "few" if len(self.amounts) < MONTHS_FOR_TREND else "unsteady"
        return f"{self._say(way, **values)} {self._say(f'{way}_{why}', needed=MONTHS_FOR_TREND)}"

    def _change(self) -> Decimal | None:
        """Return by how much a month the most likely figure moves, or None where that is next to nothing."""
        first, last = self.projection.months[0].p50, self.projection.months[-1].p50
        if abs(last - first) < TREND_MIN * max(abs(first), abs(last)) or first == last:
            return None
        return cents((last - first) / (len(self.projection.months) - 1))

    def _source(self) -> str:
        revenue = self.forecast.revenue
        if not revenue.sources or revenue.recent_amount <= 0 or revenue.sources[0][1] <= 0:
            return ""
        title, amount = revenue.sources[0]
        share = min(amount / revenue.recent_amount, Decimal(1))
        return self._say("source", title=shorten(plain(title), SOURCE_TITLE_LENGTH), share=share)

    def _expectation(self) -> str:
        total = self.projection.total
        values = {"low": total.p10, "middle": total.p50, "high": total.p90}
        return self._say(self._of_span("expect"), span=len(self.projection.months), **values)

    def _confidence(self) -> list[str]:
        said = []
        empty = sum(1 for _ in takewhile(lambda amount: not amount, reversed(self.amounts)))
        if self.projection.method is Method.FEW_MONTHS:
            said.append(self._say("wide"))
        elif empty:
            said.append(self._say("empty", empty=empty))
        if self.forecast.running:
            month, so_far = self.forecast.running
            said.append(self._say("running", month=month, so_far=so_far))
        return said

    def _advice(self) -> str:
        if self.projection.method is Method.FEW_MONTHS:
            return self._say("record", enough=MONTHS_FOR_LEVEL)
        if not (asked := cents(self.forecast.asked)):
            return ""
        monthly = cents(self.projection.total.p50 / len(self.projection.months))
        if monthly >= asked:
            return self._say("covers", asked=asked)
        return self._say("short", asked=asked, missing=asked - monthly)


def _mean(amounts: list[Decimal]) -> Decimal:
    return cents(sum(amounts, Decimal(0)) / len(amounts))
