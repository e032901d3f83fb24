"""Announce that a customer's price changes with a renewal, and withdraw that; the bill follows where it is made.

Note [A price change in four steps]
    announced    staff say why; the owners hear of it; it is for the first renewal after the notice
    scheduled    shortly before that renewal it is scheduled where the bills are made, and then here: `starts_at`
    begun        at that instant, for every reader at once, since it is a row that begins then
    billed       Stripe has the new price: `applied_at`
    What is not scheduled any more is `postponed`: nobody gets the new tokens for the old price.
    A withdrawal before it began marks the row; who schedules it sees that nothing of it is left, and then the row goes.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from audit.actions import record
from plans.agreements import pinning, queries
from plans.events import PriceChangeAnnounced, PriceChanged, PriceChangeWithdrawn
from plans.models import Agreement, Subscription
from plans.periods import period_at
from plans.price_book import AgreedTerms, terms_of
from plans.queries import current_book, entitlements
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid

NOTICE = timedelta(days=30)
"""How long before its renewal a change is announced, if nobody says otherwise."""


def announce(
    *,
    terms: AgreedTerms,
    reason: str,
    notice: timedelta = NOTICE,
    agreed_until: datetime | None = None,
) -> Agreement:
    """Announce that the organization's plan costs and brings this from the first renewal after the notice on.

    Announcing the same again changes nothing. Raises Invalid without a reason, Conflict without a subscription to the
    plan, for what is agreed already, and beside another announced change.
    """
    if not reason.strip():
        raise Invalid("A change of the price needs a reason.")
    with serialized():
        now, subscription = entitlements(tenancy.current_organization_id()).fetch().now, _subscription(terms.plan_key)
        present = pinning.pinned(subscription, now)
        waiting = queries.open_change()
        if waiting is not None and queries.as_terms(waiting) == terms:
            return waiting
        if waiting is not None:
            raise Conflict("A change of the price is announced already. Withdraw it first.")
        if present == terms and not terms.is_custom:
            raise Conflict("The organization has exactly this already.")
        change = Agreement.objects.create(
            subscription=None if terms.is_custom else subscription,
            plan_key=terms.plan_key,
            announced_for=renewal_from(subscription, now + notice),
            agreed_until=agreed_until,
            reason=reason,
            **pinning.figures(terms),
        )
        before = {"before_amount": present.monthly_price, "before_tokens": present.monthly_tokens}
        record(PriceChangeAnnounced(**(pinning.event_of(change) | before)), reason=reason)
    return change


def move(*, plan_key: str, reason: str, notice: timedelta = NOTICE) -> Agreement:
    """Announce that the organization's plan is to cost and bring what the price book in effect says; see `announce`."""
    book = current_book()
    if plan_key not in book.plans:
        raise Invalid("The price book in effect does not sell this plan.")
    return announce(terms=terms_of(book.version, book.plans[plan_key]), reason=reason, notice=notice)


def next_renewal(plan_key: str, *, notice: timedelta) -> datetime | None:
    """Return when a change that is announced now would begin; None without a subscription to the plan."""
    subscription = Subscription.objects.filter(ended_at=None, plan_key=plan_key).first()
    return renewal_from(subscription, database_now() + notice) if subscription else None


def renewal_from(subscription: Subscription, at: datetime) -> datetime:
    """Return the first renewal at an instant or later."""
    period = period_at(subscription.anchor_at, max(at, subscription.anchor_at))
    return period.starts_at if period.starts_at == at else period.ends_at


def withdraw(*, reason: str) -> bool:
    """Withdraw the announced change; return whether there was one. Raises Conflict once it has begun."""
    if not reason.strip():
        raise Invalid("A withdrawal needs a reason.")
    with serialized():
        now, change = entitlements(tenancy.current_organization_id()).fetch().now, queries.open_change()
        if change is None:
            return False
        if change.starts_at is not None and change.starts_at <= now:
            raise Conflict("The new price has begun. Agree on another one instead.")
        Agreement.objects.filter(id=change.id).update(withdrawn_at=now, starts_at=None)
        record(PriceChangeWithdrawn(**pinning.event_of(change)), reason=reason)
    return True


def begin(change: Agreement, *, at: datetime) -> bool:
    """Let a change begin at the renewal it is scheduled for; return False if it was withdrawn meanwhile."""
    with serialized():
        return bool(_waiting(change).update(starts_at=at))


def postpone(change: Agreement) -> None:
    """Let a change wait for a later renewal: it is not scheduled any more where the bills are made."""
    with serialized():
        _waiting(change).update(starts_at=None)


def billed(change: Agreement, *, now: datetime) -> bool:
    """Write down that a change that has begun is what the customer pays; return whether this call did it."""
    with serialized():
        if not _waiting(change).filter(starts_at__lte=now).update(applied_at=now):
            return False
        record(PriceChanged(**pinning.event_of(change)), reason=change.reason)
    return True


def forget_withdrawn(change: Agreement) -> None:
    """Forget a withdrawn change, once nothing of it is scheduled any more."""
    with serialized():
        Agreement.objects.filter(id=change.id, withdrawn_at__isnull=False).delete()


def _waiting(change: Agreement) -> QuerySet[Agreement]:
    return queries.announced().filter(id=change.id, withdrawn_at=None)


def _subscription(plan_key: str) -> Subscription:
    subscription = Subscription.objects.filter(ended_at=None, plan_key=plan_key).first()
    if subscription is None:
        raise Conflict("The organization has no subscription to this plan, so no price of it changes.")
    return subscription
