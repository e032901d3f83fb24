"""Read packs for sale and purchases."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from licensing.queries import license_status
from marketplace.models import PackOrder
from plans.price_book import PackTerms
from plans.queries import current_book, entitlements
from saas.kernel.errors import DomainError, NotFound


@dataclass(frozen=True)
class Offer:
    """A pack for sale with the price of one token of it, in the currency."""

    pack: PackTerms
    token_price: Decimal


def offers() -> list[Offer]:
    """Return the packs for sale, cheapest first."""
    packs: Sequence[PackTerms] = list(current_book().packs.values())
    return [Offer(pack, (pack.price / pack.tokens).quantize(Decimal("0.0001"))) for pack in packs]


def refusal_of_packs(organization_id: UUID) -> DomainError | None:
    """Return why no pack can be bought now, or None."""
    try:
        entitlements(organization_id).fetch().require("packs")
        license_status().require("ai")
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
