"""The arithmetic of a goal: from what was read to the units, rates and amounts that close its gap.

`work_out` picks the lever that the numbers show and returns its `Working`: what to count, how many, and the sentences
that show the sum. Sentences are keys of the languages' phrases with raw values: nothing here knows a language.
"""

import math
from collections.abc import Callable
from decimal import Decimal

from quests.features.details import GoalReading, PerPeriod
from quests.features.knowledge import Language
from quests.features.naming import NEAR
from quests.features.outlook import PERIOD_DAYS, Outlook, cents
from quests.features.reachable import judge
from quests.features.selling import BY_NOW, Selling
from quests.features.working import Working

WORKING_DAYS = Decimal(5) / 7
HOURS_A_DAY = 8

WHOLE_MIN = 10

SALES_MIN = 7
"""So many entries in three months are sales; fewer may be what a month brought in all."""


class Arithmetic(Selling):
    """Works out one goal."""

    def work_out(self) -> Working:
        """Return the working of the first lever that the numbers show."""
        levers: tuple[Callable[[], Working | None], ...] = (
            self._cost, self._owed, self._saving, self._rise, self._raise, self._recall, self._retainer,
            self._subscriptions, self._units, self._profit, self._each, self._heads, self._fund,
        )  # fmt: skip
        found = next((found for lever in levers if self.gap and (found := lever())), None)
        working = found or self._general()
        working.volume = self.reading.pace or self._sold_by_now(working)
        self._already(working)
        working.adds = self.naming.of_count(self.title_count) != working.unit
        return working

    def _already(self, working: Working) -> None:
        """Add how many of the title's count there are by now, where none of them was recorded."""
        have, title = self.reading.have, self.title_count
        if have and title and title.value == working.count > have and not self.outlook.goal.current_amount:
            working.say("have", have=have, missing=title.value - have, all=title.value)

    def _monthly(self) -> Decimal:
        """Return what a month must bring, in whole units of the currency where it is enough of them."""
        monthly = self.gap / self.months
        return Decimal(math.ceil(monthly)) if monthly >= WHOLE_MIN else cents(monthly)

    # Levers.

    def _cost(self) -> Working | None:
        kinds, price = self.reading.kinds, self.reading.price
        bill, rise = self.reading.cost, self.reading.rise
        if price and price.per and {"save", "cost"} <= self.reading.title_kinds:
            bill, price = (PerPeriod(price.value, price.per).monthly, price.noun), None  # of the title's own cost
        if not {"save", "cost"} <= kinds or price:
            return None
        working = Working("cost" if "metered" in kinds else "spend", self.naming.of_trade())
        monthly = self._monthly()
        if bill is None:
            working.say("cost", gap=self.gap, months=self.months, monthly=monthly)
        else:
            working.say("cost_of", gap=self.gap, months=self.months, monthly=monthly, bill=bill[0])
            working.say("cost_share", share=monthly / bill[0])
        working.extra = {"cost": self._cost_name(), "monthly": monthly}
        if rise and rise[0] > rise[1]:
            working.figures += [rise[0] - rise[1]]
        return working

    def _cost_name(self) -> str:
        text = f"{self.outlook.goal.title} {self.outlook.goal.description}".replace(",", " ").replace(".", " ")
        named = (word for word in text.split() if "cost" in self.lexicon.words.of(word.casefold()))
        found = next(named, "")
        return found if self.language.code == "de" else found.casefold()

    def _owed(self) -> Working | None:
        owed = self.reading.owed
        if not owed or sum(owed) * 5 < self.gap:
            return None
        total = sum(owed, Decimal(0))
        working = Working(
            "collect", self.naming.of_trade(), extra={"debts": sorted(owed, reverse=True), "total": total}
        )
        several = len(owed) > 1
        working.say("owed_several" if several else "owed", debts=sorted(owed, reverse=True), total=total, gap=self.gap)
        working.say(
            "owed_covers" if total >= self.gap else "owed_part", gap=self.gap, total=total, rest=self.gap - total
        )
        working.figures += owed
        if late := self.reading.periods.get("day"):
            working.say("late", days=late)
        return working

    def _saving(self) -> Working | None:
        saving = self.reading.saving
        if saving is None:
            return None
        working = Working("set_aside", self.naming.of_trade())
        cycles = math.ceil(self.gap / saving.value)
        brings = cents(saving.value * int(self.outlook.days / PERIOD_DAYS[saving.period]))
        working.say("saving", price=saving.value, per=saving.period, cycles=cycles, gap=self.gap)
        if brings < self.gap:
            working.say("saving_short", brings=brings, rest=self.gap - brings)
        elif saving.period == "week":
            working.extra = {"weekly": saving.value}
        return working

    def _rise(self) -> Working | None:
        if not self.reading.rise or self.reading.rise[0] >= self.reading.rise[1]:
            return None
        low, high = self.reading.rise
        more = high - low
        volume = next((count for count in self.reading.counts if not count.in_title), None)
        unit = self.naming.of_count(volume) if volume else None
        unit = unit or self.naming.of_period("hour")
        count = math.ceil(self.gap / more)
        working = Working("rise", unit, count, more, extra={"low": low, "high": high, "more": more})
        working.extra["breakeven"] = more / high
        working.say("rise", low=low, high=high, more=more, count=count, gap=self.gap)
        if volume and volume.per in BY_NOW and volume.per != "year":
            monthly = PerPeriod(volume.value, volume.per).monthly
            working.say("rise_pace", volume=volume.value, per=volume.per, brings=cents(monthly * self.months * more))
        elif volume and volume.value != count:
            working.say("rise_volume", volume=volume.value, brings=volume.value * more)
        return working

    def _raise(self) -> Working | None:
        share, revenue = self.reading.rates.get("raise"), self.reading.revenue
        if not share or not revenue:
            return None
        more = cents(revenue * share)
        working = Working("raise", self.naming.of_trade(), extra={"raise": share})
        working.say("raise", share=share, revenue=revenue, more=more, months=math.ceil(self.gap / more), gap=self.gap)
        return working

    def _recall(self) -> Working | None:
        rate, people = self.reading.rates.get("recall"), self.people
        if rate is None or people is None:
            return None
        due = int(people.value * (1 - rate))
        forms_ = self.naming.of_people()
        working = Working("recall", forms_, extra={"due": due, "base": people.value})
        working.say("recall", share=rate, base=people.value, due=due)
        price = self.reading.price
        if price and not price.per:
            working.price, working.count = price.value, math.ceil(self.gap / price.value)
            working.say("recall_price", gap=self.gap, price=price.value, count=working.count, due=due)
        elif due:
            each = cents(self.gap / due)
            working.say("recall_each", gap=self.gap, each=each, due=due)
            working.count, working.price = due, each
        working.rhythm = self._rhythm(working.count)
        return working

    def _retainer(self) -> Working | None:
        price = self.reading.price
        period = self.lexicon.periods.get(price.noun.casefold(), "") if price else ""
        is_retained = self.reading.trade in ("freelance", "agency") or "retainer" in self.reading.kinds
        if price is None or period not in ("hour", "day") or not is_retained:
            return None
        count = math.ceil(self.gap / price.value)
        working = Working("retainer", self.naming.of_period(period), count, price.value)
        working.say("units", gap=self.gap, price=price.value, count=count)
        monthly = math.ceil(count / self.months)
        self._shared(working, count)
        working.rhythm = ("a_month", {"count": monthly})
        days = math.floor(max(1, self.outlook.days) * WORKING_DAYS)
        working.most = price.value * days * (HOURS_A_DAY if period == "hour" else 1)
        return working

    def _subscriptions(self) -> Working | None:
        price = self.reading.price
        if price is None or price.per not in ("week", "month", "quarter", "year"):
            return None
        cycles = self._cycles(price.value, price.per)
        worth = price.value * cycles
        count = math.ceil(self.gap / worth)
        unit = (
            self.naming.of_price(price.noun)
            or self.naming.of_count(self.title_count)
            or self.naming.of_count(self.people)
        )
        working = Working(
            "subscribe", unit or self.naming.of_trade(), count, worth, extra={"fee": price.value, "per": price.per}
        )
        if cycles == 1:
            working.say("subscribe_once", gap=self.gap, price=price.value, per=price.per, count=count)
        else:
            working.say(
                "subscribe", gap=self.gap, price=price.value, per=price.per, cycles=cycles, worth=worth, count=count
            )
        self._churn(working)
        working.rhythm = self._rhythm(count)
        return working

    def _cycles(self, price: Decimal, per: str) -> int:
        """Return how many payments of each count: as many as the texts say, or as fit into the time."""
        if per in self.reading.periods:
            return max(1, int(self.reading.periods[per]))
        if "monthly_goal" in self.reading.kinds:
            return 1
        if self.title_count and self.title_count.value * price:
            times = self.target / (self.title_count.value * price)
            if 1 <= round(times) <= 60 and abs(times - round(times)) <= NEAR:
                return round(times)
        return max(1, round(self.outlook.days / PERIOD_DAYS[per]))

    def _churn(self, working: Working) -> None:
        churn, people = self.reading.rates.get("churn"), self.people
        if churn and people:
            lost = max(1, round(people.value * churn))
            working.say("churn", share=churn, base=people.value, lost=lost)
            working.say(
                "churn_more", count=working.count, lost=lost * self.months, all=working.count + lost * self.months
            )

    def _units(self) -> Working | None:
        price, margin = self.reading.price, self.reading.rates.get("margin")
        if price is None or price.per:
            return None
        worth = (cents(price.value * margin) if margin else None) or price.value
        count = math.ceil(self.gap / worth)
        working = Working("units", self.naming.of_sold(), count, worth)
        if margin:
            working.say("margin_unit", price=price.value, share=margin, worth=worth)
        working.say("units", gap=self.gap, price=worth, count=count)
        if self.reading.cost and "hire" in self.reading.kinds:
            working.say("carries", cost=self.reading.cost[0], needed=math.ceil(self.reading.cost[0] / worth))
        self._sold_how(working, count)
        self._missed(working, worth)
        people = self.title_count
        if people and self.naming.of_count(people) != working.unit and count >= people.value * 2:
            self._shared(working, count)
        return working

    def _profit(self) -> Working | None:
        margin, revenue = self.reading.rates.get("margin"), self.reading.revenue
        profit = self.reading.profit or (cents(revenue * margin) if margin and revenue else None)
        if not margin and not profit:
            return None
        monthly = self._monthly()
        working = Working("profit", self.naming.of_trade(), extra={"monthly": monthly})
        if profit:
            months, known = math.ceil(self.gap / profit), not self.reading.profit
            sums = {"share": margin, "revenue": revenue} if known else {}
            working.say("profit" if known else "profit_known", **sums, profit=profit, gap=self.gap, months=months)
            working.say("profit_part", monthly=monthly, profit=profit)
            working.most = profit * self.months
        elif margin:
            working.say("profit_needed", share=margin, gap=self.gap, needed=cents(self.gap / margin))
        return working

    def _each(self) -> Working | None:
        count = self.title_count
        if count is None or count.value < 1 or count.per or self.naming.is_a(count, "capacity"):
            return None
        unit = self.naming.of_count(count)
        if unit is None:
            return None
        value = self.target / count.value
        missing = math.ceil(self.gap / value)
        working = Working("units", unit, missing, cents(value))
        working.say("value_each", gap=self.gap, count=missing, each=cents(value))
        working.rhythm = self._rhythm(missing)
        return working

    def _heads(self) -> Working | None:
        people = self.people
        if people is None and self.reading.trade == "club":
            people = next((count for count in self.reading.counts if not count.in_title), None)
        if people is None or people.value < 2:
            return None
        each = cents(self.gap / people.value)
        unit = self.naming.of_count(people) or self.naming.of_people()
        working = Working("heads", unit, int(people.value), each)
        working.say("heads", gap=self.gap, count=int(people.value), each=each)
        return working

    def _fund(self) -> Working | None:
        if not {"fund", "debt"} & self.reading.kinds and "save" not in self.reading.kinds:
            return None
        working = Working("set_aside", self.naming.of_trade())
        self._weekly(working)
        return working

    def _general(self) -> Working:
        average = self.outlook.average
        if average and len(self.outlook.sales) >= SALES_MIN:
            count = math.ceil(self.gap / average)
            working = Working("general", self.naming.of_trade(), count, average)
            working.say("units", gap=self.gap, price=average, count=count)
            working.rhythm = self._rhythm(count)
            return working
        working = Working("general", self.naming.of_trade())
        self._weekly(working)
        if self.reading.revenue and self.outlook.days > 30:
            monthly = self._monthly()
            working.say(
                "of_revenue", monthly=monthly, share=monthly / self.reading.revenue, revenue=self.reading.revenue
            )
        return working

    def _weekly(self, working: Working) -> None:
        if self.outlook.days >= 14:
            working.say("weekly", gap=self.gap, weeks=self.outlook.weeks, weekly=self.outlook.weekly)


def work_out(reading: GoalReading, outlook: Outlook, language: Language) -> Working:
    """Return how the gap is closed, by the numbers that were read, and whether it can be."""
    working = Arithmetic(reading, outlook, language).work_out()
    judge(working, reading, outlook)
    return working
