"""Amounts, numbers, dates and counted nouns as each language writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quests.features import words
from quests.features.knowledge import Language

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
