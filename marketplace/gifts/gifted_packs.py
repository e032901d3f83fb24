"""Gifted packs: offered when they are paid, taken or declined by their link, delivered to the recipient.

Note [Two organizations, one lock at a time]
    A gifted pack concerns its giver, whose payment may be refunded or disputed, and its recipient, whose
    bucket then shrinks or freezes. Nobody ever holds both organizations' locks. The giver's step writes what
    shall be: who took the gift, what of the payment is taken back. `deliver` then takes the recipient's lock, and
    only under it reads what the giver's row says, and brings the bucket there: targets, not increments. Whoever
    comes last has read the last word, so the two agree at last; a job delivers what a crash left undone.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast
from uuid import UUID

from django.db import DatabaseError
from django.db.models import F, Q

from audit.actions import record
from marketplace.gifts.endings import end, event_payload, expiry, require_giver, words
from marketplace.gifts.events import GiftOffered, GiftReceived
from marketplace.gifts.links import secret_of
from marketplace.gifts.queries import behind_link, received_as
from marketplace.models import PackOrder, Payment
from marketplace.models.gifts import Gift, GiftKind, GiftStatus
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.keys import secret_hash
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.actor import Actor, acting_as, current_actor
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, DomainError
from saas.kernel.items import for_each
from saas.kernel.transactions import run_after_commit
from tokens import actions as ledger_actions
from tokens.kinds import Source

logger = logging.getLogger(__name__)


def offer_paid(order: PackOrder, payment: Payment) -> Gift | None:
    """Offer the gift that the payment paid for, and return it if the order was one; in the giver's transaction.

    A gift that was withdrawn before it was paid is none: its pack is the buyer's own.
    """
    gift = Gift.objects.filter(order_id=order.id, status=GiftStatus.UNPAID).first()
    if gift is None:
        return None
    now = database_now()
    Gift.objects.filter(id=gift.id).update(
        status=GiftStatus.OFFERED,
        payment=payment,
        expires_at=expiry(now),
        mail_due_at=now,
        secret_hash=secret_hash(secret_of(gift.id)),
    )
    gift.refresh_from_db()
    record(GiftOffered(**event_payload(gift)))
    return gift


def accept_link(*, caller: Caller, secret: str) -> Gift:
    """Accept the pack behind a link for the caller's organization. The first organization gets it; safe to repeat.

    Raises NotGiver for who is no owner, NotFound, GiftEnded, Conflict in the giver's own organization.
    """
    gift = _behind(caller, secret)
    with _giver(gift):
        if not Gift.objects.filter(id=gift.id, recipient_id=caller.organization_id).exists():
            end(gift, GiftStatus.ACCEPTED, recipient_id=caller.organization_id)
            assert gift.payment_id is not None
            Payment.of_all_modes.filter(id=gift.payment_id).update(business_key=gift.business_key)
    deliver(gift)
    return received_as(gift)


def decline_link(*, caller: Caller, secret: str) -> None:
    """Decline the pack behind a link; it becomes its buyer's own. Raises as `accept_link` does."""
    gift = _behind(caller, secret)
    with _giver(gift):
        end(gift, GiftStatus.DECLINED)


def _behind(caller: Caller, secret: str) -> Gift:
    require_giver(caller)
    gift = behind_link(secret)
    if gift.organization_id == caller.organization_id:
        raise Conflict("This is your own gift: pass the link on, or withdraw it to keep the tokens.")
    return gift


@contextmanager
def _giver(gift: Gift) -> Iterator[None]:
    """Act for the giver, on the giver's lock; their audit log does not name people of another organization."""
    nobody = Actor(request_id=current_actor().request_id)
    with tenancy.organization(cast(UUID, gift.organization_id)), acting_as(nobody), serialized():
        yield


def given_away(payment: Payment) -> Gift | None:
    """Return the gift that the payment paid for, if another organization has it, before money is taken back.

    One that only waits is withdrawn: its pack becomes the buyer's own, and is treated like one from then on.
    """
    gift = Gift.objects.filter(payment_id=payment.id).first()
    if gift is not None and gift.status == GiftStatus.OFFERED:
        end(gift, GiftStatus.WITHDRAWN, reason="The payment was taken back.")
    return gift if gift is not None and gift.status == GiftStatus.ACCEPTED else None


def deliver_after_commit(gift: Gift) -> None:
    """Deliver once the giver's step is committed; what fails then is delivered by the next sweep."""
    run_after_commit(partial(_deliver_or_log, gift))


def deliver(given: Gift) -> None:
    """Bring the recipient's bucket to what the giver's rows say; see Note [Two organizations, one lock at a time]."""
    recipient_id = _now(given).recipient_id
    assert recipient_id is not None
    with tenancy.organization(recipient_id), serialized():
        gift = _now(given)
        assert gift.payment is not None
        clawed, frozen = gift.payment.clawed_tokens, gift.payment.disputed
        if ledger_actions.grant(
            source=Source.GIFT, tokens=gift.tokens, business_key=gift.business_key, reason=words(gift)
        ):
            _receive(gift)
        ledger_actions.claw(business_key=gift.business_key, tokens=clawed, reason=TAKEN_BACK)
        ledger_actions.freeze(business_key=gift.business_key, frozen=frozen, reason=TAKEN_BACK)
        Gift.objects.filter(request_key=gift.business_key).update(clawed_tokens=clawed, frozen=frozen)
        with tenancy.organization(cast(UUID, given.organization_id)):
            Gift.objects.filter(id=given.id).update(delivered_at=database_now(), clawed_tokens=clawed, frozen=frozen)


TAKEN_BACK = "The payment for this gift was disputed or taken back, or that was undone"


def _receive(gift: Gift) -> None:
    """Write what the recipient sees of the gift."""
    now = database_now()
    received = Gift.objects.create(
        kind=GiftKind.RECEIVED,
        status=GiftStatus.ACCEPTED,
        tokens=gift.tokens,
        from_name=gift.from_name,
        to_name=accounts.organization(tenancy.current_organization_id()).name,
        note=gift.note,
        request_key=gift.business_key,
        ended_by_id=current_actor().user_id,
        created_at=now,
        ended_at=now,
    )
    record(GiftReceived(**event_payload(received)))


def _now(given: Gift) -> Gift:
    """Return the giver's row as it is now."""
    with tenancy.organization(cast(UUID, given.organization_id)):
        gift: Gift = Gift.objects.select_related("payment").get(id=given.id)
    return gift


def _deliver_or_log(given: Gift) -> None:
    try:
        deliver(given)
    except (DomainError, DatabaseError):
        logger.exception("Gift %s could not be delivered, the next sweep does", given.id)


def deliver_undelivered() -> int:
    """Deliver what a crash, or another reversal meanwhile, left undone; return how many gifts."""
    behind = ~Q(clawed_tokens=F("payment__clawed_tokens")) | ~Q(frozen=F("payment__disputed"))
    with tenancy.system():
        taken = Gift.objects.filter(kind=GiftKind.PACK, status=GiftStatus.ACCEPTED)
        waiting = list(taken.filter(behind | Q(delivered_at=None)))
    return len(for_each("gifts: deliver", waiting, deliver, key=lambda gift: gift.id, complete=True))
