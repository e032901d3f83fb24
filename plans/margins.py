"""What the business earns on a token. Pure; money is exact.

Margin = (revenue - AI cost) / revenue. The cost of a token is $0.01 by rule; the measured cost comes
from the providers' bills and is shown beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plans.price_book import PriceBook

TOKEN_COST = Decimal("0.01")
TARGET = Decimal("0.90")
"""Below this the monthly check raises an alert. Packs are below it by design: an emergency top-up."""


@dataclass(frozen=True)
class Line:
    """Revenue and cost at full use, in dollars; `margin` is a fraction of the revenue."""

    name: str
    revenue: Decimal
    cost: Decimal

    @property
    def margin(self) -> Decimal | None:
        """Return the margin, or None without revenue."""
        return (self.revenue - self.cost) / self.revenue if self.revenue else None

    @property
    def percent(self) -> str:
        """Return the margin like "98.66 %"."""
        if self.margin is None:
            return "-"
        return f"{(self.margin * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)} %"

    @property
    def on_target(self) -> bool:
        """Tell whether the margin is above the target."""
        return self.margin is None or self.margin > TARGET


def plan_lines(book: PriceBook) -> list[Line]:
    """Return each paid plan for a month at full use."""
    return [
        Line(plan.name, plan.monthly_price, plan.monthly_tokens * TOKEN_COST)
        for plan in book.plans.values()
        if plan.monthly_price
    ]


def pack_lines(book: PriceBook) -> list[Line]:
    """Return each pack, fully used."""
    return [Line(f"{pack.name} pack", pack.price, pack.tokens * TOKEN_COST) for pack in book.packs.values()]


OVERAGE_TOKENS = 1000
"""So many overage tokens make a line of their own: one alone would earn fractions of a cent."""


def overage_lines(book: PriceBook) -> list[Line]:
    """Return the overage of each plan that sells it."""
    return [
        Line(
            f"{plan.name} overage, {OVERAGE_TOKENS:,} tokens",
            plan.overage_token_price * OVERAGE_TOKENS,
            OVERAGE_TOKENS * TOKEN_COST,
        )
        for plan in book.plans.values()
        if plan.overage_token_price
    ]


def scenario(book: PriceBook, *, customers: Mapping[str, int], packs: Mapping[str, int]) -> Line:
    """Return a month of so many customers by plan key and packs by pack key, all fully used."""
    revenue = sum((book.plans[key].monthly_price * count for key, count in customers.items()), Decimal(0))
    revenue += sum((book.packs[key].price * count for key, count in packs.items()), Decimal(0))
    tokens = sum(book.plans[key].monthly_tokens * count for key, count in customers.items())
    tokens += sum(book.packs[key].tokens * count for key, count in packs.items())
    counts = [*customers.items(), *packs.items()]
    return Line(" + ".join(f"{count} {key}" for key, count in counts if count), revenue, tokens * TOKEN_COST)


def below_target(book: PriceBook) -> list[Line]:
    """Return what would earn less than the target: what the price editor warns of."""
    return [line for line in (*plan_lines(book), *pack_lines(book), *overage_lines(book)) if not line.on_target]
