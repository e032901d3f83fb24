"""What the planner knows, as tables: what words mean (lexicon), and how each language speaks of trades and plays.

Each table is read once, on first use; `load()` reads them all.
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "it")
HERE = Path(__file__).parent


class Words:
    """Words that mean something: whole ones, and beginnings, which end in a star."""

    def __init__(self, table: dict[str, list[str]]) -> None:
        self._whole: dict[str, set[str]] = {}
        self._begins: dict[str, set[str]] = {}
        for meaning, words in table.items():
            for word in words:
                of = self._begins if word.endswith("*") else self._whole
                of.setdefault(word.removesuffix("*"), set()).add(meaning)
        self._shortest = min(map(len, self._begins), default=99)
        self._longest = max(map(len, self._begins), default=0)

    def of(self, word: str) -> set[str]:
        """Return what a word in lower case means."""
        found = self._whole.get(word, set())
        for length in range(self._shortest, min(len(word), self._longest) + 1):
            if begun := self._begins.get(word[:length]):
                found = found | begun
        return found


@dataclass(frozen=True)
class Lexicon:
    """The meaning of words, in all languages together."""

    table: dict[str, Any]

    @cached_property
    def words(self) -> Words:
        """Roles, rates and kinds of goals by word."""
        return Words({**self.table["roles"], **self.table["rates"], **self.table["goals"]})

    @cached_property
    def periods(self) -> dict[str, str]:
        """`week` by each word for it."""
        return self._name_by_word("periods")

    @cached_property
    def dues(self) -> dict[str, str]:
        """The period of each word for what is charged by it, as `stundensatz` and `monthly`."""
        return self._name_by_word("dues")

    @cached_property
    def weekdays(self) -> dict[str, tuple[int, ...]]:
        """Days of the week by a word for one or several of them; Monday is 0."""
        table = self.table["weekdays"].items()
        return {word: tuple(map(int, days)) for days, words in table for word in words}

    @cached_property
    def multiples(self) -> dict[str, Decimal]:
        """What a word behind a number multiplies it by."""
        return self._by_word("multiples")

    @cached_property
    def ordinals(self) -> dict[str, Decimal]:
        """The fourth of `every fourth`."""
        return self._by_word("ordinals")

    @cached_property
    def parts(self) -> dict[str, Decimal]:
        """In how many parts a word parts something: `half` in two."""
        return self._by_word("parts")

    @cached_property
    def parts_of(self) -> dict[str, Decimal]:
        """The same for words that mean something else unless an `of` follows: `a quarter of`."""
        return self._by_word("parts_of")

    @cached_property
    def before_parts(self) -> frozenset[str]:
        """What stands for one before a part: a third, une moitié."""
        return self["fractions.one"] | self["roles.piece"]

    def _name_by_word(self, section: str) -> dict[str, str]:
        return {word: name for name, words in self.table[section].items() for word in words}

    def _by_word(self, name: str) -> dict[str, Decimal]:
        return {word: Decimal(value) for value, words in self.table[name].items() for word in words}

    @cached_property
    def numbers(self) -> dict[str, dict[str, Decimal]]:
        """Number words by language."""
        return {
            language: {word: Decimal(value) for value, words in table.items() for word in words.split()}
            for language, table in self.table["numbers"].items()
        }

    @cached_property
    def trades(self) -> Words:
        """Trades by the words that name them."""
        return Words({slug: words.split() for slug, words in self.table["trades"].items()})

    def __getitem__(self, name: str) -> frozenset[str]:
        """Return a plain set of words, like `stop`."""
        return _set(name)


@cache
def _set(name: str) -> frozenset[str]:
    section, _, key = name.partition(".")
    return frozenset(lexicon().table[section][key or "words"])


PlayStep = tuple[str, int, str, int]
"""Kind (`$` brings or saves money, `t` takes time), from how many weeks on, text, and weight or minutes."""


@dataclass(frozen=True)
class Play:
    """One way to close a gap, with a title, a reason and steps: see the head of `en.toml`."""

    key: str
    title: str
    why: str
    steps: tuple[PlayStep, ...]


@dataclass(frozen=True)
class LeadProfile:
    """One kind of lead. `weight` is its part of the value; `words` in goal or brief call for it."""

    key: str
    weight: int
    words: frozenset[str]
    name: str
    segment: str
    why: str
    channel: str
    first_message: str


@dataclass(frozen=True)
class Language:
    """How one language says it."""

    code: str
    table: dict[str, Any]

    @cached_property
    def phrases(self) -> dict[str, str]:
        """Sentences with gaps."""
        return dict(self.table["phrases"])

    @cached_property
    def plays(self) -> dict[str, Play]:
        """Plays by key."""
        return {
            key: Play(key, play["title"], play["why"], tuple(_step(line) for line in play["steps"]))
            for key, play in self.table["plays"].items()
        }

    @cached_property
    def titles(self) -> tuple[tuple[str, str], ...]:
        """Each play with the templates of its titles: a doubt has two, by what is known."""
        doubts = [("noplan", self.table["more"][name]) for name in ("doubt_title", "doubt_title_bare")]
        return *((key, play.title) for key, play in self.plays.items()), *doubts

    @cached_property
    def leads(self) -> tuple[LeadProfile, ...]:
        """Kinds of leads, in no order."""
        table = self.table["leads"].items()
        return tuple(
            LeadProfile(key, lead["weight"], frozenset(lead["words"].split()), *lead["text"]) for key, lead in table
        )

    @cached_property
    def nouns(self) -> dict[str, tuple[str, str]]:
        """Singular and plural of what is sold, by either in lower case."""
        pairs = (line.split("|") for line in self.table["nouns"]["pairs"])
        return {form.casefold(): (pair[0], pair[1]) for pair in pairs for form in pair}

    def trade(self, slug: str) -> dict[str, str]:
        """Return the vocabulary of a trade: people, units and where to find them."""
        return dict(zip(FIELDS, self.table["trades"].get(slug) or self.table["trades"]["other"], strict=True))


FIELDS = ("person", "people", "unit", "units", "offer", "ahead", "extra", "place", "partner")


def _step(line: str) -> PlayStep:
    """Read `$ 9 2 | text`: money from 9 weeks on with weight 2; `t 0 60 | text` takes 60 minutes."""
    head, _, text = line.partition(" | ")
    kind, weeks, number = head.split()
    return kind, int(weeks), text, int(number)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def lexicon() -> Lexicon:
    """Return the meaning of words."""
    return Lexicon({**_read("lexicon"), **_read("trades")})


@cache
def language(code: str) -> Language:
    """Return how a language says it."""
    return Language(code, _read(code))


@cache
def plays() -> dict[str, dict[str, Any]]:
    """Return when each play can be used."""
    return dict(_read("plays")["plays"])


def load() -> None:
    """Read every table, so that no request waits for it."""
    lexicon()
    plays()
    for code in LANGUAGES:
        language(code)
