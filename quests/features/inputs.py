"""Inputs of prompts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256


@dataclass(frozen=True)
class GoalInput:
    """A goal as it stands today. `revenue` is what came in toward it: (day, amount), in its currency.

    `trade` is the organization's, a `saas.accounts.trades.Trade`; empty where nobody said.
    """

    title: str
    description: str
    target_amount: Decimal
    current_amount: Decimal
    currency: str
    due_on: date | None
    today: date
    revenue: tuple[tuple[date, Decimal], ...]
    business: str
    trade: str = ""


@dataclass(frozen=True)
class QuestRequest:
    """Ask for 1 to 3 quests, other than those the goal has had (latest first)."""

    goal: GoalInput
    count: int = 1
    previous_titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeadListRequest:
    """Ask whom to approach for a goal; `brief` is what the person typed, possibly nothing."""

    goal: GoalInput
    brief: str = ""


@dataclass(frozen=True)
class RevenueInput:
    """An organization's revenue as it stands today, in its currency.

    `by_month` holds what came in by the first day of each month that had entries, up to today, in order;
    `sources` the goals that brought most of the last 12 months, as (title, amount), and `recent_amount`
    what those months brought in all; `open_goals` what each active goal still lacks, and until when.
    """

    business: str
    currency: str
    today: date
    by_month: tuple[tuple[date, Decimal], ...]
    sources: tuple[tuple[str, Decimal], ...] = ()
    recent_amount: Decimal = Decimal(0)
    open_goals: tuple[tuple[Decimal, date | None], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return True if no month brought anything, so that there is nothing to forecast from."""
        return not any(amount for _, amount in self.by_month)


@dataclass(frozen=True)
class ForecastRequest:
    """Ask for the revenue of the next 1 to 24 whole months."""

    revenue: RevenueInput
    months: int

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256, in hexadecimal, of what the forecast is made from: equal ones make equal figures."""
        known = self.revenue
        begins = known.today.replace(day=1)
        goals = sorted(known.open_goals, key=str)
        made_from = (known.currency, begins, self.months, known.by_month, known.sources, goals)
        return sha256(repr(made_from).encode("utf-8", "surrogatepass")).hexdigest()
