"""Sync subscriptions from Stripe: update the plan, the license and the allowance to what was paid."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from audit.actions import record
from licensing import actions as license_actions
from marketplace.models import StripeSubscription
from marketplace.stripe.customers import is_own_customer
from marketplace.stripe.gateway.snapshots import PAUSED, CustomerSnapshot, InvoiceSnapshot, SubscriptionSnapshot
from marketplace.stripe.objects import SUBSCRIPTION
from marketplace.subscriptions import months
from marketplace.subscriptions.events import (
    PaymentConfirmationNeeded,
    SubscriptionBegun,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionKept,
    SubscriptionNotBegun,
    SubscriptionScheduled,
    SubscriptionUnknownPrice,
    SubscriptionUpgraded,
)
from plans import actions as plans
from plans import anchors
from plans.agreements import price_changes
from plans.agreements.queries import open_change, plan_at
from plans.models import Subscription
from plans.price_book import FREE_PLAN
from plans.queries import current_book
from saas.accounts import queries as accounts
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError


def sync_subscription(subscription_id: str) -> StripeSubscription:
    """Ask Stripe about a subscription of this organization, apply the answer, and return the row."""
    SUBSCRIPTION.sync(subscription_id)
    return StripeSubscription.objects.get(subscription_id=subscription_id)


def apply_subscription(snapshot: SubscriptionSnapshot) -> None:
    """Bring the plan and the license to what Stripe says. The caller holds the organization's lock.

    A subscription that is not paid for the first time yet gives nothing, also while a debit is on its way. What the
    item's price says is the plan; a change that waits for its payment is no change, and its failure no overdue renewal.
    Raises UnknownPlan.
    """
    scheduled_plan_key, snapshot = snapshot.scheduled_plan_key, _with_known_plans(snapshot)
    before, row = _remember(snapshot)
    if row.duplicate or not (snapshot.is_live or snapshot.is_over):
        return
    if snapshot.is_over or (snapshot.cancels_at is not None and snapshot.cancels_at <= database_now()):
        _end(before, row)
    elif not (row.first_bill_open and row.plan_subscription_id is None):
        _follow_price(snapshot, is_scheduled=scheduled_plan_key == snapshot.plan_key)
        _go_on(before, row, snapshot)


def _follow_price(snapshot: SubscriptionSnapshot, *, is_scheduled: bool) -> None:
    """Postpone an announced price that Stripe neither bills nor has scheduled: a customer's change released it."""
    change = open_change()
    if change is None or change.starts_at is None or is_scheduled:
        return
    if snapshot.price_cents != change.monthly_price * 100:
        price_changes.postpone(change)


class UnknownPlan(DomainError):
    """A new subscription's price names no plan of the price book: nothing is begun until a person has mended it."""

    code, status, title = "unknown_plan", 409, "The price belongs to no plan"


def _with_known_plans(snapshot: SubscriptionSnapshot) -> SubscriptionSnapshot:
    """Return the snapshot without plans that the price book lacks; the last known plan stands in for such a price.

    A price made by hand in Stripe's dashboard must not stop renewals and failures from being followed. Staff are
    alerted once for each such price. Raises UnknownPlan for a subscription that was never seen with a plan.
    """
    plans_sold = current_book().plans
    before = StripeSubscription.objects.filter(subscription_id=snapshot.subscription_id).first()
    plan_key = snapshot.plan_key
    if plan_key not in plans_sold:
        if before is None or before.plan_key not in plans_sold:
            raise UnknownPlan(
                f"Subscription {snapshot.subscription_id} has the price {snapshot.price_id}, which names no plan here:"
                " give it the metadata `plan`."
            )
        if before.price_id != snapshot.price_id:
            record(
                SubscriptionUnknownPrice(
                    subscription=snapshot.subscription_id, price=snapshot.price_id, plan=before.plan_key
                )
            )
        plan_key = before.plan_key

    def known(key: str) -> str:
        return key if key in plans_sold else ""

    def with_known_plan(bill: InvoiceSnapshot) -> InvoiceSnapshot:
        return replace(bill, plan_key=known(bill.plan_key), from_plan_key=known(bill.from_plan_key))

    return replace(
        snapshot,
        plan_key=plan_key,
        # A price that is scheduled for the same plan is no other plan: see `price_changes`.
        scheduled_plan_key=known(snapshot.scheduled_plan_key) if snapshot.scheduled_plan_key != plan_key else "",
        pending_plan_key=known(snapshot.pending_plan_key),
        open_invoices=tuple(map(with_known_plan, snapshot.open_invoices)),
        paid_bills=tuple(map(with_known_plan, snapshot.paid_bills)),
    )


