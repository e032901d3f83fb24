"""Read gifts."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from marketplace.models.gifts import Gift, GiftKind, GiftStatus
from marketplace.models.modes import present_mode
from saas.accounts.callers import Caller
from saas.accounts.keys import secret_hash
from saas.accounts.models import Role
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import NotFound
from saas.kernel.transactions import Statement, run_batch

REMIND_BEFORE = timedelta(days=3)


def gifts() -> QuerySet[Gift]:
    """Return what the organization gave and was given, newest first."""
    paid_here = Q(order=None) | Q(order__mode=present_mode())
    return Gift.objects.filter(paid_here).select_related("order").order_by("-id")


def gift(gift_id: UUID) -> Gift:
    """Return a gift given by or to the organization; raise NotFound."""
    found = gifts().filter(id=gift_id).first()
    if found is None:
        raise NotFound("There is no such gift.")
    return found


def gift_under(request_key: str) -> Gift | None:
    """Return the gift that was made under an idempotency key, or None."""
    return Gift.objects.select_related("order").filter(request_key=request_key).first()


def waiting_for(caller: Caller) -> QuerySet[Gift]:
    """Return the gifts that the caller may accept or decline, the first to expire first."""
    mine = Q(kind=GiftKind.QUOTA, subject_id=caller.user_id)
    if caller.role == Role.OWNER:
        mine |= Q(kind=GiftKind.STAFF)
    return Gift.objects.filter(mine, status=GiftStatus.OFFERED, expires_at__gt=database_now()).order_by("expires_at")


def behind_link(secret: str) -> Gift:
    """Return the gifted pack that a link leads to: one that waits, or that the organization took itself.

    Raises NotFound: an unknown secret, one that is not paid and one that somebody else took answer the same.
    """
    waits = Q(status=GiftStatus.OFFERED, expires_at__gt=Now() + F("organization__clock_offset"))
    ours = Q(status=GiftStatus.ACCEPTED, recipient_id__isnull=False, recipient_id=tenancy.acting_for())
    hash = secret_hash(secret)
    [[(home,)]] = run_batch(Statement("SELECT marketplace_home_of_gift(%s)", (hash,)))
    with tenancy.organization(home) if home else tenancy.nobody():
        found = Gift.objects.filter(waits | ours, secret_hash=hash).first()
    if found is None:
        raise NotFound("This gift was taken, withdrawn or has expired, or the link is not whole. Ask who sent it.")
    return found


def received_as(gift: Gift) -> Gift:
    """Return the recipient's row of a pack that the organization took."""
    return Gift.objects.get(request_key=gift.business_key)


def names_of(gift_id: UUID) -> dict[str, str]:
    """Return the names and the note of a gift, to be shown with its event; nothing once it is deleted."""
    found = Gift.objects.filter(id=gift_id).first()
    if found is None:
        return {}
    names = {"from": found.from_name, "to": found.to_name, "note": found.note}
    return {**names, "gift_to": found.to_name} if found.kind == GiftKind.PACK else names


def due(within: timedelta = timedelta(0)) -> QuerySet[Gift]:
    """Return the gifts whose time is over, or will be; by their organizations' clocks, in the system context."""
    offered = Gift.objects.filter(status=GiftStatus.OFFERED).annotate(now=Now() + F("organization__clock_offset"))
    return offered.filter(expires_at__lte=F("now") + within)
