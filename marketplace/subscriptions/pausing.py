"""Pause the paid plan and let it go on. See Note [Which pause] in `marketplace.stripe.gateway.pausing`."""

from contextlib import suppress
from datetime import datetime

from licensing.queries import paused_since
from marketplace.models import StripeSubscription
from marketplace.queries import live_subscription
from marketplace.stripe import gateway
from marketplace.stripe.concurrency import state_version
from marketplace.stripe.customers import ensure_customer, require_payer
from marketplace.stripe.gateway.snapshots import SubscriptionSnapshot
from marketplace.subscriptions.changes import PlanChangeResult
from marketplace.subscriptions.sync import sync_subscription
from plans.models import Subscription
from plans.periods import period_at
from saas.accounts.callers import Caller
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict


def pause(*, caller: Caller) -> PlanChangeResult:
    """Pause the paid plan now: AI off, nothing billed, nothing granted, nothing lost. Pausing again changes nothing.

    Raises NotPayer, PaymentsUnavailable, and Conflict without a paid plan, while a payment is overdue, and while a
    change of plan is planned.
    """
    require_payer(caller)
    live = _live()
    snapshot = gateway.subscription(live.subscription_id)
    if snapshot.paused_at is not None:
        sync_subscription(live.subscription_id)
        return PlanChangeResult("unchanged", snapshot.plan_key)
    _require_pausable(snapshot)
    if snapshot.schedule_id:  # an announced price: it is scheduled again for a later renewal
        gateway.release_schedule(schedule_id=snapshot.schedule_id)
    gateway.pause(subscription_id=live.subscription_id, key=f"pause:{live.subscription_id}:{state_version()}")
    row = sync_subscription(live.subscription_id)
    return PlanChangeResult("applied", row.plan_key, row.paused_at)


def resume(*, caller: Caller) -> PlanChangeResult:
    """Let the paused plan go on: in the month that was paid, or with a new month as soon as it is paid.

    What the month of the pause left unspent comes back with it. Resuming again changes nothing. Where the card does
    not pay, the result leads to the bill. Raises NotPayer, PaymentsUnavailable, and Conflict without a paid plan or a
    way to pay.
    """
    require_payer(caller)
    live = _live()
    snapshot = gateway.subscription(live.subscription_id)
    if snapshot.paused_at is None:
        sync_subscription(live.subscription_id)
        return PlanChangeResult("unchanged", snapshot.plan_key)
    with suppress(gateway.CardDeclined):
        _resume(snapshot)
    row = sync_subscription(live.subscription_id)
    if row.paused_at is None:
        return PlanChangeResult("applied", row.plan_key, database_now())
    if not row.open_invoice_url:
        raise Conflict("The payment did not go through, so the plan is still paused. Change the card, then resume it.")
    return PlanChangeResult("pay", row.plan_key, url=row.open_invoice_url)


def _resume(snapshot: SubscriptionSnapshot) -> None:
    key = f"resume:{snapshot.subscription_id}:{state_version()}"
    card = ensure_customer().payment_method_id
    begun = [bill for bill in snapshot.open_invoices if not bill.is_renewal]
    if snapshot.collection_paused or not begun:
        gateway.resume(snapshot=snapshot, month_is_paid=paid_until() is not None, key=key)
    for bill in begun:  # an earlier try, whose bill is still to be paid
        gateway.pay_invoice(invoice_id=bill.invoice_id, card=card, key=f"{key}:{bill.invoice_id}:{card}")


def paid_until() -> datetime | None:
    """Return when the month ends in which the plan was paused, while it runs; None where resuming begins a new one."""
    present, since = Subscription.objects.filter(ended_at=None).first(), paused_since()
    ends_at = period_at(present.anchor_at, since).ends_at if present and since else None
    return ends_at if ends_at and ends_at > database_now() else None


def _require_pausable(snapshot: SubscriptionSnapshot) -> None:
    if snapshot.is_overdue:
        raise Conflict("A payment is overdue. Pay it first, then pause the plan.")
    if snapshot.cancels_at is not None:
        raise Conflict("The plan ends by itself and is not billed again. Keep it first, then pause it.")
    if snapshot.pending_plan_key or snapshot.scheduled_plan_key not in ("", snapshot.plan_key):
        raise Conflict("A change of plan is planned. Undo it first, then pause the plan.")


def _live() -> StripeSubscription:
    live = live_subscription()
    if live is None:
        raise Conflict("There is no paid subscription to pause: nothing is billed.")
    return live