def _go_on(before: StripeSubscription | None, row: StripeSubscription, snapshot: SubscriptionSnapshot) -> None:
    """Update plan, license and allowance to what was paid.

    The order makes the tokens the same however late the event is: the month is granted as what it was billed for,
    only while nothing is overdue, and what was paid for in its middle comes on top.
    """
    present, paused = _begun(row, snapshot), None
    if present is not None:
        paused = months.paused_month(present, snapshot)
        months.follow(present, snapshot, was_paused=paused is not None)
        _follow_month(present, snapshot)
    _follow_payments(before, row, snapshot)
    _grant_allowance()
    if present is not None:
        if paused is not None:
            anchors.carry_over(present, paused=paused)
        present.refresh_from_db()
        _follow_changes(present, snapshot)


def _follow_payments(
    before: StripeSubscription | None, row: StripeSubscription, snapshot: SubscriptionSnapshot
) -> None:
    """Bring the license to day 0 of what is overdue, to its pause, or in order."""
    if row.paused_at is not None:
        if months.is_paid(snapshot):  # also where that was not heard of: it comes back when the plan goes on
            license_actions.payment_succeeded(reason="paid")
            _grant_allowance()
        license_actions.pause(at=row.paused_at, reason="paused")
        return
    if not snapshot.is_overdue:
        license_actions.resume(reason="resumed")
        license_actions.payment_succeeded(reason="paid")
        return
    if before and before.past_due_at and before.past_due_at != row.past_due_at:
        license_actions.payment_succeeded(reason="paid before the next renewal failed")
    license_actions.payment_failed(at=row.past_due_at, reason="renewal failed")


def _remember(snapshot: SubscriptionSnapshot) -> tuple[StripeSubscription | None, StripeSubscription]:
    """Save Stripe's snapshot; return the row before and after."""
    before = StripeSubscription.objects.filter(subscription_id=snapshot.subscription_id).first()
    newest = snapshot.open_invoices[-1] if snapshot.open_invoices else None
    was_unpaid = before is not None and (before.past_due_at is not None or before.ended_unpaid)
    values = {
        "item_id": snapshot.item_id,
        "price_id": snapshot.price_id,
        "billed_cents": snapshot.billed_cents,
        "plan_key": snapshot.plan_key,
        "status": snapshot.status,
        "anchor_at": before.anchor_at if before else snapshot.anchor_at,
        "paused_at": min(snapshot.paused_at, database_now()) if snapshot.paused_at else None,
        "quantity": snapshot.quantity,
        "held_back": snapshot.held_back,
        "held_back_by": snapshot.held_back_by,
        "cancels_at": snapshot.cancels_at,
        "cancel_reason": snapshot.cancel_reason,
        "schedule_id": snapshot.schedule_id,
        "scheduled_plan_key": snapshot.scheduled_plan_key,
        "pending_plan_key": snapshot.pending_plan_key,
        "open_invoice_id": newest.invoice_id if newest else "",
        "open_invoice_url": newest.hosted_url if newest else "",
        "open_invoice_cents": newest.due_cents if newest else None,
        "tried_card": snapshot.attempt.card if snapshot.attempt else "",
        "needs_customer": bool(snapshot.attempt and snapshot.attempt.needs_customer),
        "past_due_at": _past_due_at(before, snapshot),
        "overage_item_id": snapshot.overage_item_id,
        "ended_at": _ended_at(snapshot),
        "ended_unpaid": snapshot.is_over and was_unpaid,
        "method_id": snapshot.method_id,
        "method_kind": snapshot.method_kind,
        "processing_at": (before and before.processing_at) or database_now() if snapshot.is_processing else None,
        "first_bill_open": snapshot.is_unpaid,
    }
    if before is None or snapshot.status != PAUSED:
        values |= {"period_starts_at": snapshot.period_starts_at, "period_ends_at": snapshot.period_ends_at}
    if before is not None and snapshot.is_over:  # it says whether what ended was billed
        values |= {"paused_at": before.paused_at, "held_back": before.held_back}
    if before is None:
        values["duplicate"] = not snapshot.is_over and _others_live(snapshot)
    if snapshot.is_live and accounts.is_closed():
        values["duplicate"] = True
    row, _ = StripeSubscription.objects.update_or_create(
        organization_id=tenancy.current_organization_id(),
        subscription_id=snapshot.subscription_id,
        defaults=values,
    )
    _record_change(before, row)
    _ask_customer(before, row)
    months.report_odd_bills(before, row)
    return before, row


