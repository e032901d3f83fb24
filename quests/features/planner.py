"""The built-in planner: reads a goal, works out its sum, chooses plays, and writes them.

`Study` is one goal looked at once; everything in it is a pure function of the goal and its previous titles.
"""

import re
from collections.abc import Sequence, Set
from decimal import Decimal
from functools import cache, cached_property
from hashlib import sha256
from typing import Any

from quests.features.arithmetic import work_out
from quests.features.compose import URGENT_DAYS, Writer
from quests.features.details import GoalReading
from quests.features.inputs import GoalInput
from quests.features.knowledge import Language, Play, language, lexicon, plays
from quests.features.language import language_of
from quests.features.outlook import Outlook
from quests.features.reachable import MUST_BE_PAID
from quests.features.reading import read
from quests.features.speech import Speech
from quests.features.tokens import numbers_in
from quests.features.working import Working
from quests.providers.prompt import Content

WEEKS_DAYS = 42
SMALL, ROUGHLY = 3, Decimal("0.02")
"""Numbers up to so many stand in any prose; and how far off a figure may be that somebody rounded."""

NO_SALE = ("urgent", "reached", "cost", "spend", "heads")
"""Levers that no play for any sale suits, however often their own were used."""

UNREAD_LEVERS = ("general", "set_aside")
"""Levers that rest on the goal's amount and date alone."""


def stable_hash(goal: GoalInput, *salt: object) -> int:
    """Return a hash of the goal's own fields: the same at every call, whatever revenue it has."""
    parts = (goal.title, goal.description, goal.target_amount, goal.currency, goal.business, *salt)
    return int.from_bytes(sha256(repr(parts).encode(errors="replace")).digest()[:8])


class Study:
    """One goal, read and worked out."""

    def __init__(self, goal: GoalInput, brief: str = "") -> None:
        self.goal, self.brief = goal, brief
        self.outlook = Outlook(goal)
        self.language: Language = language(language_of(goal.title, goal.description))

    @cached_property
    def reading(self) -> GoalReading:
        """What the texts say."""
        return read(self.goal, self.language.code, self.brief)

    @cached_property
    def working(self) -> Working:
        """The sum."""
        return work_out(self.reading, self.outlook, self.language)

    @cached_property
    def writer(self) -> Writer:
        """Who writes it down."""
        return Writer(Speech(self.language, self.goal.currency), self.reading, self.outlook, self.working)

    @cached_property
    def figures(self) -> list[Decimal]:
        """Return the figures of the sum, of which an answer must use one; none where the texts hold no numbers.

        What every answer repeats anyway is left out: the amounts of the goal itself. Where days count, what is sold
        at what price counts no more.
        """
        is_unread = self.working.lever in UNREAD_LEVERS and not self.reading.saving
        is_urgent = self.urgency == "days" and self.working.lever != "collect"
        if not self.outlook.gap or is_unread or is_urgent:
            return []
        figures = [*self.working.figures, *filter(None, [self.working.reach])]
        return [figure for figure in dict.fromkeys(figures) if figure not in self._repeated]

    @property
    def _repeated(self) -> set[Decimal]:
        return {self.outlook.gap, self.goal.target_amount, self.goal.current_amount}

    @property
    def urgency(self) -> str:
        """Return in what time money must come: days, weeks or months."""
        days = self.outlook.days
        return "days" if days <= URGENT_DAYS else "weeks" if days <= WEEKS_DAYS else "months"

    def uses_figures(self, content: Content) -> bool:
        """Return True if a quest names one of the figures, roughly, or of the texts' own numbers, or there are none."""
        if not self.figures:
            return True
        said = " . ".join((content["title"], content["summary"], *(step["title"] for step in content["steps"])))
        found = numbers_in(said, lexicon(), self.language.code)
        own = (number for number in self.reading.numbers if number > SMALL and number not in self._repeated)
        known = [*self.figures, *own]
        return any(abs(number - figure) <= figure * ROUGHLY for figure in known for number in found)

    def choose(self, previous_titles: tuple[str, ...]) -> list[Play]:
        """Return the plays that suit, best first: unused ones, unused ones for any sale, those used longest ago."""
        lever = self._lever()
        suiting = {key for key, play in plays().items() if lever in play["levers"]}
        titles = _by_beginning(self.language.titles)
        used = [_play_of(title, titles, suiting) for title in previous_titles]

        def rank(key: str) -> tuple[bool, int, bool, int, int]:
            recent = used.index(key) if key in used else len(used)
            levers = table[key]["levers"]
            place = levers.index(lever) if lever in levers else -1
            lead = place if table[key].get("lead") in (True, lever) else len(levers)
            return key in used, -recent, key not in fitting, lead, stable_hash(self.goal, key)

        table = plays()
        fitting = [key for key, play in table.items() if key in suiting and self._fits(play)]
        hopeless = self.working.doubt is not None and (lever != "urgent" or self._is_nothing_to_bridge())
        if hopeless and lever != "reached":
            fitting.insert(0, "noplan")
        others = () if lever in NO_SALE else (key for key, play in table.items() if self._suits_any_sale(play))
        ranked = sorted({*fitting, *others}, key=rank)
        if lever == "urgent" and not used and not hopeless:
            ranked = sorted(ranked, key=self._urgency)
        return [self.language.plays[key] for key in ranked]

    def _suits_any_sale(self, play: dict[str, Any]) -> bool:
        return "general" in play["levers"] and play.get("lead") is not True and self._fits(play)

    def _is_nothing_to_bridge(self) -> bool:
        """Return whether what is wanted in days is a dream: it need not be paid, and nobody owes it."""
        return not (self.reading.kinds & MUST_BE_PAID or self.reading.owed or self.outlook.monthly_pace)

    def _urgency(self, key: str) -> int:
        order = ("collect_now", "bridge") if self.reading.owed else ("bridge", "collect_now")
        return order.index(key) if key in order else len(order)

    def _lever(self) -> str:
        if not self.outlook.gap:
            return "reached"
        return "urgent" if self.outlook.days <= URGENT_DAYS else self.working.lever

    def _fits(self, play: dict[str, Any]) -> bool:
        return bool(self.outlook.days >= play["days"])

    def write(self, play: Play) -> Content:
        """Return the quest that a play makes for this goal."""
        return {
            "title": self.writer.title(play),
            "summary": self.writer.summary(play),
            "steps": self.writer.steps(play),
        }


