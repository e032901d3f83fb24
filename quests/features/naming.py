"""What a goal counts, in its own words: the noun of its price, of its counts, or of its trade."""

from decimal import Decimal

from quests.features.details import GoalReading, NounCount
from quests.features.knowledge import Language, lexicon
from quests.features.nouns import forms

Forms = tuple[str, str]
"""Singular and plural."""

NEAR = Decimal("0.02")
"""How far a count times a price may be off the target and still be meant by it."""


class Naming:
    """Finds the words for one goal's units."""

    def __init__(self, reading: GoalReading, language: Language, target: Decimal) -> None:
        self.reading, self.language, self.target = reading, language, target
        self.lexicon, self.trade = lexicon(), language.trade(reading.trade)
        self.title_count = next((count for count in reading.counts if count.in_title), None)
        self.people = next((c for c in reading.counts if self.is_a(c, "people") and not c.in_title), None)
        self.capacity = next((c for c in reading.counts if self.is_a(c, "capacity") and not c.in_title), None)

    def is_a(self, count: NounCount, role: str) -> bool:
        """Return whether what is counted has a role, like `people`; staff has none."""
        meanings = self.lexicon.words.of(count.noun.casefold())
        return role in meanings and "staff" not in meanings

    def forms(self, noun: str, *, is_plural: bool = False) -> Forms | None:
        """Return the forms of a noun; None where there is none, or no rule for it."""
        return forms(noun, self.language, is_plural=is_plural) if noun else None

    def of_count(self, count: NounCount | None) -> Forms | None:
        """Return the forms of what is counted."""
        return self.forms(count.noun, is_plural=True) if count else None

    def of_trade(self) -> Forms:
        """Return what the trade sells."""
        return self.trade["unit"], self.trade["units"]

    def of_people(self) -> Forms:
        """Return who is counted, or whom the trade serves."""
        return self.of_count(self.people) or (self.trade["person"], self.trade["people"])

    def of_period(self, period: str) -> Forms:
        """Return the forms of hour, day and so on."""
        one, several = self.language.table["periods"][period].split("|")
        return one, several

    def of_price(self, noun: str) -> Forms | None:
        """Return the forms of a price's noun, unless it is a receipt: a bill stands for a guest."""
        key = noun.casefold()
        if not noun or (key in self.lexicon["roles.receipt"] and key not in self.language.nouns):
            return None
        return self.forms(noun)

    def of_sold(self) -> Forms:
        """Return what is sold at the price."""
        price, title = self.reading.price, self.title_count
        key = price.noun.casefold() if price else ""
        period = self.lexicon.periods.get(key, "")
        if price and (period == "hour" or (period == "day" and key in self.lexicon["roles.days"])):
            return self.of_period(period) if key == period else self.forms(price.noun) or self.of_period(period)
        if price and key in self.lexicon["roles.head"] and self.people:
            return self.of_people()
        if price and title and title.value and abs(title.value * price.value - self.target) <= self.target * NEAR:
            return self.of_count(title) or self.of_trade()
        noun = self.of_price(price.noun) if price else None
        return noun or (self.of_count(title) if title and not (price and price.noun) else None) or self.of_trade()
