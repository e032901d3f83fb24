"""Quests written out: a play's words filled with a goal's figures, amounts on the steps that bring money."""

import math
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from quests.features.details import GoalReading
from quests.features.knowledge import Play, PlayStep, lexicon
from quests.features.outlook import MONTH_DAYS, Outlook, cents, round_unit, split, spread
from quests.features.speech import Filler, Speech
from quests.features.working import Working
from quests.providers.prompt import Content
from quests.providers.text import plain, shorten

TITLE_LENGTH, SUMMARY_LENGTH, STEP_LENGTH = 120, 600, 160
TOPIC_LENGTH_MIN = 24
STEPS_MIN = 3
NEXT = Decimal("1.25")
URGENT_DAYS = 7
"""Up to so many days only what can bring money in days is a plan."""

PACE_IN_TIME = Decimal(1)
USUAL_RAISE = Decimal("0.06")
"""What prices that have not moved for a while are raised by, where nobody says how much."""

STEP_PHRASES = ("debt_call", "debt_rest", "doubt_first", "doubt_rest")


class Writer(Filler):
    """Fills the gaps of one language's phrases; how a value is written stands in the gap, see `en.toml`."""

    def __init__(self, speech: Speech, reading: GoalReading, outlook: Outlook, working: Working) -> None:
        super().__init__(speech)
        self.reading, self.outlook, self.working = reading, outlook, working
        self.common = self._common()

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Write a value as so many units where it says so."""
        if format_spec == "u":
            return self.speech.counted(int(value), self.working.unit)
        return super().format_field(value, format_spec)

    def phrase(self, key: str, /, **values: Any) -> str:
        """Return a phrase of the language with its gaps filled."""
        phrases = self.language.phrases
        text = phrases.get(key) or self.language.table["more"][key]
        return self.fill(text, **values)

    def fill(self, text: str, /, **values: Any) -> str:
        """Return a text with its gaps filled."""
        gaps = {**self.common, **values}
        gaps["noun"] = self.working.unit[gaps["count"] != 1]
        gaps["occasion_days"] = self.speech.counted(int(gaps.get("occasions", 0)), gaps["time"])
        return super().fill(text, **gaps)

    def _common(self) -> dict[str, Any]:
        outlook, working, language = self.outlook, self.working, self.language
        per = working.extra.get("per", "month")
        period, periods = self.periods(per)
        time = "evening" if self.reading.trade in ("restaurant", "events") else "day"
        values = {
            **language.trade(self.reading.trade),
            "unit": working.unit[0],
            "units": working.unit[1],
            "gap": outlook.gap,
            "target": outlook.goal.target_amount,
            "next": outlook.goal.target_amount * NEXT,
            "last": outlook.last_day,
            "weekly": outlook.weekly,
            "weeks": outlook.weeks,
            "count": working.count,
            "each": working.price or Decimal(0),
            "price": working.price or Decimal(0),
            "time": self.periods(time),
            "period": period,
            "periods": periods,
            "batch": min(40, max(8, outlook.weeks * 2)),
            "enquiries": self._enquiries(),
            "whole": self.speech.counted(working.count, working.unit)
            if working.count
            else self.speech.money(outlook.gap),
            "raise": USUAL_RAISE,
            "slow": self.speech.weekdays(self.reading.weekdays) if self.reading.weekdays else language.phrases["slow"],
            **working.extra,
        }
        self.common = values
        return {**values, **self._derived(values)}

    def _enquiries(self) -> str:
        """Return what leads to a sale: the texts' own word in English; elsewhere it may stand in any case."""
        is_visit = self.reading.enquiry in lexicon()["enquiries.visits"]
        default: str = self.language.table["more"]["visits" if is_visit else "enquiries"]
        return self.reading.enquiry if self.language.code == "en" and self.reading.enquiry else default

    def _derived(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the gaps that are phrases themselves."""
        working, outlook = self.working, self.outlook
        months = max(1, round(outlook.days / MONTH_DAYS))
        rhythm = self.phrase(working.rhythm[0], **working.rhythm[1]) if working.rhythm else self.phrase("weekly_short")
        if "due" in values:
            values["batch"] = max(1, min(values["batch"], values["due"]))
        asked = math.ceil(values.get("asked", 0) / months)
        debts = working.extra.get("debts", [])
        return {
            "batch": values["batch"],
            "rhythm": rhythm,
            "weekly_due": math.ceil(values.get("due", 0) / outlook.weeks),
            "monthly_units": self.phrase("some", count=math.ceil(working.extra.get("each", working.count) / months)),
            "quote_rhythm": self.phrase("asked_rhythm", count=asked),
            "creditor": self._creditor(),
            "debts_short": self.phrase("debts_named", debts=debts) if debts else self.phrase("debts_short"),
        }

    def _creditor(self) -> str:
        for kind in ("tax", "rent", "wages", "debt"):
            if kind in self.reading.kinds:
                return self.phrase(f"creditor_{kind}")
        return self.phrase("creditor")

    # The parts of a quest.

    def title(self, play: Play) -> str:
        """Return the goal's own title, and what the play makes of it."""
        own = self.fill(play.title, **self._doubtful())
        topic = shorten(
            " ".join(plain(self.outlook.goal.title).split()), max(TOPIC_LENGTH_MIN, TITLE_LENGTH - 3 - len(own))
        )
        titled = self.language.phrases["titled"].replace("{topic}", topic).replace("{own}", own)
        return shorten(titled if topic else own[:1].upper() + own[1:], TITLE_LENGTH)

    def summary(self, play: Play) -> str:
        """Return the sum first, then the pace, then why this play."""
        said = [self.doubt(), *self.sums()[:1], self._status(), *self.sums()[1:], self._pace(), self.fill(play.why)]
        text = ""
        for sentence in filter(None, said):
            if len(text) + len(sentence) < SUMMARY_LENGTH:
                text = f"{text} {sentence}".strip()
        return text

    def doubt(self) -> str:
        """Return why the goal is no plan, and what to do instead; empty where it is one."""
        doubt = self.working.doubt
        return f"{self.phrase(doubt[0], **doubt[1])} {self._way_out()}" if doubt else ""

    def sums(self) -> list[str]:
        """Return the arithmetic in sentences; none where nothing is missing."""
        working = self.working
        said = [self.phrase(key, **self._named(values)) for key, values in working.sentences]
        if working.rhythm and working.rhythm[0] not in ("each_occasion", "one") and self.outlook.days > URGENT_DAYS:
            said.append(self.phrase("that_is"))
        return said if self.outlook.gap else []

    def _named(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values with periods and enquiries in the language's words."""
        if "per" in values:
            period, periods = self.periods(values["per"])
            return {**values, "period": period, "periods": periods}
        if "enquiry" in values:
            return {**values, "enquiries": self.common["enquiries"]}
        return values

    def _status(self) -> str:
        outlook = self.outlook
        if not outlook.gap:
            over = cents(outlook.goal.current_amount - outlook.goal.target_amount)
            return self.phrase("reached_over", over=over) if over else self.phrase("reached")
        if outlook.overdue:
            return self.phrase("overdue", due=outlook.goal.due_on)
        if outlook.goal.due_on is None:
            return self.phrase("no_date")
        if outlook.days < 8:
            return self.phrase(
                ("today_only", "one_day")[outlook.days] if outlook.days < 2 else "days_left", days=outlook.days
            )
        return ""

    def _pace(self) -> str:
        outlook = self.outlook
        if not outlook.gap or outlook.share is None or outlook.monthly_pace is None or self.working.doubt:
            return ""
        if outlook.share <= PACE_IN_TIME and outlook.arrival:
            return self.phrase("pace_good", pace=outlook.monthly_pace, arrival=outlook.arrival)
        times = Decimal(round(outlook.share, 1))
        return self.phrase("pace_more", pace=outlook.monthly_pace, times=times) if outlook.share > PACE_IN_TIME else ""

    def _way_out(self) -> str:
        working = self.working
        reach = working.reach if working.reach and working.reach < self.outlook.gap else None
        if reach and working.arrival:
            return self.phrase("doubt_move", reach=reach, arrival=working.arrival)
        return self.phrase("doubt_lower")

    def _doubtful(self) -> dict[str, Any]:
        working = self.working
        if not working.doubt:
            return {}
        return {
            "doubt_title": self.phrase("doubt_title" if working.reach else "doubt_title_bare", reach=working.reach or 0)
        }

    def steps(self, play: Play) -> list[Content]:
        """Return the steps for the time there is: money adds up to the gap, preparing carries its time."""
        chosen = self._with_money(play, self._chosen(play))
        paid = [place for place, step in enumerate(chosen) if step[0] == "$"]
        amounts = self._amounts(play, [chosen[place][3] for place in paid])
        by_place = dict(zip(paid, amounts, strict=True))
        by_count = dict(zip(paid, self._counts([chosen[place][3] for place in paid]), strict=True))
        days = spread(self.outlook.goal.today, self.outlook.last_day, len(chosen))
        return [
            self._step(step, by_place.get(place, Decimal(0)), by_count.get(place, 0), due_on)
            for place, (step, due_on) in enumerate(zip(chosen, days, strict=True))
        ]

    def _chosen(self, play: Play) -> list[PlayStep]:
        """Return the steps that fit the weeks, and no more steps with money than there are units to sell."""
        fitting = [step for step in play.steps if step[1] <= self.outlook.weeks]
        if play.key == "noplan" and not self.working.reach:
            fitting = [step if "{doubt_first}" not in step[2] else ("t", 0, step[2], 30) for step in fitting]
        most = (
            int(self.working.extra.get("clients", self.working.count))
            if self.working.count and self._sells(play)
            else len(fitting)
        )
        chosen: list[PlayStep] = []
        for step in fitting:
            paid = sum(each[0] == "$" for each in chosen)
            if step[0] != "$" or paid < max(1, most):
                chosen.append(step)
        spare = [step for step in play.steps if step not in chosen and step[0] == "t"]
        chosen += islice(spare, max(0, STEPS_MIN - len(chosen)))
        return chosen if len(chosen) >= STEPS_MIN else list(play.steps[:STEPS_MIN])

    def _with_money(self, play: Play, chosen: list[PlayStep]) -> list[PlayStep]:
        """Return the steps without those that known debts leave no money for."""
        paid = [step for step in chosen if step[0] == "$"]
        amounts = self._amounts(play, [step[3] for step in paid])
        empty = [step for step, amount in zip(paid, amounts, strict=True) if not amount and self.outlook.gap]
        kept = [step for step in chosen if step not in empty]
        return kept if len(kept) >= STEPS_MIN else chosen

    def _sells(self, play: Play) -> bool:
        return any("{part}" in step[2] for step in play.steps)

    def _counts(self, weights: list[int]) -> list[int]:
        if not self.working.count or not weights:
            return [0] * len(weights)
        return [int(part) for part in split(Decimal(self.working.count), weights, Decimal(1))]

    def _amounts(self, play: Play, weights: list[int]) -> list[Decimal]:
        """Return the amounts of the steps with money: as many units as each sells, or shares of the gap, or debts."""
        gap, working = self.outlook.gap, self.working
        if not weights:
            return []
        if play.key == "noplan" and working.reach and working.reach < gap:
            return [cents(working.reach), gap - cents(working.reach)]
        debts = working.extra.get("debts", [])
        if play.key in ("collect", "collect_now") and debts and debts[0] < gap and len(weights) > 1:
            first, second = debts[0], min(sum(debts[1:], Decimal(0)), gap - debts[0])
            rest = split(gap - first - second, weights[2:] or [1])
            parts = [first, second, *rest] if len(weights) > 2 else [first, gap - first]
            return [cents(part) for part in parts]
        if working.count and working.price and self._sells(play):
            counts = self._counts(weights)
            if self.reading.price is None and self.reading.rise is None:  # nobody's price: it came out of the gap
                return split(gap, counts, round_unit(gap))
            parts, left = [], gap
            for count in counts[:-1]:
                parts.append(min(left, cents(working.price * count)))
                left -= parts[-1]
            return [*parts, left]
        return split(gap, weights, round_unit(gap))

    def _step(self, step: PlayStep, amount: Decimal, count: int, due_on: date) -> Content:
        kind, _, text, number = step
        part = self.phrase("some", count=count) if count else self.speech.money(amount)
        values: dict[str, Any] = {"amount": amount, "part": part, "arrival": self.working.arrival}
        if count and "due" in self.working.extra:
            values["batch"] = count  # as many are called as the step books
        for gap in STEP_PHRASES:
            if f"{{{gap}}}" in text:
                values[gap] = self._step_phrase(gap, values)
        written = self.fill(text, **values)
        if kind == "t":
            written = self.phrase("timed", text=written, time=self.speech.time(number))
        return {"title": shorten(written, STEP_LENGTH), "amount": f"{amount:.2f}", "due_on": due_on.isoformat()}

    def _step_phrase(self, gap: str, values: dict[str, Any]) -> str:
        """Return the text of a step that depends on what is known of debts, or of the pace."""
        working = self.working
        debts = working.extra.get("debts", [])
        match gap:
            case "debt_call":
                return self.phrase("debt_one", debt=debts[0], **values) if debts else self.phrase("debt_any", **values)
            case "debt_rest":
                named = {"debts": debts[1:], **values}
                return self.phrase("debt_more", **named) if debts[1:] else self.phrase("debt_any_more", **values)
            case "doubt_first":
                return self.phrase("doubt_first" if working.reach else "doubt_first_bare", **values)
        return self.phrase("doubt_rest_to" if working.arrival else "doubt_rest", **values)
