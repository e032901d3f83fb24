"""What is read of a goal's texts: prices, counts, rates, paces and debts, as they are said."""

from dataclasses import dataclass, field
from decimal import Decimal

MONTHS_PER = {
    "day": Decimal(22),
    "week": Decimal(52) / 12,
    "month": Decimal(1),
    "quarter": Decimal(1) / 3,
    "year": Decimal(1) / 12,
}
"""What a number a period is multiplied by to be one a month; days are those that are worked."""


@dataclass(frozen=True)
class PerPeriod:
    """So much a period, as it is said."""

    value: Decimal
    period: str

    @property
    def monthly(self) -> Decimal:
        """Return how much a month."""
        return self.value * MONTHS_PER.get(self.period, Decimal(1))


@dataclass(frozen=True)
class NounCount:
    """So many of something: `noun` as it is written, `per` a period or a group (`12 places a course`)."""

    value: Decimal
    noun: str
    per: str = ""
    in_title: bool = False


@dataclass(frozen=True)
class Price:
    """What one brings: `noun` as it is written, empty where it says `each`; `per` a period for what recurs."""

    value: Decimal
    noun: str = ""
    per: str = ""


@dataclass
class GoalReading:
    """Everything read, each part empty where the texts do not say it. Amounts of money and rates are Decimals."""

    trade: str = "other"
    price: Price | None = None
    counts: list[NounCount] = field(default_factory=list)
    rates: dict[str, Decimal] = field(default_factory=dict)
    owed: list[Decimal] = field(default_factory=list)
    revenue: Decimal | None = None
    cost: tuple[Decimal, str] | None = None
    rise: tuple[Decimal, Decimal] | None = None
    pace: PerPeriod | None = None
    profit: Decimal | None = None
    saving: PerPeriod | None = None
    have: Decimal | None = None
    weekdays: list[int] = field(default_factory=list)
    periods: dict[str, Decimal] = field(default_factory=dict)
    enquiry: str = ""
    kinds: frozenset[str] = frozenset()
    title_kinds: frozenset[str] = frozenset()
    numbers: list[Decimal] = field(default_factory=list)
