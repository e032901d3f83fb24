"""Simulate a month with given numbers of customers and packs, at the rule's and at the measured cost of a token."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from plans import margins
from plans.margins import TOKEN_COST, MarginLine
from plans.price_book import PriceBookTerms


@dataclass(frozen=True)
class Imagined:
    """A line by rule, and the same at the measured cost of a token; None while no token was spent."""

    by_rule: MarginLine
    measured: MarginLine | None


def simulate(
    book: PriceBookTerms, *, customers: Mapping[str, int], packs: Mapping[str, int], token_cost: Decimal | None
) -> list[Imagined]:
    """Return a line for each plan and pack that there is any of, all fully used, and the whole as the last."""
    lines = [margins.plan_line(book, book.plans[key], count=count) for key, count in customers.items() if count]
    lines += [margins.pack_line(book, book.packs[key], count=count) for key, count in packs.items() if count]
    return [_imagined(line, token_cost) for line in (*lines, margins.total("Everything", lines))]


def _imagined(line: MarginLine, token_cost: Decimal | None) -> Imagined:
    if token_cost is None:
        return Imagined(line, None)
    return Imagined(line, replace(line, cost=line.cost / TOKEN_COST * token_cost))
