"""Read overage: the agreement, and its use in this period."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from marketplace.models import Overage
from marketplace.queries import live_subscription
from plans.models import Subscription
from plans.periods import period_at
from plans.queries import entitlements
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from tokens import queries as ledger
from tokens.kinds import Source


@dataclass(frozen=True)
class OveragePeriod:
    """The billing period in which overage is used now, and the key of its tokens."""

    key: str
    ends_at: datetime


def unfinished_overage() -> Overage | None:
    """Return the agreement about overage, also one that is off while something of it can still be billed."""
    return Overage.objects.filter(finished_at=None).first()


def overage_period() -> OveragePeriod | None:
    """Return the present period of the paid subscription; None without one."""
    live = live_subscription()
    if live is None or live.plan_subscription_id is None:
        return None
    begun = Subscription.objects.filter(id=live.plan_subscription_id, ended_at=None).first()
    if begun is None:
        return None
    period = period_at(begun.anchor_at, database_now())
    return OveragePeriod(f"overage:{begun.id}:{period.starts_at:%Y-%m-%dT%H:%M:%SZ}", period.ends_at)


@dataclass(frozen=True)
class OverageStatus:
    """The status of overage in this period. `token_price` is the agreement's, else the plan's; None where none is sold.

    `used` tokens are charged for good, those in open holds are not yet.
    """

    agreement: Overage | None
    token_price: Decimal | None
    used: int
    held: int
    left: int
    ends_at: datetime | None

    @property
    def enabled(self) -> bool:
        """Return True if tokens are sold beyond all others."""
        return self.agreement is not None and self.agreement.enabled

    @property
    def price(self) -> str:
        """Return the price of a token as people read it: "$0.12", with more places where it has them."""
        price = self.token_price or Decimal(0)
        return f"${price:.2f}" if price == round(price, 2) else f"${price.normalize():f}"

    @property
    def amount(self) -> Decimal:
        """Return what the used tokens cost, as the bill rounds it."""
        return ((self.token_price or Decimal(0)) * self.used).quantize(Decimal("0.01"), ROUND_HALF_UP)


def overage() -> OverageStatus:
    """Return the agreement about overage with its use in this period."""
    agreement, period = unfinished_overage(), overage_period()
    sold_at = entitlements(tenancy.current_organization_id()).fetch().plan.overage_token_price
    stands = ledger.allotment(source=Source.OVERAGE, key=period.key) if period else ledger.Allotment(0, 0, 0)
    return OverageStatus(
        agreement=agreement or Overage.objects.first(),
        token_price=agreement.token_price if agreement else sold_at,
        used=stands.used,
        held=stands.held,
        left=stands.remaining,
        ends_at=period.ends_at if period else None,
    )
