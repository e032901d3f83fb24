"""Bring announced changes of prices to Stripe: scheduled for the renewal, undone when withdrawn.

A job that may run twice, late or not at all for a while: it compares what is wanted with what Stripe has. What was
missed comes with the next renewal. Nothing is changed in the middle of a paid period.
"""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Now

from marketplace.queries import live_subscription
from marketplace.stripe import gateway
from marketplace.stripe.concurrency import state_version
from marketplace.stripe.gateway.snapshots import SubscriptionSnapshot
from marketplace.subscriptions.queries import plan_price
from marketplace.subscriptions.sync import sync_subscription
from plans.agreements import custom, price_changes
from plans.agreements.queries import as_terms, open_change, withdrawn_change
from plans.models import Agreement
from plans.queries import current_book
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.items import for_each_organization

SCHEDULED_BEFORE = timedelta(days=3)
"""How long before its renewal a change is scheduled at Stripe: Stripe refuses other changes meanwhile."""


def follow_price_changes() -> int:
    """Bring every change that is due, and every withdrawal, to Stripe; return how many were worked at."""
    for_each_organization("end_custom_agreements", _ending(), custom.end)
    return sum(for_each_organization("follow_price_changes", _due(), follow_price_change))


def _ending() -> set[UUID]:
    """Return the organizations with custom agreements that end before a notice is over."""
    with tenancy.system():
        soon = Now() + F("organization__clock_offset") + price_changes.NOTICE
        ending = Agreement.objects.filter(subscription=None, starts_at__isnull=False, agreed_until__lte=soon)
        return set(ending.values_list("organization_id", flat=True))


def _due() -> set[UUID]:
    with tenancy.system():
        soon = Now() + F("organization__clock_offset") + SCHEDULED_BEFORE
        open_ = Agreement.objects.filter(announced_for__isnull=False, applied_at=None)
        due = open_.filter(Q(withdrawn_at__isnull=False) | Q(announced_for__lte=soon))
        return set(due.values_list("organization_id", flat=True))


def follow_price_change() -> bool:
    """Bring the organization's change of price a step on. Raises PaymentsUnavailable; then the next run does it."""
    live = live_subscription()
    if (withdrawn := withdrawn_change()) is not None:
        if live is not None:
            _unschedule(gateway.subscription(live.subscription_id))
        price_changes.forget_withdrawn(withdrawn)
    change = open_change()
    if change is None:
        return withdrawn is not None
    if live is None:  # nobody bills it: the plan was given
        assert change.announced_for is not None
        price_changes.begin(change, at=change.announced_for)
        price_changes.billed(change, now=database_now())
        return True
    _follow(change, gateway.subscription(live.subscription_id))
    return True


def withdraw_price_change(*, reason: str) -> bool:
    """Withdraw the organization's announced change, at Stripe first; return whether there was one.

    Raises Conflict once it has begun, PaymentsUnavailable; then nothing has changed.
    """
    change, live = open_change(), live_subscription()
    if change is None:
        return False
    if live is not None and not (change.starts_at and change.starts_at <= database_now()):
        _unschedule(gateway.subscription(live.subscription_id))
    withdrawn = price_changes.withdraw(reason=reason)
    with suppress(gateway.PaymentsUnavailable):  # the job looks again whether something was scheduled meanwhile
        follow_price_change()
    return withdrawn


def _follow(change: Agreement, snapshot: SubscriptionSnapshot) -> None:
    now = database_now()
    price_id = gateway.ensure_price(plan_price(as_terms(change).on(current_book().plans[change.plan_key])))
    has_begun = change.starts_at is not None and change.starts_at <= now
    if has_begun and snapshot.price_id == price_id:
        price_changes.billed(change, now=now)
        _unschedule(snapshot)
    elif _can_be_scheduled(change, snapshot):
        if snapshot.scheduled_price_id != price_id:
            key = f"price:{change.id}:{snapshot.subscription_id}:{state_version()}"
            gateway.reprice_later(snapshot=snapshot, price_id=price_id, key=key)
        row = sync_subscription(snapshot.subscription_id)
        if not has_begun and not price_changes.begin(change, at=row.period_ends_at):
            _unschedule(gateway.subscription(row.subscription_id))


def _can_be_scheduled(change: Agreement, snapshot: SubscriptionSnapshot) -> bool:
    """Return True for the renewal that it was announced for, or a later one that is near, of a plan that goes on."""
    assert change.announced_for is not None
    goes_on = (
        snapshot.paused_at is None
        and snapshot.cancels_at is None
        and snapshot.scheduled_plan_key in ("", change.plan_key)
    )
    is_paid = not snapshot.is_overdue and snapshot.plan_key == change.plan_key and not snapshot.pending_plan_key
    near = snapshot.period_ends_at - database_now() <= SCHEDULED_BEFORE
    return goes_on and is_paid and near and snapshot.period_ends_at >= change.announced_for


def _unschedule(snapshot: SubscriptionSnapshot) -> None:
    """Undo a schedule of the price, done or not; a scheduled smaller plan is the customer's own and stays."""
    if snapshot.schedule_id and snapshot.scheduled_plan_key in ("", snapshot.plan_key):
        gateway.release_schedule(schedule_id=snapshot.schedule_id)
        sync_subscription(snapshot.subscription_id)
