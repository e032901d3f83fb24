"""End gifts: accept, decline, expire or withdraw them, with their effect on tokens.

Every end is one compare and set under the lock of the gift's organization, so the first one wins and
whatever moves with it moves once. What a gifted pack means for its recipient is in `gifted_packs`.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from audit.actions import record
from marketplace.gifts import queries
from marketplace.gifts.events import GiftAccepted, GiftDeclined, GiftExpired, GiftExpiring, GiftWithdrawn
from marketplace.gifts.queries import REMIND_BEFORE
from marketplace.models.gifts import OPEN, Gift, GiftKind, GiftStatus
from plans.queries import entitlements
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.accounts.models import Role
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope, Source


class NotGiver(Forbidden):
    """Only owners give what belongs to the organization."""


class NotYours(Forbidden):
    """The gift is for somebody else."""


class GiftEnded(Conflict):
    """The gift was accepted, declined or withdrawn, or its time is over."""


def require_giver(caller: Caller) -> None:
    """Raise NotGiver unless the person is an owner."""
    if caller.role != Role.OWNER:
        raise NotGiver("Only an owner of the organization gives, and takes back. Ask one of them.")


def accept(*, caller: Caller, gift_id: UUID) -> Gift:
    """Accept a gift to the organization, as an owner, or to oneself.

    Raises NotFound, NotYours, GiftEnded; for a raise of a quota InsufficientTokens, Conflict without a quota.
    """
    with serialized():
        gift = _for(caller, gift_id)
        end(gift, GiftStatus.ACCEPTED, by=caller.user_id)
        hand_over(gift)
    return gift


def hand_over(gift: Gift) -> None:
    """Do what was accepted: grant tokens, or raise the quota; in the transaction of the acceptance."""
    if gift.kind == GiftKind.STAFF:
        ledger_actions.grant(source=Source.GIFT, tokens=gift.tokens, business_key=gift.business_key, reason=words(gift))
        return
    assert gift.subject_id is not None
    try:
        ledger_actions.raise_quota(
            scope=QuotaScope(gift.scope), subject_id=gift.subject_id, tokens=gift.tokens, reason=words(gift)
        )
    except NotFound as gone:
        raise Conflict(f"{gift.to_name} has no quota any more, and may use everything already.") from gone


def decline(*, caller: Caller, gift_id: UUID) -> Gift:
    """Decline a gift to the organization, as an owner, or to oneself. Raises NotFound, NotYours, GiftEnded."""
    with serialized():
        gift = _for(caller, gift_id)
        end(gift, GiftStatus.DECLINED, by=caller.user_id)
    return gift


def withdraw(*, caller: Caller, gift_id: UUID) -> Gift:
    """Take back what nobody accepted yet; a paid pack becomes the organization's own.

    Raises NotGiver, NotFound, GiftEnded.
    """
    require_giver(caller)
    with serialized():
        gift = queries.gift(gift_id)
        if gift.kind in (GiftKind.STAFF, GiftKind.RECEIVED):
            raise NotYours("You were given this, so you cannot take it back. You may decline what is offered.")
        end(gift, GiftStatus.WITHDRAWN, by=caller.user_id)
    return gift


def withdraw_offer(*, gift_id: UUID, reason: str) -> Gift:
    """Take back what Milepost offered and nobody accepted; for staff. Raises NotFound, GiftEnded, Invalid."""
    if not reason.strip():
        raise Invalid("Taking a gift back needs a reason.")
    with serialized():
        gift = queries.gift(gift_id)
        end(gift, GiftStatus.WITHDRAWN, reason=reason)
    return gift


def expire() -> int:
    """End the organization's gifts whose time is over; return how many."""
    with serialized():
        late = list(Gift.objects.filter(status=GiftStatus.OFFERED, expires_at__lte=database_now()))
        for gift in late:
            end(gift, GiftStatus.EXPIRED)
    return len(late)


