"""Margins: revenue, AI cost and fees of plans, packs and overage. Pure; money is exact.

Margin = (revenue - AI cost) / revenue. The cost of a token is $0.01 by rule; the measured cost comes
from the providers' bills and is shown beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plans.price_book import FREE_PLAN, TRIAL_PLAN, PackTerms, PlanTerms, PriceBookTerms

TOKEN_COST = Decimal("0.01")
TARGET = Decimal("0.90")
"""Below this the monthly check raises an alert. Packs are below it by design: an emergency top-up."""


@dataclass(frozen=True)
class MarginLine:
    """Revenue, AI cost and payment fees, in dollars; `margin` is a fraction of the revenue, fees left out."""

    name: str
    revenue: Decimal
    cost: Decimal
    fees: Decimal = Decimal(0)

    @property
    def margin(self) -> Decimal | None:
        """Return the margin, or None without revenue."""
        return (self.revenue - self.cost) / self.revenue if self.revenue else None

    @property
    def after_fees(self) -> "MarginLine":
        """Return the same line with the fees among its cost."""
        return MarginLine(self.name, self.revenue, self.cost + self.fees)

    @property
    def percent(self) -> str:
        """Return the margin like "98.66 %"."""
        if self.margin is None:
            return "-"
        return f"{(self.margin * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)} %"

    @property
    def on_target(self) -> bool:
        """Return True if the margin is above the target; without revenue nothing may have been spent."""
        return not self.cost if self.margin is None else self.margin > TARGET


def plan_line(book: PriceBookTerms, plan: PlanTerms, *, count: int = 1) -> MarginLine:
    """Return the line of so many customers of a plan, for a month at full use, with the book's payment fee."""
    fees = book.fee.of(plan.monthly_price) * count
    return MarginLine(plan.name, plan.monthly_price * count, plan.monthly_tokens * count * TOKEN_COST, fees)


def pack_line(book: PriceBookTerms, pack: PackTerms, *, count: int = 1) -> MarginLine:
    """Return the line of so many sales of a pack, fully used."""
    fees = book.fee.of(pack.price) * count
    return MarginLine(f"{pack.name} pack", pack.price * count, pack.tokens * count * TOKEN_COST, fees)


def plan_lines(book: PriceBookTerms) -> list[MarginLine]:
    """Return each paid plan for a month at full use."""
    return [plan_line(book, plan) for plan in book.plans.values() if plan.monthly_price]


def pack_lines(book: PriceBookTerms) -> list[MarginLine]:
    """Return each pack, fully used."""
    return [pack_line(book, pack) for pack in book.packs.values()]


OVERAGE_TOKENS = 1000
"""So many overage tokens make a line of their own: one alone would earn fractions of a cent."""


def overage_line(name: str, token_price: Decimal) -> MarginLine:
    """Return the overage of the plan of this name."""
    revenue, cost = token_price * OVERAGE_TOKENS, OVERAGE_TOKENS * TOKEN_COST
    return MarginLine(f"{name} overage, {OVERAGE_TOKENS:,} tokens", revenue, cost)


def overage_lines(book: PriceBookTerms) -> list[MarginLine]:
    """Return the overage of each plan that sells it."""
    plans = book.plans.values()
    return [overage_line(plan.name, plan.overage_token_price) for plan in plans if plan.overage_token_price]


def trial_lines(book: PriceBookTerms) -> list[MarginLine]:
    """Return the first month after a trial, both at full use: what a trial costs is earned by who stays."""
    plan, tokens = book.plans.get(TRIAL_PLAN), book.plans[FREE_PLAN].limits.get("trial_tokens")
    if plan is None or not tokens:
        return []
    paid = plan_line(book, plan)
    # A plan that is below by itself is a line of its own already.
    trial = MarginLine(f"{plan.name} after a trial", paid.revenue, paid.cost + tokens * TOKEN_COST, paid.fees)
    return [trial] if paid.on_target else []


def lines(book: PriceBookTerms) -> list[MarginLine]:
    """Return everything that is sold, at full use."""
    return [*plan_lines(book), *pack_lines(book), *overage_lines(book)]


def scenario(book: PriceBookTerms, *, customers: Mapping[str, int], packs: Mapping[str, int]) -> MarginLine:
    """Return a month of so many customers by plan key and packs by pack key, all fully used."""
    sold = [plan_line(book, book.plans[key], count=count) for key, count in customers.items()]
    sold += [pack_line(book, book.packs[key], count=count) for key, count in packs.items()]
    counts = [*customers.items(), *packs.items()]
    return total(" + ".join(f"{count} {key}" for key, count in counts if count), sold)


def total(name: str, lines: Iterable[MarginLine]) -> MarginLine:
    """Return the lines as one."""
    every = list(lines)
    revenue, cost, fees = (
        sum((getattr(line, part) for line in every), Decimal(0)) for part in ("revenue", "cost", "fees")
    )
    return MarginLine(name, revenue, cost, fees)


def below_target(book: PriceBookTerms) -> list[MarginLine]:
    """Return what would earn less than the target."""
    return [line for line in lines(book) if not line.on_target]


def newly_below(lines: Iterable[MarginLine], current: PriceBookTerms) -> list[MarginLine]:
    """Return those lines not on target which are not sold at that price in `current`: what the price editor asks about.

    Packs are below by design, an emergency top-up: those in effect were decided on before.
    """
    decided = {(line.revenue, line.cost) for line in below_target(current)}
    return [line for line in lines if not line.on_target and (line.revenue, line.cost) not in decided]