def _ask_customer(before: StripeSubscription | None, row: StripeSubscription) -> None:
    """Record once for each bill that its bank wants the customer to confirm."""
    asked = before is not None and before.needs_customer and before.open_invoice_id == row.open_invoice_id
    if row.needs_customer and not asked and not row.duplicate:
        plan = current_book().plans[row.pending_plan_key or row.plan_key]
        record(PaymentConfirmationNeeded(what=plan.name, bill_url=row.open_invoice_url))


def _ended_at(snapshot: SubscriptionSnapshot) -> datetime | None:
    """Return when it ended. One whose first payment failed never began and blocks no other."""
    if snapshot.is_over:
        return snapshot.ended_at or database_now()
    return None if snapshot.is_live else snapshot.anchor_at


def _others_live(snapshot: SubscriptionSnapshot) -> bool:
    others = StripeSubscription.objects.filter(ended_at=None, duplicate=False)
    return snapshot.is_live and others.exclude(subscription_id=snapshot.subscription_id).exists()


def _record_change(before: StripeSubscription | None, row: StripeSubscription) -> None:
    watched = (
        "plan_key",
        "status",
        "cancels_at",
        "cancel_reason",
        "scheduled_plan_key",
        "pending_plan_key",
        "duplicate",
    )
    now = {name: getattr(row, name) for name in watched}
    if before is None or now != {name: getattr(before, name) for name in watched}:
        record(SubscriptionChanged(subscription=row.subscription_id, **now))


def _past_due_at(before: StripeSubscription | None, snapshot: SubscriptionSnapshot) -> datetime | None:
    """Return day 0: when the first of the open renewals failed, by Stripe's time.

    While that one is open nothing moves it. When all that are open are younger than what was written down, that
    was paid meanwhile, and a new failure is a new day 0.
    """
    has_begun = before is not None and before.plan_subscription_id is not None
    if not snapshot.is_overdue or (snapshot.is_unpaid and not has_begun):
        return None
    known = before.past_due_at if before else None
    renewals = [bill.finalized_at for bill in snapshot.open_invoices if bill.is_renewal]
    paid_meanwhile = known is not None and bool(renewals) and min(renewals) > known
    return snapshot.first_failed_at if paid_meanwhile else known or snapshot.first_failed_at


def _end(before: StripeSubscription | None, row: StripeSubscription) -> None:
    """Return to the free plan. Nothing is overdue any more: what is not subscribed to is not owed.

    One that ended long ago says nothing of the one that came after it.
    """
    waited = before is not None and before.first_bill_open and before.ended_at is None
    if waited and row.plan_subscription_id is None and row.processing_at is None:  # else its money may still come
        record(SubscriptionNotBegun(what=current_book().plans[row.plan_key].name))
    if row.plan_subscription_id is None or _follows_another(before, row):
        return
    if Subscription.objects.filter(id=row.plan_subscription_id, ended_at=None).exists():
        plans.end_subscription(reason="subscription ended")
        record(SubscriptionEnded(what=current_book().plans[row.plan_key].name))
    license_actions.resume(reason="subscription ended")
    license_actions.payment_succeeded(reason="subscription ended")


def end_with_customer(snapshot: CustomerSnapshot) -> None:
    """End what a deleted customer had: Stripe cancelled it at once. The caller holds the organization's lock."""
    if not snapshot.deleted or not is_own_customer(snapshot.customer_id):
        return
    for before in StripeSubscription.objects.filter(ended_at=None):
        StripeSubscription.objects.filter(id=before.id).update(status="canceled", ended_at=database_now())
        row = StripeSubscription.objects.get(id=before.id)
        _record_change(before, row)
        if not row.duplicate:
            _end(before, row)


def _follows_another(before: StripeSubscription | None, row: StripeSubscription) -> bool:
    """Return True if the end was recorded already, or another subscription is live."""
    known = before is not None and before.ended_at is not None
    others = StripeSubscription.objects.filter(ended_at=None, duplicate=False)
    return known or others.exclude(id=row.id).exists()


def _begun(row: StripeSubscription, snapshot: SubscriptionSnapshot) -> Subscription | None:
    """Return the plan that the subscription pays for, begun by its first payment; None when another has taken over."""
    if row.plan_subscription_id is None:
        _begin(row, snapshot)
    present = Subscription.objects.filter(ended_at=None).first()
    return present if present is not None and present.id == row.plan_subscription_id else None


