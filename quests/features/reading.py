"""What a goal's texts say: numbers with their units and roles, the trade, the days of the week.

Reading is a few passes over the tokens, so its time is linear. A number that fits no role is kept as a bare fact.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from quests.features.details import MONTHS_PER, GoalReading, NounCount, PerPeriod, Price
from quests.features.inputs import GoalInput
from quests.features.knowledge import lexicon
from quests.features.nouns import head_noun, is_plural
from quests.features.numbers import NEAR, Number, words_near
from quests.features.tokens import Token, tokens

YEARS = range(1990, 2101)
RISE_MAX = 3
"""A price that is raised to more than so many times as much is no price."""

ORDINALS = frozenset({"st", "nd", "rd", "th", "er", "ère", "º", "ª", "°"})


class Reader:
    """Reads one goal's texts in one language."""

    def __init__(self, goal: GoalInput, language: str, brief: str = "") -> None:
        self.goal, self.language, self.lexicon = goal, language, lexicon()
        self.texts = [tokens(text, self.lexicon, language) for text in (goal.title, goal.description, brief)]
        self.reading = GoalReading()

    def read(self) -> GoalReading:
        """Return what the texts say."""
        reading, words = self.reading, [token.key for text in self.texts for token in text]
        reading.kinds, reading.title_kinds = self._kinds(words), self._kinds([token.key for token in self.texts[0]])
        reading.trade = self._trade()
        reading.weekdays = self._weekdays()
        reading.enquiry = next((word for word in words if word in self.lexicon["enquiries"]), "")
        waiting = [number for number in self._numbers() if not self._rated(number)]
        for number in self._without_rise(waiting):
            if number.value > 0:
                self._take(number)
        return reading

    def _kinds(self, words: list[str]) -> frozenset[str]:
        return frozenset(kind for word in words for kind in self.lexicon.words.of(word))

    def _weekdays(self) -> list[int]:
        """Return the days of the week of the title, or those of the description that are not said to be full."""
        for text in self.texts[:2]:
            named: dict[int, set[int]] = {}
            full = {token.clause for token in text if "booked" in self.lexicon.words.of(token.key)}
            for token in text:
                if days := self.lexicon.weekdays.get(token.key):
                    named.setdefault(token.clause, set()).update(days)
            free = {clause: days for clause, days in named.items() if clause not in full}
            chosen = free or (named if text is self.texts[0] else {})  # to fill a Monday is no full Monday
            if found := sorted({day for days in chosen.values() for day in days}):
                return found
        return []

    def _trade(self) -> str:
        """Return the trade that the texts name; the goal's own beats the organization's."""
        votes: Counter[str] = Counter()
        for weight, text in zip((2, 3, 0), self.texts, strict=True):
            words = [token.key for token in text if weight]
            for word in words:
                votes.update(dict.fromkeys(self._named(word), weight))
            for pair in pairwise(words):
                votes.update(dict.fromkeys(self._named("-".join(pair)), weight + 1))
        return votes.most_common(1)[0][0] if votes else self.goal.trade or "other"

    def _named(self, word: str) -> set[str]:
        found = self.lexicon.trades.of(word)
        for start in range(3, len(word) - 4) if self.language == "de" and not found else ():
            found = found or self.lexicon.trades.of(word[start:])
        return found

    def _numbers(self) -> Iterator[Number]:
        for place, text in enumerate(self.texts):
            sentences: dict[int, set[str]] = {}
            for token in text:
                sentences.setdefault(token.sentence, set()).add(token.key)
            for index, token in enumerate(text):
                if token.value is not None and not self._is_date(text, index):
                    yield self._number(text, index, token.value, sentences[token.sentence], in_title=place == 0)

    def _number(self, text: list[Token], index: int, value: Decimal, sentence: set[str], *, in_title: bool) -> Number:
        token, marks = text[index], self.lexicon["currencies.marks"]
        before = words_near(text, range(index - 1, max(-1, index - 1 - NEAR), -1), token)
        after = words_near(text, range(index + 1, min(len(text), index + 1 + NEAR)), token)
        money = any(near[:1] and near[0].key in marks for near in (before, after))
        percent = self._is_percent(after)
        self.reading.numbers.append(value)
        clean = [[each for each in near if each.key not in marks] for near in (before, after)]
        return Number(
            token,
            value,
            clean[0],
            clean[1][2 if percent == 2 else percent and 1 :],
            sentence,
            in_title,
            money,
            bool(percent),
            self._earlier(text, index),
        )

    def _earlier(self, text: list[Token], index: int) -> str:
        """Return the nearest noun in the plural before a number's own clause: the guitars of `guitars, 90 each`."""
        for token in reversed(text[max(0, index - NEAR) : index]):
            if token.sentence != text[index].sentence or token.value is not None:
                break
            known = self.lexicon.words.of(token.key) or token.key in self.lexicon.weekdays
            if not known and token.clause < text[index].clause and is_plural(token.text, self.language):
                return token.text
        return ""

    def _is_percent(self, after: list[Token]) -> int:
        """Return how many tokens behind a number make it a percentage."""
        if not after:
            return 0
        if after[0].key in self.lexicon["percent.words"]:
            return 1
        split = after[0].key in self.lexicon["percent.split"] and len(after) > 1
        return 2 if split and after[1].key in self.lexicon["percent.hundred"] else 0

    def _is_date(self, text: list[Token], index: int) -> bool:
        """Return whether a number is a year, a day of a month, or an ordinal."""
        token, value = text[index], text[index].value
        following = text[index + 1] if index + 1 < len(text) else None
        before = text[index - 1].key if index else ""
        if following and following.start == token.end and following.key in ORDINALS:
            return True
        months = self._months
        if before in months or (following and following.key in months):
            return True
        is_year = value is not None and value in YEARS and token.text.isdigit()
        return is_year and (following is None or (following.value is None and following.key in BEHIND_A_YEAR))

    @property
    def _months(self) -> frozenset[str]:
        return self.lexicon["months"]

    def _rated(self, number: Number) -> bool:
        """Take a percentage, or `3 of 10`: what it is a rate of is the nearest word that says so."""
        if not number.percent:
            return False
        share = number.value / 100
        near = {meaning for meanings in number.meanings(self.lexicon, before=False) for meaning in meanings}
        if {"not", "seen"} <= near:
            self._note_rate("overdue", share, number)
            return True
        for meanings in number.meanings(self.lexicon):
            for rate in self.lexicon.table["rates"]:
                if rate in meanings:
                    self._note_rate(rate, share, number)
                    return True
        return True

    def _note_rate(self, rate: str, share: Decimal, number: Number) -> None:
        """Note a rate; people who are overdue are those who do not return, unless it is about invoices."""
        if rate == "raise" and not self.lexicon["roles.prices"] & number.sentence:
            return
        if rate != "overdue":
            self.reading.rates.setdefault(rate, share)
        elif not self.lexicon["goals.invoices"] & set(number.sentence):
            self.reading.rates.setdefault("recall", 1 - share)

    def _without_rise(self, numbers: list[Number]) -> list[Number]:
        """Take `from 90 to 110`, and return the other numbers.

        It is a price that rises unless a noun follows (members), it is revenue, or it more than doubles or so.
        """
        origin, target = self.lexicon["rise.from"], self.lexicon["rise.to"]
        for first, second in pairwise(numbers):
            starts = bool(first.before) and first.before[0].key in origin
            follows = second.before[:1] and second.before[0].key in target
            if starts and follows and first.token.sentence == second.token.sentence and first.value != second.value:
                self._take_rise(first, second)
                return [number for number in numbers if number is not first and number is not second]
        return numbers

    def _take_rise(self, first: Number, second: Number) -> None:
        noun, more = self._noun(second), second.value - first.value
        if noun and not (second.money or self._per(second)) and more > 0:
            self.reading.counts.append(NounCount(more, noun, in_title=second.in_title))
            self.reading.counts.append(NounCount(first.value, noun))
        elif "revenue" in self.reading.kinds or second.value == self.goal.target_amount:
            period = self._period(second) or self._period(first) or "month"
            self.reading.revenue = PerPeriod(first.value, period).monthly
        elif second.value <= first.value * RISE_MAX:
            self.reading.rise = (first.value, second.value)

    def _take(self, number: Number) -> None:
        for reader in (self._owed, self._saved, self._standing, self._priced, self._counted):
            if reader(number):
                return

    def _owed(self, number: Number) -> bool:
        """Take an amount that others owe: no count of things, not by the month, in a sentence of invoices."""
        lexicon, reading = self.lexicon, self.reading
        noun = self._noun(number)
        counted = noun and not (number.money and "owed" in lexicon.words.of(noun.casefold()))
        if counted or not any("owed" in lexicon.words.of(word) for word in number.sentence):
            return False
        average = any("average" in meanings for meanings in number.meanings(lexicon, after=False))
        ours = {token.key for token in number.before} & lexicon["roles.owe_ourselves"]
        if average or self._period(number) or number.value < 20 or ("owe" in number.sentence and ours):
            return False
        reading.owed.append(number.value)
        return True

    def _standing(self, number: Number) -> bool:
        """Take revenue or a cost by the month."""
        period = self._period(number)
        meanings = set().union(*number.meanings(self.lexicon, after=not number.before or bool(period)))
        monthly = PerPeriod(number.value, period or "month").monthly
        if "margin" in meanings and not self._noun(number) and self._is_free(number):
            self.reading.profit = monthly
            return True
        so_far = bool(period) and "revenue" in self.reading.title_kinds and not self._noun(number)
        if (("revenue" in meanings and (period or number.money)) or so_far) and self._is_free(number):
            self.reading.revenue = monthly
            return True
        near = [*number.before, *number.after]
        named = [token for token in number.before if "cost" in self.lexicon.words.of(token.key)]
        if "hire" in self.reading.kinds:
            named += [token for token in near if token.key in self.lexicon["roles.wage"]]
        if not named and not number.in_title and {"save", "cost"} <= self.reading.title_kinds:
            named = [token for token in self.texts[0] if "cost" in self.lexicon.words.of(token.key)]
        if named and period in MONTHS_PER and self.reading.cost is None and self._is_free(number):
            self.reading.cost = (monthly, named[0].text)
            return True
        return False

    def _saved(self, number: Number) -> bool:
        """Take what can be put aside by the week or month."""
        near = {token.key for token in (*number.before, *number.after)}
        period = self._period(number)
        if not period or not near & self.lexicon["roles.aside"] or period not in MONTHS_PER:
            return False
        self.reading.saving = PerPeriod(number.value, period)
        return True

    def _is_free(self, number: Number) -> bool:
        return number.value not in (self.goal.target_amount, self.goal.current_amount)

    def _priced(self, number: Number) -> bool:
        """Take a price: 30 a bill, 120 each, a cut is 45, average job 8,500, day rate 600, 39 a month."""
        if not self._is_free(number):
            return number.in_title or number.money
        price = self._price(number)
        if price is None or (self.reading.price is not None and not (self.reading.price.per and not price.per)):
            return False
        self.reading.price = price
        return True

    def _price(self, number: Number) -> Price | None:
        lexicon, after = self.lexicon, number.after
        first = after[0].key if after else ""
        if first in lexicon["roles.each"] or (len(after) > 1 and after[1].key in lexicon["roles.each"]):
            return Price(number.value, self._named_before(number) or number.earlier)
        if first in lexicon["roles.head"]:
            return Price(number.value, after[0].text)
        if first in lexicon["roles.paid_for"] and len(after) > 2 and after[1].key in lexicon["roles.article"]:
            noun = head_noun([token.text for token in after[2:]], self.language, lexicon)
            if noun and noun.casefold() not in lexicon.periods:
                return Price(number.value, noun)
        per = self._per(number)
        if per:
            period = lexicon.periods.get(per.casefold(), "")
            if not period:
                return Price(number.value, per)
            if self._is_pace(number):
                return None
            time = period in ("hour", "day") or (period == "week" and self.reading.trade == "lodging")
            return Price(number.value, per if time else self._named_before(number), "" if time else period)
        return self._priced_before(number) if not self._noun(number) else None

    def _priced_before(self, number: Number) -> Price | None:
        lexicon = self.lexicon
        words = [token.key for token in number.before]
        beside = bool(words) and not number.in_title and (number.money or not number.after)
        beside = beside and (number.money or words[0] not in lexicon["roles.size"])
        usual = any("average" in lexicon.words.of(token.key) for token in number.after[:2])
        spent = set(words) & lexicon["roles.spends"] and not set(words) & lexicon["roles.owe_ourselves"]
        if not (set(words) & lexicon["roles.price"] or spent or ((beside or usual) and self._named_before(number))):
            return None
        named = self._named_before(number)
        dues = next((lexicon.dues[word] for word in words if word in lexicon.dues), "")
        if dues in ("week", "month", "year"):
            return Price(number.value, named, dues)
        time = dues or next((word for word in words if lexicon.periods.get(word) in ("hour", "day")), "")
        return Price(number.value, time if time and named.casefold() in {"", *lexicon.periods} else named)

    def _is_pace(self, number: Number) -> bool:
        """Return whether a bare number a period is how many, not how much: it says now, or there is a price already."""
        words = {token.key for token in (*number.after, *number.before)}
        return not number.money and bool(words & self.lexicon["roles.now"])

    def _per(self, number: Number) -> str:
        """Return the word after `a` or `per`, or after an article where the number is money."""
        after = number.after
        joining = self.lexicon["roles.per"] | (self.lexicon["roles.article"] if number.money else frozenset())
        if len(after) > 1 and (after[0].key in joining or after[0].text == "/"):
            return after[1].text
        return after[0].text if after and after[0].key in self.lexicon["roles.adverbs"] else ""

    def _period(self, number: Number) -> str:
        """Return the period that a number is for: `400 meals a day` is day."""
        for place, token in enumerate(number.after):
            joined = place and (
                number.after[place - 1].key in self.lexicon["roles.per"] | self.lexicon["roles.article"]
                or number.after[place - 1].text == "/"
            )
            if token.key in self.lexicon.periods and (joined or token.key in self.lexicon["roles.adverbs"]):
                return self.lexicon.periods[token.key]
        return ""

    def _noun(self, number: Number) -> str:
        return head_noun([token.text for token in number.after], self.language, self.lexicon)

    def _named_before(self, number: Number) -> str:
        """Return the noun that a price before it names: the cut of `a cut is 45`, the job of `average job 8,500`."""
        lexicon, words = self.lexicon, []
        for place, token in reversed(list(enumerate(number.before))):
            meanings = lexicon.words.of(token.key)
            plain = token.value is None and token.text.replace("-", "").isalpha() and len(token.text) > 2
            if plain and token.text[0].isupper() and self._is_place(number.before, place):
                continue
            if token.key == "schnitt" and [other.key for other in number.before[place + 1 :][:1]] == ["im"]:
                continue  # on average; elsewhere it is a cut
            said = meanings & {"price", "average", "per", "now", "cost", "spends"}
            if plain and not said and token.key not in lexicon["stop"]:
                words.append(token.text.removeprefix("er-"))  # of `10er-Kurs`
        if self.language == "en":  # the last one is what the others describe: a beginners course
            return words[-1] if words else ""
        return head_noun(words, self.language, lexicon) or (words[-1] if words else "")

    def _is_place(self, before: list[Token], place: int) -> bool:
        """Return whether a word with a capital names a place: the Leeds of `in Leeds`. German nouns all have one."""
        ahead = before[place + 1 : place + 2]
        return self.language != "de" and bool(ahead) and ahead[0].key in self.lexicon["roles.place_in"]

    def _counted(self, number: Number) -> bool:
        """Take so many of something, or how many come in a month by now."""
        noun, period, reading = self._noun(number), self._period(number), self.reading
        known = self.lexicon.periods.get(noun.casefold(), "") if noun else ""
        if known and not period:
            reading.periods.setdefault(known, number.value)
        elif noun and not noun.startswith("er-"):
            reading.counts.append(NounCount(number.value, noun, period or self._group(number), number.in_title))
            self._have(number)
        elif period and not number.money:
            reading.pace = PerPeriod(number.value, period)
        else:
            self._have(number)
        return True

    def _have(self, number: Number) -> None:
        """Take how many there are by now: 640 paying today, 110 readers pay already."""
        if not number.in_title and any({"have", "now"} & m for m in number.meanings(self.lexicon, before=False)):
            self.reading.have = number.value

    def _group(self, number: Number) -> str:
        after = number.after
        for place in range(1, len(after)):
            if after[place - 1].key in self.lexicon["roles.per"] and after[place].text.isalpha():
                return after[place].text
        return ""


BEHIND_A_YEAR = frozenset({".", ",", ";", ":", ")", "-", "and", "und", "et", "y", "e"})


def read(goal: GoalInput, language: str, brief: str = "") -> GoalReading:
    """Return what a goal's texts, and a brief, say."""
    return Reader(goal, language, brief).read()