def _play_of(title: str, titles: Sequence[tuple[str, str, str]], suiting: Set[str]) -> str:
    """Return the play that wrote a title; one of those suiting the lever where only figures stand in it."""
    own = title.rpartition(": ")[2].casefold()  # no play's own title has a colon
    matching = [(template, key) for begins, template, key in titles if own.startswith(begins) and _is_of(template, own)]
    if matching:
        return max(matching, key=lambda each: (each[1] in suiting, _literal_length(each[0])))[1]
    return next((key for key in plays() if key in suiting and plays()[key].get("lead")), "")


@cache
def _by_beginning(titles: tuple[tuple[str, str], ...]) -> list[tuple[str, str, str]]:
    """Return each template after the words that it begins with, and its play; none without words of its own."""
    return [
        (parts[0], template, key)
        for key, template in titles
        for parts in [_own_words(template)]
        if any(len(part.strip()) > 3 for part in parts)
    ]


def _is_of(template: str, text: str) -> bool:
    """Return True if a title, without regard to case, goes on and ends as a template that it begins with."""
    parts = _own_words(template)
    place = len(parts[0])
    for part in parts[1:-1]:
        found = text.find(part, place + 1)
        if found < 0:
            return False
        place = found + len(part)
    return (len(parts) == 1 and len(text) == place) or (text.endswith(parts[-1]) and len(text) - len(parts[-1]) > place)


def _literal_length(title: str) -> int:
    """Return how much of a template is its own words: what matches more of them is the play."""
    return sum(map(len, _own_words(title)))


@cache
def _own_words(template: str) -> tuple[str, ...]:
    """Return what stands before, between and after a template's fields, without regard to case.

    A short word before a field is left out: it may be an article, which the noun changes.
    """
    *before, last = re.split(r"{[^}]{0,40}}", template.casefold())
    return *(re.sub(r"(?<![^ ])[^ ]{1,5} $", "", part) for part in before), last