def _begin(row: StripeSubscription, snapshot: SubscriptionSnapshot) -> None:
    """Begin the plan that was paid; one that was given without payment ends with it."""
    plans.end_subscription(reason="a paid subscription begins")
    plan_key = _billed_plan(snapshot)
    begun = plans.subscribe(
        plan_key=plan_key,
        anchor_at=months.begins_at(snapshot),
        price=_price_of(plan_key, snapshot),
        nothing_before=months.nothing_before(snapshot),
        reason="subscription paid",
    )
    row.plan_subscription_id = begun.id
    StripeSubscription.objects.filter(id=row.id).update(plan_subscription_id=begun.id)
    plan = plan_at(begun, snapshot.plan_key, database_now())
    record(
        SubscriptionBegun(
            what=plan.name,
            tokens=plan.monthly_tokens,
            amount=plan.monthly_price,
            currency="usd",
            next_bill_at=snapshot.period_ends_at,
        )
    )


def _price_of(plan_key: str, snapshot: SubscriptionSnapshot) -> Decimal | None:
    """Return what the plan costs a month in dollars; None where Stripe's item is for another plan by now."""
    is_present = plan_key == snapshot.plan_key and snapshot.price_cents is not None
    return Decimal(snapshot.price_cents or 0) / 100 if is_present else None


def _billed_plan(snapshot: SubscriptionSnapshot) -> str:
    """Return the plan whose month was billed; what it was changed to since comes on top."""
    changes = [bill.from_plan_key for bill in snapshot.paid_bills if bill.is_upgrade]
    return [snapshot.plan_key, *changes[:1], *_billed_months(snapshot)][-1]


def _billed_months(snapshot: SubscriptionSnapshot) -> list[str]:
    """Return the plans that whole months were billed as, in their order."""
    return [bill.plan_key for bill in snapshot.paid_bills if bill.begins_period and bill.plan_key]


def _follow_month(present: Subscription, snapshot: SubscriptionSnapshot) -> None:
    """Make the plan what the present month was billed for; a change that was due and did not come about is off."""
    ranks, billed = _ranks(), _billed_plan(snapshot)
    due = present.scheduled_for is not None and present.scheduled_for <= database_now()
    if billed in _billed_months(snapshot) and ranks[snapshot.plan_key] >= ranks[billed] > ranks[present.plan_key]:
        _upgrade(present, billed, snapshot.period_starts_at, snapshot)
    elif ranks[snapshot.plan_key] < ranks[present.plan_key] and billed == snapshot.plan_key:
        plans.schedule_plan(plan_key=billed, at=snapshot.period_starts_at, reason="as billed")
    elif due and present.scheduled_plan_key != billed:
        plans.schedule_plan(plan_key=present.plan_key, reason="as billed")


def _follow_changes(present: Subscription, snapshot: SubscriptionSnapshot) -> None:
    """Make the plan what the item's price says: more from when on it was paid; less at the period's end.

    Events may be late. What Stripe billed shows since when a change holds.
    """
    ranks = _ranks()
    upgrades = [(bill.plan_key, bill.starts_at) for bill in snapshot.paid_bills if bill.is_upgrade and bill.plan_key]
    for plan_key, since in [*upgrades, (snapshot.plan_key, database_now())]:
        if ranks[snapshot.plan_key] >= ranks[plan_key] > ranks[present.plan_key]:
            _upgrade(present, plan_key, since, snapshot)
    later = FREE_PLAN if snapshot.cancels_at else snapshot.scheduled_plan_key or snapshot.plan_key
    if later != (present.scheduled_plan_key or present.plan_key):
        schedule(present.plan_key, later, reason="as scheduled with the subscription")


def _upgrade(present: Subscription, plan_key: str, since: datetime, snapshot: SubscriptionSnapshot) -> None:
    price = _price_of(plan_key, snapshot)
    is_paid = snapshot.held_back != "trial"
    brought = plans.upgrade(plan_key=plan_key, at=since, price=price, is_paid=is_paid, reason="upgrade paid")
    record(SubscriptionUpgraded(what=current_book().plans[plan_key].name, tokens=brought))
    present.refresh_from_db()


def _ranks() -> dict[str, int]:
    return {key: plan.rank for key, plan in current_book().plans.items()}


def schedule(present_key: str, later_key: str, *, reason: str) -> datetime:
    """Schedule a smaller plan, or with the present one undo that; record it, and return when the period ends."""
    ends_at = plans.schedule_plan(plan_key=later_key, reason=reason)
    present, later = (current_book().plans[key].name for key in (present_key, later_key))
    change = SubscriptionKept if present_key == later_key else SubscriptionScheduled
    record(change(what=present, later=later, ends_at=ends_at))
    return ends_at


def _grant_allowance() -> None:
    """Grant the present period's allowance; the hourly job and this meet at the same key."""
    subscription = Subscription.objects.filter(ended_at=None).first()
    if subscription is not None:
        plans.refresh(subscription=subscription, now=database_now())
