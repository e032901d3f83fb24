"""What the numbers beside a price say of selling so many: quotes, free places, groups, occasions, who does not come."""

import math
from decimal import Decimal

from quests.features.details import GoalReading, PerPeriod
from quests.features.knowledge import Language, lexicon
from quests.features.naming import Naming
from quests.features.outlook import MONTH_DAYS, PERIOD_DAYS, Outlook
from quests.features.working import Sentence, Working, rhythm_of

EVENT_DAYS_MAX = 14

FEW = 12
"""So many are won by name, one after the other."""

TURNS = 2
"""How often a place can be filled on one day."""

BY_NOW = ("day", "week", "month", "quarter", "year")


class Selling:
    """Adds what is known of selling to a goal's working."""

    def __init__(self, reading: GoalReading, outlook: Outlook, language: Language) -> None:
        self.reading, self.outlook, self.language = reading, outlook, language
        self.gap, self.target = outlook.gap, outlook.goal.target_amount
        self.lexicon, self.naming = lexicon(), Naming(reading, language, self.target)
        self.title_count, self.people, self.capacity = self.naming.title_count, self.naming.people, self.naming.capacity
        self.months = max(1, round(outlook.days / MONTH_DAYS))

    def _sold_by_now(self, working: Working) -> PerPeriod | None:
        """Return how many of the very same unit the texts say a week, month or year brings."""
        counts = (count for count in self.reading.counts if count.per in BY_NOW and not count.in_title)
        return next((PerPeriod(c.value, c.per) for c in counts if self.naming.of_count(c) == working.unit), None)

    def _shared(self, working: Working, count: int) -> None:
        """Add what each of the people in the title takes of it."""
        people = self.title_count
        if people and self.naming.is_a(people, "people") and people.value > 1:
            each, number = math.ceil(count / people.value), int(people.value)
            words = self.naming.of_count(people) or self.naming.of_people()
            working.extra = {**working.extra, "clients": number, "client": words, "each": each}
            working.say("shared", people=number, forms=words, each=each, monthly=math.ceil(each / self.months))

    def _missed(self, working: Working, worth: Decimal) -> None:
        """Add what those who book and do not come cost by the week or month."""
        share, volume = self.reading.rates.get("noshow"), self.reading.pace or self._sold_by_now(working)
        volume = volume or next((PerPeriod(c.value, c.per) for c in self.reading.counts if c.per in BY_NOW), None)
        if share and volume:
            lost = round(volume.value * share)
            working.lever, working.extra = "noshow", {**working.extra, "lost": lost, "per": volume.period}
            working.say("noshow", share=share, lost=lost, pace=volume.value, per=volume.period, worth=lost * worth)

    def _sold_how(self, working: Working, count: int) -> None:
        """Add what the other numbers say of selling so many: quotes to win them, free places, groups, occasions."""
        rates = self.reading.rates
        if rates.get("win"):
            asked = math.ceil(round(count / rates["win"], 2))  # a third is 0.333333
            enquiry = self.reading.enquiry
            working.lever = "traffic" if enquiry in self.lexicon["enquiries.visits"] else "quotes"
            working.extra = {"asked": asked, "share": rates["win"], "enquiry": enquiry}
            working.say(working.lever, share=rates["win"], count=count, asked=asked, enquiry=enquiry)
        free = 1 - rates["booked"] if "booked" in rates else rates.get("free")
        if free is not None:
            working.lever = "fill"
            working.say("free", share=free, booked=1 - free)
        self._capacity(working, count, free)
        volume = next((c for c in self.reading.counts if c.per == "day" and not c.in_title), None)
        if volume and volume.value and "occasion" in self.reading.kinds:
            days = math.ceil(count / volume.value)
            working.say("a_day", each=volume.value, days=days)
            if days <= EVENT_DAYS_MAX:
                working.lever, working.extra = "event", {"each_day": volume.value}
                working.rhythm = ("full_days", {"count": volume.value, "days": days})
        if working.lever == "units" and count <= FEW:
            working.lever = "deals"
        working.rhythm = working.rhythm or self._rhythm(count)

    def _capacity(self, working: Working, count: int, free: Decimal | None) -> None:
        capacity, days = self.capacity, self.reading.weekdays
        if days:
            occasions = max(1, self._occasions())
            each = math.ceil(count / occasions)
            working.lever = "fill"
            working.rhythm = ("each_occasion", {"count": each, "occasions": occasions})
            if occasions > 1:
                working.say("occasions", count=each, occasions=occasions, days=days)
        if capacity is None or not capacity.value:
            return
        seats = self.naming.of_count(capacity) or (capacity.noun, capacity.noun)
        if capacity.per and capacity.per not in PERIOD_DAYS:
            groups = math.ceil(count / capacity.value)
            group = self.naming.forms(capacity.per) or (capacity.per, capacity.per)
            working.say("groups", capacity=capacity.value, seats=seats, group=group, groups=groups)
        elif days:
            working.most = (working.price or 0) * capacity.value * self._occasions() * TURNS
            working.say(
                "capacity", count=math.ceil(count / max(1, self._occasions())), capacity=capacity.value, seats=seats
            )
        elif free is not None and capacity.value * free >= 1:
            working.say("free_places", places=math.floor(capacity.value * free), capacity=capacity.value, seats=seats)
        elif working.lever == "units":
            working.lever = "fill"
            working.say("turns", capacity=capacity.value, seats=seats, turns=math.ceil(count / capacity.value))

    def _occasions(self) -> int:
        start, days = self.outlook.goal.today, self.outlook.days
        whole, rest = divmod(days, 7)
        return sum(whole + ((day - start.weekday() - 1) % 7 < rest) for day in self.reading.weekdays)

    def _rhythm(self, count: int) -> Sentence:
        return rhythm_of(count, max(1, self.outlook.days), self.months)