def remind() -> int:
    """Record once for each gift of the organization that it will expire soon; return how many."""
    with serialized():
        now = database_now()
        waiting = Gift.objects.filter(status=GiftStatus.OFFERED, reminded_at=None, expires_at__gt=now)
        soon = list(waiting.filter(expires_at__lte=now + REMIND_BEFORE, created_at__lt=now - timedelta(days=1)))
        for gift in soon:
            again = {"mail_due_at": now} if gift.kind == GiftKind.PACK else {}
            Gift.objects.filter(id=gift.id).update(reminded_at=now, **again)
            record(GiftExpiring(**event_payload(gift)))
    return len(soon)


def _for(caller: Caller, gift_id: UUID) -> Gift:
    """Return a gift which the caller may accept or decline."""
    gift = Gift.objects.filter(id=gift_id).first()
    if gift is None:
        raise NotFound("There is no such gift.")
    if gift.kind == GiftKind.STAFF and caller.role == Role.OWNER:
        return gift
    if gift.kind == GiftKind.QUOTA and gift.subject_id == caller.user_id:
        return gift
    raise NotYours(f"This gift is for {gift.to_name}: it is not yours to accept or decline.")


ENDED_BY = {
    GiftStatus.ACCEPTED: GiftAccepted,
    GiftStatus.DECLINED: GiftDeclined,
    GiftStatus.EXPIRED: GiftExpired,
    GiftStatus.WITHDRAWN: GiftWithdrawn,
}
"""The event that records each end."""


def end(gift: Gift, status: GiftStatus, *, by: UUID | None = None, reason: str = "", **values: Any) -> None:
    """End a gift once, in the caller's transaction; a paid one that nobody took becomes the buyer's own pack.

    Raises GiftEnded when somebody was faster, or its time is over and it is not that which ends it.
    """
    now = database_now()
    waiting = Gift.objects.filter(id=gift.id, status__in=OPEN)
    if status in (GiftStatus.ACCEPTED, GiftStatus.DECLINED):
        waiting = Gift.objects.filter(id=gift.id, status=GiftStatus.OFFERED, expires_at__gt=now)
    if not waiting.update(status=status, ended_at=now, ended_by_id=by, mail_due_at=None, **values):
        raise _ended(gift)
    gift.refresh_from_db()
    if status != GiftStatus.ACCEPTED and gift.payment is not None:
        ledger_actions.grant(
            source=Source.PURCHASE,
            tokens=gift.tokens,
            business_key=gift.payment.business_key,
            reason="A gift that nobody took came back",
        )
    record(ENDED_BY[status](**event_payload(gift)), reason=reason)


def _ended(gift: Gift) -> GiftEnded:
    gift.refresh_from_db()
    how = {GiftStatus.UNPAID: "not paid yet", GiftStatus.OFFERED: "expired"}.get(GiftStatus(gift.status), gift.status)
    return GiftEnded(f"This gift is {how}. Nothing was changed.", gift_status=how)


def event_payload(gift: Gift) -> dict[str, Any]:
    """Return the event payload of a gift; `for_user` is the id of the person it is for, if it is for one.

    Who gave it to whom, and the note, are read from the gift when a notification is made: see `names_of`.
    """
    may_be: dict[str, Any] = {
        "expires_at": gift.expires_at,
        "for_user": gift.subject_id if gift.scope == QuotaScope.USER else None,
    }
    return {
        "gift": gift.id,
        "gift_kind": gift.kind,
        "tokens": gift.tokens,
        **{name: value for name, value in may_be.items() if value},
    }


def expiry(now: datetime) -> datetime:
    """Return until when a gift offered now can be accepted."""
    days = entitlements(tenancy.current_organization_id()).fetch().limit("gift_days")
    return now + timedelta(days=FOREVER_DAYS if days is None else min(days, FOREVER_DAYS))


FOREVER_DAYS = 36_500
"""Stands for a limit without value where a date is needed."""


def words(gift: Gift) -> str:
    """Return the reason that the ledger keeps for ever: no names, no text."""
    return {GiftKind.STAFF: "A gift from Milepost", GiftKind.QUOTA: "A gift within the team"}.get(
        GiftKind(gift.kind), "A gift from another organization"
    )
