"""Give gifts: tokens offered by staff, quota offered to a colleague, or a pack ordered for another business."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from audit.actions import record
from marketplace.gifts.endings import end, event_payload, expiry, hand_over, require_giver
from marketplace.gifts.events import GiftOffered, GiftOrdered
from marketplace.gifts.links import secret_of
from marketplace.gifts.queries import gift_under
from marketplace.models import PackOrder
from marketplace.models.gifts import Gift, GiftKind, GiftStatus
from marketplace.packs import orders
from plans.queries import Entitlements, entitlements
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.keys import secret_hash
from saas.accounts.lock import serialized
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, Invalid, NotFound
from saas.kernel.ids import uuid7
from tokens import queries as ledger
from tokens.actions import insufficient
from tokens.kinds import QuotaScope

US = "Milepost"


class GiftCap(Invalid):
    """The gift is larger than a limit of the price book allows; `limit` names it."""

    title = "The gift is too large"


def offer_tokens(*, tokens: int, note: str, reason: str, by: UUID, request_key: str) -> Gift:
    """Offer the organization tokens of Milepost's, for an owner to accept; for staff, once per request key.

    Raises GiftCap, Invalid without a reason, OrganizationIsClosed.
    """
    if not reason.strip():
        raise Invalid("A gift needs a reason.")
    accounts.require_open()
    with serialized():
        made = gift_under(request_key)
        if made is not None:
            return made
        entitled = _entitled()
        _require_at_most(entitled, "gift_tokens_max", tokens, "tokens a gift")
        month = entitled.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        given = Gift.objects.filter(
            kind=GiftKind.STAFF, status__in=[GiftStatus.OFFERED, GiftStatus.ACCEPTED], created_at__gte=month
        )
        so_far = given.aggregate(tokens=Sum("tokens"))["tokens"] or 0
        _require_at_most(entitled, "gift_tokens_a_month_max", so_far + tokens, "gifted tokens a month")
        return _offer(
            now=entitled.now,
            reason=reason,
            kind=GiftKind.STAFF,
            tokens=tokens,
            note=note,
            offered_by_id=by,
            request_key=request_key,
            from_name=US,
            to_name=_here().name,
        )


def offer_quota(
    *,
    caller: Caller,
    scope: QuotaScope,
    subject_id: UUID,
    tokens: int,
    note: str = "",
    request_key: str | None = None,
) -> Gift:
    """Offer a member or a department of the organization a larger quota for the present period.

    A member accepts or declines; a department has nobody who could, so its gift is accepted at once.
    Raises NotGiver, NotFound, GiftCap, FeatureNotInPlan, InsufficientTokens, Conflict for whom no quota binds.
    """
    require_giver(caller)
    with serialized():
        made = gift_under(request_key) if request_key else None
        if made is not None:
            return made
        entitled = _entitled()
        if entitled.trial is not None:
            raise entitled.not_in_trial("gifts")
        if scope == QuotaScope.DEPARTMENT:
            entitled.require("departments")
        name = _subject(scope, subject_id)
        _require_at_most(entitled, "quota_gift_tokens_max", tokens, "tokens a gift to a colleague")
        if not ledger.quotas().filter(scope=scope, subject_id=subject_id).exists():
            raise Conflict(f"{name} has no quota, and may use everything already: there is nothing to give.")
        available = ledger.position().available
        if tokens > available:
            raise insufficient(needed=tokens, available=available)
        gift = _offer(
            now=entitled.now,
            kind=GiftKind.QUOTA,
            tokens=tokens,
            note=note,
            offered_by_id=caller.user_id,
            request_key=request_key,
            scope=scope,
            subject_id=subject_id,
            from_name=_here().name,
            to_name=name,
        )
        if scope == QuotaScope.DEPARTMENT:
            end(gift, GiftStatus.ACCEPTED, by=caller.user_id)
            hand_over(gift)
    return gift


def give_pack(
    *, caller: Caller, pack_key: str, email: str, note: str = "", request_key: str | None = None, new_card: bool = False
) -> Gift:
    """Buy a pack for the person at this address; it is offered to them once it is paid.

    Paid like any pack: see `orders.buy_pack` for the key, for what comes back and what is raised.
    """
    gift = order_gift(caller=caller, pack_key=pack_key, email=email, note=note, request_key=request_key)
    assert gift.order_id is not None
    orders.pay(caller=caller, order_id=gift.order_id, new_card=new_card)
    return Gift.objects.select_related("order").get(id=gift.id)


def order_gift(*, caller: Caller, pack_key: str, email: str, note: str, request_key: str | None) -> Gift:
    """Write a gift with its order; nothing is paid yet. Raises Conflict for a key that bought a pack of one's own."""
    with serialized():
        made = gift_under(request_key) if request_key else None
        if made is not None:
            return made
        if request_key and PackOrder.of_all_modes.filter(request_key=request_key).exists():
            raise Conflict("This key has bought a pack for yourselves already. Use a new one.")
        order = orders.place_order(caller=caller, pack_key=pack_key, request_key=request_key)
        gift_id = uuid7()
        gift = Gift.objects.create(
            id=gift_id,
            kind=GiftKind.PACK,
            status=GiftStatus.UNPAID,
            tokens=order.tokens,
            note=note,
            offered_by_id=caller.user_id,
            request_key=request_key,
            order=order,
            secret_hash=secret_hash(secret_of(gift_id)),
            from_name=_here().name,
            to_name=email,
        )
        record(GiftOrdered(**event_payload(gift), order=order.id))
    return gift


def _offer(*, now: datetime, reason: str = "", **values: Any) -> Gift:
    gift = Gift.objects.create(created_at=now, expires_at=expiry(now), **values)
    record(GiftOffered(**event_payload(gift)), reason=reason)
    return gift


def _require_at_most(entitled: Entitlements, limit: str, value: int, what: str) -> None:
    allowed = entitled.limit(limit)
    if allowed is not None and value > allowed:
        raise GiftCap(f"At most {allowed:,} {what} ({limit}); this would be {value:,}.", limit=limit, allowed=allowed)


def _subject(scope: QuotaScope, subject_id: UUID) -> str:
    """Return the name of a member or department of the organization; raise NotFound."""
    if scope == QuotaScope.DEPARTMENT:
        department = accounts.departments().filter(id=subject_id).first()
        name = department.name if department else None
    else:
        member = accounts.members().filter(user_id=subject_id).first()
        name = str(member.user) if member else None
    if name is None:
        raise NotFound("There is no such member or department.")
    return name


def _entitled() -> Entitlements:
    return entitlements(tenancy.current_organization_id()).fetch()


def _here() -> Organization:
    return accounts.organization(tenancy.current_organization_id())
