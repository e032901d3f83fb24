"""Read packs for sale and purchases."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from licensing.queries import LicenseStatus, license_status_from, payment_state
from marketplace.models import PackOrder
from plans.comparison import buys
from plans.price_book import PackTerms
from plans.queries import Entitlements, entitlements
from saas.kernel.errors import DomainError, NotFound
from saas.kernel.transactions import fetch_all

CONFIRMED_ABOVE = Decimal(100)
"""Dollars: what costs more is bought on a page of its own, which asks once."""

MONTH_DAYS = 30.4


@dataclass(frozen=True)
class Offer:
    """A pack for sale: how many quests it is, and how long it lasts at the pace; empty where there is none.

    `mark` says why it is the one to take, on one of the packs.
    """

    pack: PackTerms
    quests: str
    lasts: str
    mark: str

    @property
    def is_confirmed(self) -> bool:
        """Return True if it is not bought before a person was asked once more."""
        return self.pack.price > CONFIRMED_ABOVE

    @property
    def is_named_by_tokens(self) -> bool:
        """Return True if its name says how many tokens it has."""
        return f"{self.pack.tokens:,}" in self.pack.name


def offers(entitled: Entitlements, *, pace: float = 0.0) -> list[Offer]:
    """Return the packs for sale, cheapest first, at a pace of so many tokens a day.

    Marked is the smallest pack that lasts for a month, or the largest; without a pace the smallest.
    """
    packs = list(entitled.book.packs.values())
    prices = {key: price.value for key, price in entitled.prices.items()}
    month = (pack for pack in packs if pack.tokens >= pace * MONTH_DAYS)
    usual = next(month, packs[-1] if packs else None)
    mark = "Fits your pace" if pace else "Usual choice"
    return [
        Offer(pack, buys(pack.tokens, prices, "quest"), lasts(pack.tokens, pace), mark if pack is usual else "")
        for pack in packs
    ]


def lasts(tokens: int, pace: float) -> str:
    """Return how long so many tokens last at a pace of tokens a day: "about 4 months"; "" where nothing is spent."""
    if not pace:
        return ""
    days = max(1, round(tokens / pace))
    if days > 2 * 365:
        return "more than two years"
    return f"about {f'{days} days' if days > 1 else 'a day'}" if days <= 60 else f"about {days / MONTH_DAYS:.0f} months"


def terms_of(organization_id: UUID) -> tuple[Entitlements, LicenseStatus]:
    """Return what the organization's plan has and what its payments allow, in one round trip."""
    state, entitled = fetch_all(payment_state(organization_id), entitlements(organization_id))
    return entitled, license_status_from(state, entitled)


def refusal_of_packs(entitled: Entitlements, license_now: LicenseStatus) -> DomainError | None:
    """Return why no pack can be bought now, or None."""
    try:
        entitled.require("packs")
        license_now.require("ai")
    except DomainError as refusal:
        return refusal
    return None


def orders() -> QuerySet[PackOrder]:
    """Return the organization's purchases, newest first, with what was paid for each."""
    return PackOrder.objects.prefetch_related("payments").order_by("-id")


def order(order_id: UUID) -> PackOrder:
    """Return a purchase with its payments; raise NotFound."""
    found = orders().filter(id=order_id).first()
    if found is None:
        raise NotFound("There is no such purchase.")
    return found


def order_with_request_key(request_key: str) -> PackOrder | None:
    """Return the purchase that was made under an idempotency key, or None."""
    return orders().filter(request_key=request_key).first()
