"""The months of a plan as Stripe bills them: begun anew, paused, or paid by nobody. Staff are told of the last."""

from datetime import datetime, timedelta

from audit.actions import record
from licensing.queries import paused_since
from marketplace.models import StripeSubscription
from marketplace.stripe.gateway.snapshots import PAUSED, SubscriptionSnapshot
from marketplace.subscriptions.events import SubscriptionHeldBack, SubscriptionMonthsMoved, SubscriptionQuantityChanged
from plans import anchors
from plans.models import Subscription
from plans.periods import Period, period_at
from saas.kernel.clock import database_now

AFTER_BILL = timedelta(days=3)
"""Longer than a new month's bill takes until Stripe says whether it could be made final."""


def begins_at(snapshot: SubscriptionSnapshot) -> datetime:
    """Return the instant from which the plan's months are counted; a trial's is to come, clocks that differ are not."""
    now = database_now()
    return snapshot.anchor_at if snapshot.anchor_at > now + anchors.ABOUT else min(snapshot.anchor_at, now)


def nothing_before(snapshot: SubscriptionSnapshot) -> datetime | None:
    """Return until when no allowance is granted, because what it would be for is not paid; None where it is.

    A month whose bill staff voided or wrote off brings nothing. While a bill cannot be made final no month does.
    """
    if not snapshot.held_back:
        return None
    later = AFTER_BILL if snapshot.held_back == "bill_not_final" else timedelta(0)
    return snapshot.period_ends_at + later


def paused_month(present: Subscription, snapshot: SubscriptionSnapshot) -> Period | None:
    """Return the month in which the plan was paused, where it goes on now; call it before the months are followed."""
    since = paused_since() if snapshot.paused_at is None else None
    return period_at(present.anchor_at, since) if since else None


def follow(present: Subscription, snapshot: SubscriptionSnapshot, *, was_paused: bool) -> None:
    """Count the plan's months as Stripe does, and grant nothing for one that is not paid.

    The months of one that was paused begin anew when it is resumed: only others are told to staff.
    """
    anchors.grant_nothing_before(present, nothing_before(snapshot))
    if snapshot.status == PAUSED:
        return
    before = present.anchor_at
    if anchors.move_anchor(present, to=begins_at(snapshot), reason="as billed") and not was_paused:
        record(SubscriptionMonthsMoved(subscription=snapshot.subscription_id, from_=before, to=snapshot.anchor_at))


def is_paid(snapshot: SubscriptionSnapshot) -> bool:
    """Return True if the present month's own bill is paid."""
    return any(bill.begins_period for bill in snapshot.paid_bills)


def report_odd_bills(before: StripeSubscription | None, row: StripeSubscription) -> None:
    """Report to staff once for each bill, or trial, that a month brings no tokens, and of more than one plan billed."""
    if row.quantity != (before.quantity if before else 1):
        record(SubscriptionQuantityChanged(subscription=row.subscription_id, quantity=row.quantity))
    known = (before.held_back, before.held_back_by) if before else ("", "")
    if row.held_back and (row.held_back, row.held_back_by) != known and not row.paused_at:
        record(
            SubscriptionHeldBack(subscription=row.subscription_id, why=row.held_back, bill=row.held_back_by),
            reason="nothing is paid",
        )
