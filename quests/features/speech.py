"""Amounts, numbers, dates and counted nouns as each language writes them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Any

from quests.features import words
from quests.features.knowledge import Language
from quests.features.outlook import cents

SEPARATORS = {"en": (",", "."), "de": (".", ","), "fr": (" ", ","), "es": (".", ","), "it": (".", ",")}
"""Of thousands and of decimals."""

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "CHF": "CHF"}


@dataclass(frozen=True)
class Speech:
    """Writes in one language, in one currency."""

    language: Language
    currency: str

    def number(self, value: Decimal | int) -> str:
        """Return `1,200`, or `1.200` in German; decimals only where there are some."""
        thousands, decimals = SEPARATORS[self.language.code]
        exact = Decimal(value).quantize(Decimal("0.01"))
        figure = f"{exact:,.2f}".rstrip("0").rstrip(".")
        return figure.translate({ord(","): thousands, ord("."): decimals})

    def money(self, amount: Decimal) -> str:
        """Return `$1,500`, or `1.500 €`: cents only where there are some."""
        if self.language.code == "en":
            return words.money(amount, self.currency).replace("\u00a0", " ")
        thousands, decimals = SEPARATORS[self.language.code]
        figure = f"{amount:,.2f}".removesuffix(".00").translate({ord(","): thousands, ord("."): decimals})
        return f"{figure} {SIGNS.get(self.currency, self.currency)}"

    def about(self, amount: Decimal) -> str:
        """Return an amount in round figures."""
        return self.money(words.round_figure(amount))

    def day(self, value: date) -> str:
        """Return `30 June 2027`, or `30. Juni 2027`."""
        table = self.language.table["dates"]
        first = table.get("first", "") if value.day == 1 else ""
        return str(table["day"]).format(day=first or value.day, month=table["months"][value.month - 1], year=value.year)

    def percent(self, share: Decimal) -> str:
        """Return `8%`, or `8 %` where the language writes a space."""
        figure = self.number(round(share * 100, 1 if abs(share) < Decimal("0.1") else 0))
        return f"{figure}{'' if self.language.code == 'en' else ' '}%"

    def listed(self, items: Sequence[str]) -> str:
        """Return `a, b and c`."""
        joining = str(self.language.phrases["and"])
        return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joining} {items[-1]}"

    def counted(self, count: int, forms: tuple[str, str]) -> str:
        """Return `1 guest`, `600 guests`."""
        return f"{self.number(count)} {forms[0] if count == 1 else forms[1]}"

    def time(self, minutes: int) -> str:
        """Return `2 hours` or `30 minutes`."""
        hours, rest = divmod(minutes, 60)
        table = self.language.table["dates"]
        return self.counted(minutes, table["minutes"]) if rest or not hours else self.counted(hours, table["hours"])

    def weekdays(self, days: Sequence[int]) -> str:
        """Return `Tuesdays and Wednesdays`."""
        table = self.language.table["dates"]
        if len(days) == 5 and days[-1] == 4:
            return str(table["working_days"])
        return self.listed([self.language.table["dates"]["weekdays"][day] for day in days])


ELISIONS = {
    "fr": (
        (re.compile(r"\b([Dd])e (?=[aeiouyéèêàâîôAEIOUÉ]|h(?:ô|eure|abi|uître|omme))"), r"\1'"),
        (re.compile(r"\b([Qq])ue (?=[aeiouéèê])"), r"\1u'"),
    ),
    "it": (
        (re.compile(r"\b([Ii])l (?=(8\d?|11)\b)"), "l'"),
        (re.compile(r"\b(al|dal|del) (?=(8\d?|11)\b)"), r"\1l'"),
        (re.compile(r"\bi (?=[aeiouàèéìòù]|s[bcdfglmnpqrtvz]|z|gn|ps)"), "gli "),
        (re.compile(r"\b(a|da|de|ne|su)i (?=[aeiouàèéìòù]|s[bcdfglmnpqrtvz]|z|gn|ps)"), r"\1gli "),
    ),
}
"""Where a gap's word decides how the word before it is written."""


def elided(text: str, code: str) -> str:
    """Return the text with `de` and `il` shortened before vowels, as French and Italian want it."""
    for pattern, short in ELISIONS.get(code, ()):
        text = pattern.sub(short, text)
    return text


class Filler(Formatter):
    """Fills the gaps of one language's phrases; how a value is written stands in the gap, see `en.toml`."""

    def __init__(self, speech: Speech) -> None:
        self.speech, self.language = speech, speech.language

    def fill(self, text: str, /, **values: Any) -> str:
        """Return a text with its gaps filled."""
        return elided(self.vformat(text, (), values), self.language.code)

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Write a value as money, number, percentage, date, days, amounts in a row, months, or one of two forms."""
        speech = self.speech
        match format_spec:
            case "m":
                return speech.money(cents(value))
            case "a":
                return speech.about(cents(value))
            case "n":
                return speech.number(value)
            case "p":
                return speech.percent(value)
            case "d":
                return speech.day(value)
            case "l":
                return speech.listed([speech.money(each) for each in value])
            case "w":
                return speech.weekdays(value)
            case "month":
                return speech.counted(int(value), self.periods("month"))
            case "name":
                return self.language.table["dates"]["months"][value.month - 1]
        return value[int(format_spec)] if format_spec else str(value)

    def periods(self, period: str) -> tuple[str, str]:
        """Return the forms of day, week, month and so on."""
        one, several = self.language.table["periods"][period].split("|")
        return one, several
