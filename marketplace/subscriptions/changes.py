"""Subscribe to paid plans, change and cancel them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from audit.actions import record
from licensing import actions as license_actions
from licensing.queries import license_status
from marketplace.models import DEBITS, StripeSubscription
from marketplace.models.cancelling import CancelReason
from marketplace.stripe import gateway, return_urls
from marketplace.stripe.concurrency import state_version
from marketplace.stripe.customers import ensure_customer, is_own_customer, require_payer
from marketplace.stripe.gateway.snapshots import Quote, SubscriptionSnapshot
from marketplace.stripe.objects import CHECKOUT
from marketplace.subscriptions.events import SubscriptionEnded
from marketplace.subscriptions.queries import plan_price
from marketplace.subscriptions.sync import schedule, sync_subscription
from plans import actions as plans
from plans import changes
from plans.agreements.queries import book_at
from plans.changes import ChangePreview
from plans.models import Subscription
from plans.periods import period_at
from plans.price_book import FREE_PLAN, PlanTerms
from plans.queries import current_book, entitlements
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid, NotFound
from saas.kernel.ids import uuid7

FIRST_DEBIT = "The payment for your plan is on its way by bank debit. The plan begins when it arrives."

PREVIEW_HOLDS = timedelta(hours=1)
"""How long a change still costs what its preview said."""


PAUSED = "The plan is paused. Resume it first, then change it."
ON_TRIAL = "The plan is on trial, and nothing is paid yet. Change to a larger plan when the trial has ended."


@dataclass(frozen=True)
class PreviewedChange:
    """A change before it is made, in money and in tokens. `at` makes the change cost exactly this.

    `current` and `wanted` are the plans at what was agreed, or else at what is sold now.
    """

    change: ChangePreview
    current: PlanTerms
    wanted: PlanTerms
    quote: Quote
    at: datetime


@dataclass(frozen=True)
class PlanChangeResult:
    """The result of a change of plan: `applied`, `scheduled`, `unchanged`, or `pay` at `url`."""

    status: str
    plan_key: str
    effective_at: datetime | None = None
    url: str = ""


def subscribe(*, caller: Caller, plan_key: str, back: str = "") -> PlanChangeResult:
    """Open the pay page for a plan; the plan begins when it is paid, and who paid is led back to the page `back`.

    Pay pages opened before are closed. Raises NotPayer, Invalid for no paid plan, Conflict beside a live
    subscription, PaymentsUnavailable.
    """
    require_payer(caller)
    plan = _paid_plan(plan_key)
    _require_none_live()
    customer = ensure_customer()
    assert customer.customer_id is not None
    gateway.expire_open_checkouts(customer.customer_id)
    visit = gateway.open_subscription_checkout(
        organization_id=tenancy.current_organization_id(),
        customer_id=customer.customer_id,
        price_id=_price(plan),
        key=f"subscribe:{uuid7()}",
        success_url=return_urls.subscribed(back),
        cancel_url=return_urls.plans(),
    )
    return PlanChangeResult("pay", plan_key, url=visit.url)


def preview(*, caller: Caller, plan_key: str) -> PreviewedChange:
    """Return what changing to the plan costs and brings, without changing anything.

    Raises NotPayer, Invalid for an unknown plan, PaymentsUnavailable.
    """
    require_payer(caller)
    at = database_now().replace(microsecond=0)
    live = _live()
    if live is not None and live.paused_at is not None and plan_key != FREE_PLAN:
        raise Conflict(PAUSED)
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    if plan_key not in entitled.book.plans:
        raise Invalid(f"There is no plan {plan_key!r}. Choose one of {', '.join(entitled.book.plans)}.", field="plan")
    current = entitled.own_plan
    wanted = current if live is not None and plan_key == current.key else entitled.sold(plan_key)
    change = _change(current, wanted, at, paid=live is not None or plan_key == FREE_PLAN)
    ends_now = live.paused_at is not None if live else license_status().past_due_at is not None
    if plan_key == FREE_PLAN and ends_now:
        change = replace(change, effective_at=at)
    if live is not None and live.held_back == "trial" and change.immediate and plan_key != FREE_PLAN:
        raise Conflict(ON_TRIAL)
    if plan_key == FREE_PLAN or live is None or not change.immediate:
        due_now = wanted.monthly_price if live is None else Decimal(0)
        return PreviewedChange(change, current, wanted, Quote(due_now, "usd", ()), at)
    snapshot = gateway.subscription(live.subscription_id)
    quote = gateway.quote_change(snapshot=snapshot, price_id=_price(wanted), at=at)
    return PreviewedChange(change, current, wanted, quote, at)


def _change(current: PlanTerms, wanted: PlanTerms, at: datetime, *, paid: bool) -> ChangePreview:
    """Return the change in tokens: the same sum that `plans.actions.upgrade` grants.

    A plan that nobody pays for ends when a paid one begins, which starts a period of its own.
    """
    present = Subscription.objects.filter(ended_at=None).first() if paid else None
    period = period_at(present.anchor_at, at) if present else None
    return changes.preview(current, wanted, period, at)


def change_plan(
    *, caller: Caller, plan_key: str, at: datetime | None = None, back: str = "", reason: str = ""
) -> PlanChangeResult:
    """Change to a larger plan as soon as it is paid, to a smaller or the free one at the period's end.

    `at` is the instant of the preview the person saw; the change then costs what it said. Without a paid
    subscription this opens the pay page. Raises NotPayer, Invalid, PaymentsUnavailable, CardDeclined, and
    Conflict for an `at` that is no preview of the last hour: a later one would cost less than it brings; or when
    prices changed since. `reason` says why the plan is left, where it is.
    """
    require_payer(caller)
    if at is not None and not timedelta(0) <= database_now() - at <= PREVIEW_HOLDS:
        raise Conflict("The preview is not of the last hour. Look at it again, then change the plan.")
    if at is not None and book_at(at).version != current_book().version:
        raise Conflict("Prices changed since the preview. Look at it again, then change the plan.")
    live = _live()
    if live is None:
        if plan_key == FREE_PLAN:
            return _leave_given_plan(reason)
        return subscribe(caller=caller, plan_key=plan_key, back=back)
    snapshot = gateway.subscription(live.subscription_id)
    if plan_key == FREE_PLAN:
        return _cancel(snapshot, reason)
    if snapshot.paused_at is not None:
        raise Conflict(PAUSED)
    if snapshot.is_overdue:
        raise Conflict("A payment is overdue. Pay it first, then change the plan.")
    wanted, present = _paid_plan(plan_key), current_book().plans[snapshot.plan_key]
    if wanted.key == present.key:
        return _undo_scheduled_change(snapshot)
    if wanted.rank > present.rank:
        return _upgrade(snapshot, wanted, at or database_now().replace(microsecond=0))
    return _downgrade(snapshot, wanted)


def cancel(*, caller: Caller, reason: str = "") -> PlanChangeResult:
    """Return to the free plan when the period ends, for a CancelReason or none; what is paused ends at once.

    Raises NotPayer, Conflict on the free plan.
    """
    require_payer(caller)
    live = _live()
    return _cancel(gateway.subscription(live.subscription_id), reason) if live else _leave_given_plan(reason)


def undo_scheduled_change(*, caller: Caller) -> PlanChangeResult:
    """Undo a planned downgrade or cancellation. Raises NotPayer, Conflict on the free plan."""
    require_payer(caller)
    live = _live()
    return _undo_scheduled_change(gateway.subscription(live.subscription_id)) if live else _stay_on_given_plan()


def _leave_given_plan(reason: str) -> PlanChangeResult:
    """Leave a plan that staff gave without payment, at its period's end.

    While overdue nothing of the period is paid or in use: it ends at once, and nothing is owed any more.
    """
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    present = entitled.own_plan
    if entitled.trial is not None:
        raise Conflict("The trial ends by itself and costs nothing: there is no plan to leave.")
    if license_status().past_due_at is None:
        with serialized():
            ends_at = schedule(present.key, FREE_PLAN, reason=_words("cancelled by the customer", reason))
        return PlanChangeResult("scheduled", FREE_PLAN, ends_at)
    with serialized():
        if not plans.end_subscription(reason=_words("cancelled by the customer while overdue", reason)):
            raise Conflict("There is no plan to leave: Starter is free.")
        license_actions.payment_succeeded(reason="plan ended")
        record(SubscriptionEnded(what=present.name))
    return PlanChangeResult("applied", FREE_PLAN, database_now())


def _words(what: str, reason: str) -> str:
    return f"{what}: {CancelReason(reason).label}" if reason else what


def _stay_on_given_plan() -> PlanChangeResult:
    present = entitlements(tenancy.current_organization_id()).fetch().plan.key
    with serialized():
        schedule(present, present, reason="kept by the customer")
    return PlanChangeResult("applied", present, database_now())


def _require_instant_method(snapshot: SubscriptionSnapshot) -> None:
    """Raise Conflict where bills are debited from a bank account; see Note [Debits] in `gateway.methods`."""
    if (snapshot.method_kind or ensure_customer().method_kind) in DEBITS:
        raise Conflict(
            "Your plan is paid by bank debit, which takes days, and a change to a larger plan is paid at once. Choose a"
            " card or Link under Change the payment method on the billing page, then change the plan."
        )


def _upgrade(snapshot: SubscriptionSnapshot, wanted: PlanTerms, at: datetime) -> PlanChangeResult:
    if snapshot.held_back == "trial":
        raise Conflict(ON_TRIAL)
    _require_instant_method(snapshot)
    key = f"upgrade:{snapshot.subscription_id}:{wanted.key}:{int(at.timestamp())}"
    gateway.upgrade(snapshot=snapshot, price_id=_price(wanted), at=at, key=key)
    row = sync_subscription(snapshot.subscription_id)
    if row.plan_key == wanted.key:
        return PlanChangeResult("applied", wanted.key, database_now())
    return PlanChangeResult("pay", wanted.key, url=row.open_invoice_url)


def _downgrade(snapshot: SubscriptionSnapshot, wanted: PlanTerms) -> PlanChangeResult:
    key = f"downgrade:{snapshot.subscription_id}:{wanted.key}:{state_version()}"
    gateway.downgrade_later(snapshot=snapshot, price_id=_price(wanted), key=key)
    row = sync_subscription(snapshot.subscription_id)
    return PlanChangeResult("scheduled", wanted.key, row.period_ends_at)


def _cancel(snapshot: SubscriptionSnapshot, reason: str) -> PlanChangeResult:
    if snapshot.paused_at is not None:
        return _cancel_paused(snapshot, reason)
    key = f"cancel:{snapshot.subscription_id}:{reason}:{state_version()}"
    gateway.cancel_later(snapshot=snapshot, reason=reason, key=key)
    row = sync_subscription(snapshot.subscription_id)
    return PlanChangeResult("scheduled", FREE_PLAN, row.cancels_at or row.period_ends_at)


def _cancel_paused(snapshot: SubscriptionSnapshot, reason: str) -> PlanChangeResult:
    """End a paused subscription at once: nothing is in use and nothing is billed."""
    gateway.cancel_now(
        subscription_id=snapshot.subscription_id,
        schedule_id=snapshot.schedule_id,
        reason=reason,
        key=f"cancel:{snapshot.subscription_id}:{reason}:{state_version()}",
    )
    sync_subscription(snapshot.subscription_id)
    return PlanChangeResult("applied", FREE_PLAN, database_now())


def _undo_scheduled_change(snapshot: SubscriptionSnapshot) -> PlanChangeResult:
    if not snapshot.cancels_at and snapshot.scheduled_plan_key in ("", snapshot.plan_key):
        return PlanChangeResult("unchanged", snapshot.plan_key)
    gateway.undo_scheduled_change(snapshot=snapshot, key=f"keep:{snapshot.subscription_id}:{state_version()}")
    sync_subscription(snapshot.subscription_id)
    return PlanChangeResult("applied", snapshot.plan_key, database_now())


def _live() -> StripeSubscription | None:
    """Return the subscription that is paid for. Raises Conflict while the debit for its first bill is on its way."""
    live = StripeSubscription.objects.filter(ended_at=None, duplicate=False).first()
    if live is not None and live.first_bill_open and live.plan_subscription_id is None:
        raise Conflict(FIRST_DEBIT)
    return live


def _require_none_live() -> None:
    """Raise Conflict beside a subscription at Stripe, also one whose events have not arrived here yet."""
    _live()
    customer_id = ensure_customer().customer_id
    assert customer_id is not None
    for subscription_id in gateway.subscriptions_of(customer_id):
        if sync_subscription(subscription_id).ended_at is None:
            raise Conflict("There is a subscription already. Change its plan instead.")


def _paid_plan(plan_key: str) -> PlanTerms:
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    sold = plans.paid_plans(entitled.book)
    if plan_key not in sold:
        raise Invalid(f"There is no paid plan {plan_key!r}. Choose one of {', '.join(sold)}.", field="plan")
    return entitled.sold(plan_key)


def _price(plan: PlanTerms) -> str:
    return gateway.ensure_price(plan_price(plan))


def confirm_subscription(session_id: str) -> None:
    """Apply a visit for a plan that a person comes back from; a visit of somebody else raises NotFound."""
    snapshot = gateway.checkout(session_id)
    if not snapshot.customer_id or not is_own_customer(snapshot.customer_id):
        raise NotFound("There is no such visit.")
    CHECKOUT.sync(session_id)
