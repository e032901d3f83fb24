"""Auto top-up: off by default, one purchase for the whole gap, then a pause; a monthly cap, waits after declines."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from audit.actions import record
from marketplace.models import OPEN, OrderStatus, Origin, PackOrder, TopUp
from marketplace.packs.events import TopupBought, TopupChanged, TopupDeclined, TopupStopped
from marketplace.stripe.customers import require_payer
from marketplace.stripe.gateway.snapshots import PaymentSnapshot
from plans.queries import entitlements
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid

DECLINES_MAX = 4
FIRST_WAIT = timedelta(hours=1)
"""After the n-th decline the next try waits 4^(n-1) times this: 1, 4 and 16 hours; the 4th turns it off."""

FIRST_PAUSE = timedelta(hours=1)
"""After the n-th purchase of a day (UTC) the next one waits 2^(n-1) times this: five purchases a day at most."""


@dataclass(frozen=True)
class PackNeed:
    """How many of a pack an auto top-up should buy now."""

    pack_key: str
    quantity: int


def set_topup(*, caller: Caller, enabled: bool, pack_key: str, below_tokens: int, monthly_cap: Decimal) -> TopUp:
    """Turn auto top-up on or off and set its limits. Raises NotPayer, Invalid, FeatureNotInPlan in a trial."""
    require_payer(caller)
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    if enabled and entitled.trial is not None:
        raise entitled.not_in_trial("auto top-up")
    pack = entitled.book.packs.get(pack_key)
    if pack is None:
        raise Invalid(f"There is no pack {pack_key!r}.")
    if below_tokens < 1 or monthly_cap < pack.price:
        raise Invalid(f"Set a balance of at least 1 token, and a monthly cap of at least the pack's ${pack.price}.")
    values: dict[str, Any] = {
        "enabled": enabled,
        "pack_key": pack_key,
        "below_tokens": below_tokens,
        "monthly_cap": monthly_cap,
    }
    reset = {"declines": 0, "retry_at": None, "stopped_reason": "", "changed_by_id": caller.user_id}
    with serialized():
        topup, _ = TopUp.objects.update_or_create(
            organization_id=tenancy.current_organization_id(), defaults={**values, **reset}
        )
        record(TopupChanged(**values))
    return topup


def stop(*, reason: str) -> None:
    """Turn auto top-up off until a person turns it on again; the caller holds the organization's lock."""
    if TopUp.objects.filter(enabled=True).update(enabled=False, stopped_reason=reason):
        record(TopupStopped(why=reason), reason=reason)


def succeeded(order: PackOrder) -> None:
    """Reset the declines after a top-up was paid, and start the pause; in the transaction that credits it."""
    if order.origin == Origin.TOPUP:
        now = database_now()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        bought = PackOrder.objects.filter(origin=Origin.TOPUP, status=OrderStatus.PAID, paid_at__gte=today).count()
        pause = FIRST_PAUSE * 2 ** max(bought - 1, 0)
        TopUp.objects.update(declines=0, retry_at=now + pause)
        record(TopupBought(order=order.id, amount=order.amount))


def declined(order: PackOrder) -> None:
    """Wait longer after each decline, and stop after the last one allowed; the first and the last notify people."""
    with serialized():
        topup = TopUp.objects.get()
        wait = FIRST_WAIT * 4**topup.declines
        TopUp.objects.filter(id=topup.id).update(declines=F("declines") + 1, retry_at=database_now() + wait)
        if topup.declines == 0:
            record(TopupDeclined(order=order.id, what=order.pack_name, amount=order.amount, currency=order.currency))
        if topup.declines + 1 >= DECLINES_MAX:
            stop(reason="The payment was declined too often.")


def wanted(*, available: int, now: datetime) -> PackNeed | None:
    """Return the packs that close the gap to `below_tokens`, as many as the monthly cap allows, or None.

    None also while a purchase is in flight, during the pause after one, and while it waits after a decline.
    """
    topup = TopUp.objects.filter(enabled=True, below_tokens__gt=available).first()
    if topup is None or (topup.retry_at is not None and topup.retry_at > now):
        return None
    pack = entitlements(tenancy.current_organization_id()).fetch().book.packs.get(topup.pack_key)
    if pack is None or in_flight():
        return None
    gap = -(-(topup.below_tokens - available) // pack.tokens)
    quantity = min(gap, int((topup.monthly_cap - spent_this_month(now)) // pack.price))
    return PackNeed(pack.key, quantity) if quantity > 0 else None


def in_flight() -> bool:
    """Return True if a top-up is on its way."""
    return PackOrder.objects.filter(origin=Origin.TOPUP, status__in=OPEN).exists()


def spent_this_month(now: datetime) -> Decimal:
    """Return what top-ups cost since the first of the month (UTC), refunded ones and those on their way included."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    counted = PackOrder.objects.filter(origin=Origin.TOPUP, created_at__gte=month, status__in=[*OPEN, OrderStatus.PAID])
    return counted.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def stop_after_warning(snapshot: PaymentSnapshot) -> None:
    """Stop auto top-up because a bank fears fraud with a payment; it stays off until a person has looked."""
    stop(reason="A bank warned of fraud.")
