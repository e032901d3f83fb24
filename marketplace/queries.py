"""Reading the organization's money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from marketplace.models import (
    Customer,
    Order,
    OrderStatus,
    Overage,
    PaidSubscription,
    Payment,
    TopUp,
    present_mode,
)
from plans.models import Subscription
from plans.periods import period_at
from plans.price_book import FREE_PLAN, Pack
from plans.queries import current_book, entitlements
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import NotFound
from tokens import queries as ledger
from tokens.kinds import Source


@dataclass(frozen=True)
class Offer:
    """A pack for sale with the price of one token of it, in the currency."""

    pack: Pack
    token_price: Decimal


@dataclass(frozen=True)
class Billing:
    """What the billing page shows; None where there is nothing yet."""

    customer: Customer | None
    subscription: PaidSubscription | None
    topup: TopUp | None

    @property
    def card(self) -> str:
        """Return the saved card as people know it, or nothing."""
        card = self.customer
        return f"{card.card_brand.title()} ending in {card.card_last4}" if card and card.card_last4 else ""


def offers() -> list[Offer]:
    """Return the packs for sale, cheapest first."""
    packs: Sequence[Pack] = list(current_book().packs.values())
    return [Offer(pack, (pack.price / pack.tokens).quantize(Decimal("0.0001"))) for pack in packs]


def billing() -> Billing:
    """Return the organization's card, subscription and auto top-up."""
    mode = present_mode()
    return Billing(
        Customer.objects.filter(mode=mode).exclude(customer_id=None).first(),
        live_subscription(),
        TopUp.objects.filter(mode=mode).first(),
    )


def live_subscription() -> PaidSubscription | None:
    """Return the paid subscription that has not ended."""
    return PaidSubscription.objects.filter(mode=present_mode(), ended_at=None, duplicate=False).first()


def given_plan_ends_at() -> datetime | None:
    """Return when a plan that nobody pays for at Stripe ends, if its customer has left it."""
    leaving = Subscription.objects.filter(ended_at=None, scheduled_plan_key=FREE_PLAN)
    return leaving.values_list("scheduled_for", flat=True).first()


@dataclass(frozen=True)
class OveragePeriod:
    """The billing period in which overage is used now, and the key of its tokens."""

    key: str
    ends_at: datetime


def unfinished_overage() -> Overage | None:
    """Return the agreement about overage, also one that is off while something of it can still be billed."""
    return Overage.objects.filter(mode=present_mode(), finished_at=None).first()


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
    """How overage stands in this period. `token_price` is the agreement's, else the plan's; None where none is sold.

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
        """Tell whether tokens are sold beyond all others."""
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
    """Return what was agreed about overage and what has come of it in this period."""
    agreement, period = unfinished_overage(), overage_period()
    sold_at = entitlements(tenancy.current_organization_id()).fetch().plan.overage_token_price
    stands = ledger.allotment(source=Source.OVERAGE, key=period.key) if period else ledger.Allotment(0, 0, 0)
    return OverageStatus(
        agreement=agreement or Overage.objects.filter(mode=present_mode()).first(),
        token_price=agreement.token_price if agreement else sold_at,
        used=stands.used,
        held=stands.held,
        left=stands.remaining,
        ends_at=period.ends_at if period else None,
    )


def orders() -> QuerySet[Order]:
    """Return the organization's purchases, newest first, with what was paid for each."""
    return Order.objects.filter(mode=present_mode()).prefetch_related("payments").order_by("-id")


def order(order_id: UUID) -> Order:
    """Return a purchase with its payments; raise NotFound."""
    found = orders().filter(id=order_id).first()
    if found is None:
        raise NotFound("There is no such purchase.")
    return found


def order_under(request_key: str) -> Order | None:
    """Return the purchase that was made under an idempotency key, or None."""
    return orders().filter(request_key=request_key).first()


def payments() -> QuerySet[Payment]:
    """Return everything the organization paid, newest first."""
    return Payment.objects.filter(mode=present_mode()).order_by("-paid_at")


@dataclass(frozen=True)
class PackSales:
    """How packs sell between two instants. Needs the system context.

    `conversion` is paid orders per order begun, `repeat_rate` buyers with two paid orders or more per buyer.
    """

    begun: int
    paid: int
    buyers: int
    repeat_buyers: int
    revenue: Decimal
    reversed: Decimal

    @property
    def conversion(self) -> Decimal:
        """Return paid orders per order begun, from 0 to 1."""
        return _share(self.paid, self.begun)

    @property
    def repeat_rate(self) -> Decimal:
        """Return the share of buyers who came again, from 0 to 1."""
        return _share(self.repeat_buyers, self.buyers)


def pack_sales(*, since: datetime, until: datetime) -> PackSales:
    """Return how packs sold in `since <= begun < until`, over all organizations of the present mode."""
    begun = Order.objects.filter(mode=present_mode(), created_at__gte=since, created_at__lt=until)
    paid = Q(status=OrderStatus.PAID)
    totals = begun.aggregate(begun=Count("id"), paid=Count("id", filter=paid), revenue=Sum("amount", filter=paid))
    buyers = list(
        begun.filter(paid).values("organization_id").annotate(bought=Count("id")).values_list("bought", flat=True)
    )
    reversed_cents = Payment.objects.filter(order__in=begun).aggregate(cents=Sum("reversed_cents"))["cents"] or 0
    return PackSales(
        begun=totals["begun"],
        paid=totals["paid"],
        buyers=len(buyers),
        repeat_buyers=sum(bought > 1 for bought in buyers),
        revenue=totals["revenue"] or Decimal(0),
        reversed=Decimal(reversed_cents) / 100,
    )


def _share(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else Decimal(0)
