"""Figures of the business, of packs, and of organizations that ran out of tokens, by a few set-based queries.

Needs the system context. Money is that of the present mode.
"""

import json
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.models.modes import present_mode
from plans.price_book import FREE_PLAN
from plans.queries import current_book
from saas.backoffice.fetching import fetch

STAGES = ("grace", "offline", "suspended")

EXHAUSTED_MAX = 200
"""How many organizations that ran out are listed; those who did nothing about it come first."""


@dataclass(frozen=True)
class BusinessFigures:
    """Figures of the business, in dollars and whole tokens. Flows are between two instants, the rest is now.

    Of the customers who pay now, `overdue_stages` has how many are overdue and their MRR by the license's stage;
    those who cancel or change to a cheaper plan at the period's end still pay. Of those who churned, `churned_unpaid`
    did not pay; `passed` came and left between the instants, and so are in no churn. `mrr_contracted` of those
    who changed to a cheaper plan is at what they had agreed to. Those who paused pay nothing meanwhile; `mrr_paused` is
    what they are billed when they go on. Trials are no customers: some were begun, some became a
    plan, and some run now.
    """

    customers: int
    mrr: Decimal
    overdue: int
    mrr_overdue: Decimal
    customers_before: int
    churned: int
    granted: int
    burnt: int
    expired: int
    clawed: int
    outstanding: int
    debt: int
    overdue_stages: dict[str, tuple[int, Decimal]]
    cancelling: int
    mrr_cancelling: Decimal
    downgrading: int
    mrr_downgrading: Decimal
    churned_unpaid: int
    mrr_churned: Decimal
    passed: int
    contracted: int
    mrr_contracted: Decimal
    trials_begun: int
    trials_running: int
    trials_upgraded: int
    paused: int
    mrr_paused: Decimal

    @property
    def arpu(self) -> Decimal | None:
        """Return the average revenue a month of a paying customer; None without any."""
        return self.mrr / self.customers if self.customers else None

    @property
    def churn(self) -> Decimal | None:
        """Return the share of the customers before who pay no more; None when there were none."""
        return _share(self.churned, self.customers_before)

    @property
    def mrr_lost(self) -> Decimal:
        """Return the MRR lost to churn and to cheaper plans."""
        return self.mrr_churned + self.mrr_contracted

    @property
    def churned_by_choice(self) -> int:
        """Return how many churned customers had no overdue payment."""
        return self.churned - self.churned_unpaid


@dataclass(frozen=True)
class PackMonth:
    """How one pack sold among the orders begun in one month."""

    month: datetime
    pack_key: str
    pack_name: str
    begun: int
    paid: int
    buyers: int
    again: int
    revenue: Decimal
    reversed: Decimal

    @property
    def conversion(self) -> Decimal | None:
        """Return paid orders per order begun."""
        return _share(self.paid, self.begun)

    @property
    def repeat_rate(self) -> Decimal | None:
        """Return the share of the buyers who had bought a pack before."""
        return _share(self.again, self.buyers)


@dataclass(frozen=True)
class Exhausted:
    """An organization that was refused for want of tokens, and what it did afterwards; its plan is the one on trial."""

    organization_id: UUID
    name: str
    plan_key: str
    refusals: int
    first_at: datetime
    last_at: datetime
    available: int
    packs: int
    spent: Decimal
    upgraded_to: str
    bought_at: datetime | None
    on_trial: bool

    @property
    def converted(self) -> bool:
        """Return True if it bought a pack or a larger plan since."""
        return bool(self.packs or self.upgraded_to)

    @property
    def bought_after(self) -> timedelta | None:
        """Return how long after the first refusal it bought a pack."""
        return self.bought_at - self.first_at if self.bought_at else None


def business(*, since: datetime, until: datetime) -> BusinessFigures:
    """Return the figures of the business; churn and flows of tokens are those of since <= t < until."""
    prices = {key: str(plan.monthly_price) for key, plan in current_book().plans.items()}
    [row] = fetch("state", mode=present_mode(), since=since, until=until, prices=json.dumps(prices))
    known = dict(zip([field.name for field in fields(BusinessFigures)], row, strict=True))
    stages = json.loads(known["overdue_stages"], parse_float=Decimal)
    ordered = {stage: (count, Decimal(mrr)) for stage in STAGES if stage in stages for count, mrr in [stages[stage]]}
    return BusinessFigures(**{**known, "overdue_stages": ordered})


def pack_months(*, since: datetime) -> list[PackMonth]:
    """Return how packs sold among the orders begun since, by month and pack, newest month first."""
    return [PackMonth(*row) for row in fetch("packs", mode=present_mode(), since=since)]


def exhausted(*, since: datetime) -> list[Exhausted]:
    """Return organizations that ran out of tokens since, those first that have neither bought nor upgraded."""
    ranks = {key: plan.rank for key, plan in current_book().plans.items()}
    rows = fetch(
        "exhaustion",
        mode=present_mode(),
        since=since,
        ranks=json.dumps(ranks),
        free_plan=FREE_PLAN,
        limit=EXHAUSTED_MAX,
    )
    return [Exhausted(*row) for row in rows]


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None
