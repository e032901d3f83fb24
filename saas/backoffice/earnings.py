"""What the business really earned: money paid, tokens spent, and what AI cost, by rule and measured.

Needs the system context. Money is that of one mode; money of sandbox payments is labelled as such.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from marketplace.models.modes import present_mode
from plans.margins import TOKEN_COST, MarginLine
from plans.periods import months_after
from plans.price_book import PriceBookTerms
from plans.queries import current_book
from saas.backoffice.fetching import fetch
from saas.metering.operations import OPERATIONS

ORGANIZATIONS = 10
"""How many organizations are listed, those first that earned us the least."""


@dataclass(frozen=True)
class Earning:
    """What was paid for one thing and what it cost, in dollars.

    `measured` leaves out `unpriced` attempts, at models which nobody lists a price for. `attempts` and
    `unpriced` are fractions where one attempt served several buckets.
    """

    kind: str
    key: str
    name: str
    paid: Decimal
    reversed: Decimal
    fees: Decimal
    tokens: int
    attempts: Decimal
    measured: Decimal
    unpriced: Decimal

    @property
    def revenue(self) -> Decimal:
        """Return the amount paid less refunds, in dollars."""
        return self.paid - self.reversed

    @property
    def by_rule(self) -> MarginLine:
        """Return the line at the rule's cost of a token."""
        return MarginLine(self.name, self.revenue, self.tokens * TOKEN_COST, self.fees)

    @property
    def as_measured(self) -> MarginLine:
        """Return the line at the measured cost."""
        return MarginLine(self.name, self.revenue, self.measured, self.fees)

    @property
    def on_target(self) -> bool:
        """Return True if the margin is above the target both by rule and measured, fees left out."""
        return self.by_rule.on_target and self.as_measured.on_target


@dataclass(frozen=True)
class Earnings:
    """What was earned in since <= t < until with one mode's money."""

    mode: str
    since: datetime
    until: datetime
    book: PriceBookTerms
    total: Earning
    plans: list[Earning]
    packs: list[Earning]
    others: list[Earning]
    features: list[Earning]
    organizations: list[Earning]

    @property
    def measured_token_cost(self) -> Decimal | None:
        """Return what a token really cost, in dollars; None when none was spent."""
        return self.total.measured / self.total.tokens if self.total.tokens else None

    def sections(self) -> Iterator[tuple[str, list[Earning]]]:
        """Return the parts with their headings, the whole first."""
        yield "Everything", [self.total]
        yield "Plans", self.plans
        yield "Packs", self.packs
        yield "Other tokens: on trial, given, or overage, which is billed with the plan", self.others
        yield "Features, with their share of the revenue", self.features
        yield "Organizations that earned us the least", self.organizations


def earnings(*, since: datetime, until: datetime, organizations: int | None = ORGANIZATIONS) -> Earnings:
    """Return what was earned in the present mode; fees by the rule of the price book in effect now."""
    book, mode = current_book(), present_mode()
    rows = fetch(
        "earnings",
        mode=mode,
        since=since,
        until=until,
        fee_percent=book.fee.percent,
        fee_fixed=book.fee.fixed,
        token_cost=TOKEN_COST,
        organizations=organizations,
    )
    lines = [_earning(book, row) for row in rows]
    parts = {kind: _ordered(lines, kind) for kind in ("plan", "pack", "other", "feature", "organization")}
    [total] = [line for line in lines if line.kind == "total"] or [NOTHING]
    return Earnings(mode, since, until, book, total, *parts.values())


def measured_token_cost(*, since: datetime, until: datetime) -> Decimal | None:
    """Return what a token really cost in since <= t < until, in dollars; None when none was spent."""
    [(tokens, cost)] = fetch("token_cost", since=since, until=until)
    return Decimal(cost) / tokens if tokens else None


def month_of(day: date) -> tuple[datetime, datetime]:
    """Return the first instant of the day's month and of the next one, UTC."""
    since = datetime.combine(day.replace(day=1), time(), UTC)
    return since, months_after(since, 1)


ZERO = Decimal(0)
NOTHING = Earning("total", "", "Everything", ZERO, ZERO, ZERO, 0, ZERO, ZERO, ZERO)


def _earning(book: PriceBookTerms, row: tuple[Any, ...]) -> Earning:
    kind, key, organization, paid, reversed_, fees, tokens, attempts, measured, unpriced = row
    name = _name(book, kind, key, organization)
    return Earning(kind, key, name, paid, reversed_, fees, int(tokens), attempts, measured, unpriced)


def _name(book: PriceBookTerms, kind: str, key: str, organization: str | None) -> str:
    match kind:
        case "total":
            return "Everything"
        case "plan":
            return book.plans[key].name if key in book.plans else key or "Unknown plan"
        case "pack":
            return f"{book.packs[key].name} pack" if key in book.packs else key
        case "other" if key == "trial":
            return "Trials"
        case "feature" if not key:
            return "No feature was used"
        case "feature":
            return OPERATIONS[key].name if key in OPERATIONS else key
    return organization or key.capitalize()


def _ordered(lines: list[Earning], kind: str) -> list[Earning]:
    worst_first = kind == "organization"
    chosen = [line for line in lines if line.kind == kind]
    return sorted(chosen, key=lambda line: (line.by_rule.revenue - line.by_rule.cost) * (1 if worst_first else -1))
