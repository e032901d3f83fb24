"""Plans that are paid for: subscribing, changing, cancelling, and following what Stripe says of them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from audit.actions import record, serialized
from licensing import actions as license_actions
from licensing.queries import standing
from marketplace import gateway, links
from marketplace.actions.allotment import fit
from marketplace.actions.customers import ensure_customer, require_payer
from marketplace.fresh import apply_fresh, this_state
from marketplace.gateway.facts import Quote, SubscriptionFacts
from marketplace.models import PaidSubscription, present_mode
from plans import actions as plans
from plans import changes
from plans.changes import ChangePreview
from plans.models import Subscription
from plans.periods import period_at
from plans.price_book import FREE_PLAN, Plan
from plans.queries import current_book, entitlements
from saas.accounts.callers import Caller
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from saas.kernel.ids import uuid7

PREVIEW_HOLDS = timedelta(hours=1)
"""How long a change still costs what its preview said."""


@dataclass(frozen=True)
class Preview:
    """A change before it is made, in money and in tokens. `at` makes the change cost exactly this."""

    change: ChangePreview
    quote: Quote
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of a wish to change: `applied`, `scheduled`, `unchanged`, or `pay` at `url`."""

    status: str
    plan_key: str
    effective_at: datetime | None = None
    url: str = ""


def subscribe(*, caller: Caller, plan_key: str) -> Outcome:
    """Open the pay page for a plan; the plan begins when it is paid.

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
        success_url=links.subscribed(),
        cancel_url=links.plans(),
    )
    return Outcome("pay", plan_key, url=visit.url)


def preview(*, caller: Caller, plan_key: str) -> Preview:
    """Return what changing to the plan costs and brings, without changing anything.

    Raises NotPayer, Invalid for an unknown plan, PaymentsUnavailable.
    """
    require_payer(caller)
    at = database_now().replace(microsecond=0)
    live = _live()
    change = _change(plan_key, at, paid=live is not None or plan_key == FREE_PLAN)
    if live is None and plan_key == FREE_PLAN and standing().past_due_at is not None:
        change = replace(change, effective_at=at)
    if plan_key == FREE_PLAN or live is None or not change.immediate:
        price = current_book().plans[plan_key].monthly_price
        due_now = price if live is None else Decimal(0)
        return Preview(change, Quote(due_now, "usd", ()), at)
    facts = gateway.subscription(live.subscription_id)
    return Preview(change, gateway.quote_change(facts=facts, price_id=_price(_paid_plan(plan_key)), at=at), at)


def _change(plan_key: str, at: datetime, *, paid: bool) -> ChangePreview:
    """Return what the change means in tokens: the same sum that `plans.actions.upgrade` grants.

    A plan that nobody pays for ends when a paid one begins, which starts a period of its own.
    """
    entitled = entitlements(tenancy.current_organization_id()).ask()
    if plan_key not in entitled.book.plans:
        raise Invalid(f"There is no plan {plan_key!r}. Choose one of {', '.join(entitled.book.plans)}.")
    present = Subscription.objects.filter(ended_at=None).first() if paid else None
    period = period_at(present.anchor_at, at) if present else None
    return changes.preview(entitled.plan, entitled.book.plans[plan_key], period, at)


def change_plan(*, caller: Caller, plan_key: str, at: datetime | None = None) -> Outcome:
    """Change to a larger plan as soon as it is paid, to a smaller or the free one at the period's end.

    `at` is the instant of the preview the person saw; the change then costs what it said. Without a paid
    subscription this opens the pay page. Raises NotPayer, Invalid, PaymentsUnavailable, CardDeclined, and
    Conflict for an `at` that is no preview of the last hour: a later one would cost less than it brings.
    """
    require_payer(caller)
    if at is not None and not timedelta(0) <= database_now() - at <= PREVIEW_HOLDS:
        raise Conflict("The preview is not of the last hour. Look at it again, then change the plan.")
    live = _live()
    if live is None:
        return _leave_given_plan() if plan_key == FREE_PLAN else subscribe(caller=caller, plan_key=plan_key)
    facts = gateway.subscription(live.subscription_id)
    if plan_key == FREE_PLAN:
        return _cancel(facts)
    if facts.is_overdue:
        raise Conflict("A payment is overdue. Pay it first, then change the plan.")
    wanted, present = _paid_plan(plan_key), current_book().plans[facts.plan_key]
    if wanted.key == present.key:
        return _keep(facts)
    if wanted.rank > present.rank:
        return _upgrade(facts, wanted, at or database_now().replace(microsecond=0))
    return _downgrade(facts, wanted)


def cancel(*, caller: Caller) -> Outcome:
    """Return to the free plan when the period ends. Raises NotPayer, Conflict on the free plan."""
    require_payer(caller)
    live = _live()
    return _cancel(gateway.subscription(live.subscription_id)) if live else _leave_given_plan()


def keep(*, caller: Caller) -> Outcome:
    """Take a planned downgrade or cancellation back. Raises NotPayer, Conflict on the free plan."""
    require_payer(caller)
    live = _live()
    return _keep(gateway.subscription(live.subscription_id)) if live else _keep_given_plan()


def _leave_given_plan() -> Outcome:
    """Leave a plan that staff gave without payment, at its period's end.

    While overdue nothing of the period is paid or in use: it ends at once, and nothing is owed any more.
    """
    present = entitlements(tenancy.current_organization_id()).ask().plan
    if standing().past_due_at is None:
        with serialized():
            ends_at = schedule(present.key, FREE_PLAN, reason="cancelled by the customer")
        return Outcome("scheduled", FREE_PLAN, ends_at)
    with serialized():
        if not plans.end_subscription(reason="cancelled by the customer while overdue"):
            raise Conflict("There is no plan to leave: Starter is free.")
        license_actions.payment_succeeded(reason="plan ended")
        record(kind="subscription.ended", data={"what": present.name})
    return Outcome("applied", FREE_PLAN, database_now())


def _keep_given_plan() -> Outcome:
    present = entitlements(tenancy.current_organization_id()).ask().plan.key
    with serialized():
        schedule(present, present, reason="kept by the customer")
    return Outcome("applied", present, database_now())


def _upgrade(facts: SubscriptionFacts, wanted: Plan, at: datetime) -> Outcome:
    key = f"upgrade:{facts.subscription_id}:{wanted.key}:{int(at.timestamp())}"
    gateway.upgrade(facts=facts, price_id=_price(wanted), at=at, key=key)
    row = sync_subscription(facts.subscription_id)
    if row.plan_key == wanted.key:
        return Outcome("applied", wanted.key, database_now())
    return Outcome("pay", wanted.key, url=row.open_invoice_url)


def _downgrade(facts: SubscriptionFacts, wanted: Plan) -> Outcome:
    key = f"downgrade:{facts.subscription_id}:{wanted.key}:{this_state()}"
    gateway.downgrade_later(facts=facts, price_id=_price(wanted), key=key)
    row = sync_subscription(facts.subscription_id)
    return Outcome("scheduled", wanted.key, row.period_ends_at)


def _cancel(facts: SubscriptionFacts) -> Outcome:
    gateway.cancel_later(facts=facts, key=f"cancel:{facts.subscription_id}:{this_state()}")
    row = sync_subscription(facts.subscription_id)
    return Outcome("scheduled", FREE_PLAN, row.cancels_at or row.period_ends_at)


def _keep(facts: SubscriptionFacts) -> Outcome:
    if not (facts.cancels_at or facts.schedule_id):
        return Outcome("unchanged", facts.plan_key)
    gateway.keep(facts=facts, key=f"keep:{facts.subscription_id}:{this_state()}")
    sync_subscription(facts.subscription_id)
    return Outcome("applied", facts.plan_key, database_now())


def sync_subscription(subscription_id: str) -> PaidSubscription:
    """Ask Stripe about a subscription of this organization, apply the answer, and return the row."""
    apply_fresh(lambda: gateway.subscription(subscription_id), apply_subscription)
    return PaidSubscription.objects.get(mode=present_mode(), subscription_id=subscription_id)


def apply_subscription(facts: SubscriptionFacts) -> None:
    """Bring the plan and the license to what Stripe says. The caller holds the organization's lock.

    A subscription that is not paid for the first time yet gives nothing. What the item's price says is the
    plan; a change that waits for its payment is no change, and its failure no overdue renewal.
    """
    before, row = _remember(facts)
    if row.duplicate or not (facts.is_live or facts.is_over):
        return
    if facts.is_over or _ends_before(facts, database_now()):
        _end(before, row)
    else:
        _go_on(before, row, facts)
    fit()


def _go_on(before: PaidSubscription | None, row: PaidSubscription, facts: SubscriptionFacts) -> None:
    _begin_or_follow(row, facts)
    if facts.is_overdue:
        if before and before.past_due_at and before.past_due_at != row.past_due_at:
            license_actions.payment_succeeded(reason="paid before the next renewal failed")
        license_actions.payment_failed(at=row.past_due_at, reason="renewal failed")
    else:
        license_actions.payment_succeeded(reason="paid")
    _grant_allowance()


def _remember(facts: SubscriptionFacts) -> tuple[PaidSubscription | None, PaidSubscription]:
    """Write down what Stripe says; return the row as it was and as it is."""
    before = PaidSubscription.objects.filter(mode=present_mode(), subscription_id=facts.subscription_id).first()
    newest = facts.open_invoices[-1] if facts.open_invoices else None
    values = {
        "item_id": facts.item_id,
        "price_id": facts.price_id,
        "plan_key": facts.plan_key,
        "status": facts.status,
        "anchor_at": facts.anchor_at,
        "period_starts_at": facts.period_starts_at,
        "period_ends_at": facts.period_ends_at,
        "cancels_at": facts.cancels_at,
        "schedule_id": facts.schedule_id,
        "scheduled_plan_key": facts.scheduled_plan_key,
        "pending_plan_key": facts.pending_plan_key,
        "open_invoice_id": newest.invoice_id if newest else "",
        "open_invoice_url": newest.hosted_url if newest else "",
        "tried_card": facts.attempt.card if facts.attempt else "",
        "needs_customer": bool(facts.attempt and facts.attempt.needs_customer),
        "past_due_at": _past_due_at(before, facts),
        "overage_item_id": facts.overage_item_id,
        "ended_at": _ended_at(facts),
    }
    if before is None:
        values["duplicate"] = not facts.is_over and _others_live(facts)
    row, _ = PaidSubscription.objects.update_or_create(
        organization_id=tenancy.current_organization_id(),
        mode=present_mode(),
        subscription_id=facts.subscription_id,
        defaults=values,
    )
    _tell_change(before, row)
    _ask_customer(before, row)
    return before, row


def _ask_customer(before: PaidSubscription | None, row: PaidSubscription) -> None:
    """Tell once of each bill that its bank wants the customer to confirm."""
    asked = before is not None and before.needs_customer and before.open_invoice_id == row.open_invoice_id
    if row.needs_customer and not asked and not row.duplicate:
        plan = current_book().plans[row.pending_plan_key or row.plan_key]
        record(kind="payment.confirmation_needed", data={"what": plan.name, "bill_url": row.open_invoice_url})


def _ended_at(facts: SubscriptionFacts) -> datetime | None:
    """Return when it ended. One whose first payment failed never began and blocks no other."""
    if facts.is_over:
        return facts.ended_at or database_now()
    return None if facts.is_live else facts.anchor_at


def _others_live(facts: SubscriptionFacts) -> bool:
    others = PaidSubscription.objects.filter(mode=present_mode(), ended_at=None, duplicate=False)
    return facts.is_live and others.exclude(subscription_id=facts.subscription_id).exists()


def _tell_change(before: PaidSubscription | None, row: PaidSubscription) -> None:
    told = ("plan_key", "status", "cancels_at", "scheduled_plan_key", "pending_plan_key", "duplicate")
    now = {name: getattr(row, name) for name in told}
    if before is None or now != {name: getattr(before, name) for name in told}:
        record(kind="subscription.changed", data={"subscription": row.subscription_id, **now})


def _past_due_at(before: PaidSubscription | None, facts: SubscriptionFacts) -> datetime | None:
    """Return day 0: when the first of the open renewals failed, by Stripe's time.

    While that one is open nothing moves it. When all that are open are younger than what was written down, that
    was paid meanwhile, and a new failure is a new day 0.
    """
    if not facts.is_overdue:
        return None
    known = before.past_due_at if before else None
    renewals = [bill.finalized_at for bill in facts.open_invoices if bill.is_renewal]
    paid_meanwhile = known is not None and bool(renewals) and min(renewals) > known
    return facts.first_failed_at if paid_meanwhile else known or facts.first_failed_at


def _ends_before(facts: SubscriptionFacts, now: datetime) -> bool:
    return facts.cancels_at is not None and facts.cancels_at <= now


def _end(before: PaidSubscription | None, row: PaidSubscription) -> None:
    """Return to the free plan. Nothing is overdue any more: what is not subscribed to is not owed.

    One that ended long ago says nothing of the one that came after it.
    """
    if row.plan_subscription_id is None or _follows_another(before, row):
        return
    if Subscription.objects.filter(id=row.plan_subscription_id, ended_at=None).exists():
        plans.end_subscription(reason="subscription ended")
        record(kind="subscription.ended", data={"what": current_book().plans[row.plan_key].name})
    license_actions.payment_succeeded(reason="subscription ended")


def _follows_another(before: PaidSubscription | None, row: PaidSubscription) -> bool:
    """Tell whether the end is no news, or another subscription goes on."""
    known = before is not None and before.ended_at is not None
    others = PaidSubscription.objects.filter(mode=present_mode(), ended_at=None, duplicate=False)
    return known or others.exclude(id=row.id).exists()


def _begin_or_follow(row: PaidSubscription, facts: SubscriptionFacts) -> None:
    if row.plan_subscription_id is None:
        _begin(row, facts)
    present = Subscription.objects.filter(ended_at=None).first()
    if present is not None and present.id == row.plan_subscription_id:
        _follow(present, facts)


def _begin(row: PaidSubscription, facts: SubscriptionFacts) -> None:
    """Begin the plan that was paid; one that was given without payment ends with it."""
    plans.end_subscription(reason="a paid subscription begins")
    begun = plans.subscribe(
        plan_key=_billed_plan(facts), anchor_at=min(facts.anchor_at, database_now()), reason="subscription paid"
    )
    row.plan_subscription_id = begun.id
    PaidSubscription.objects.filter(id=row.id).update(plan_subscription_id=begun.id)
    plan = current_book().plans[facts.plan_key]
    told = {"tokens": plan.monthly_tokens, "amount": plan.monthly_price, "currency": "usd"}
    record(kind="subscription.begun", data={"what": plan.name, **told, "next_bill_at": facts.period_ends_at})


def _billed_plan(facts: SubscriptionFacts) -> str:
    """Return the plan whose month was billed; what it was changed to since comes on top."""
    months = [bill.plan_key for bill in facts.paid_bills if bill.begins_period and bill.plan_key]
    changes = [bill.from_plan_key for bill in facts.paid_bills if bill.is_upgrade]
    return [facts.plan_key, *changes[:1], *months[-1:]][-1]


def _follow(present: Subscription, facts: SubscriptionFacts) -> None:
    """Make the plan what the item's price says: more at once, from when on it was paid; less at the period's end.

    News may be late. What Stripe billed tells since when a change holds, so the tokens are the same however
    late it is heard of.
    """
    plans_known = current_book().plans
    ranks = {key: plan.rank for key, plan in plans_known.items()}
    for plan_key, since in _paid_changes(facts):
        if ranks[facts.plan_key] >= ranks[plan_key] > ranks[present.plan_key]:
            brought = plans.upgrade(plan_key=plan_key, at=since, reason="upgrade paid")
            record(kind="subscription.upgraded", data={"what": plans_known[plan_key].name, "tokens": brought})
            present.refresh_from_db()
    late = ranks[facts.plan_key] < ranks[present.plan_key] and _billed_plan(facts) == facts.plan_key
    later = FREE_PLAN if facts.cancels_at else facts.scheduled_plan_key or facts.plan_key
    if late:
        plans.schedule_plan(plan_key=facts.plan_key, at=facts.period_starts_at, reason="as billed")
    elif later != (present.scheduled_plan_key or present.plan_key):
        schedule(present.plan_key, later, reason="as scheduled with the subscription")


def schedule(present_key: str, later_key: str, *, reason: str) -> datetime:
    """Change to a smaller plan at the period's end, or with the present one take that back; tell, and return when."""
    ends_at = plans.schedule_plan(plan_key=later_key, reason=reason)
    present, later = (current_book().plans[key].name for key in (present_key, later_key))
    kind = "subscription.kept" if present_key == later_key else "subscription.scheduled"
    record(kind=kind, data={"what": present, "later": later, "ends_at": ends_at})
    return ends_at


def _paid_changes(facts: SubscriptionFacts) -> list[tuple[str, datetime]]:
    """Return which plans the present period was paid for, each from when on, in their order."""
    months = [(bill.plan_key, facts.period_starts_at) for bill in facts.paid_bills if bill.begins_period]
    upgrades = [(bill.plan_key, bill.starts_at) for bill in facts.paid_bills if bill.is_upgrade]
    return [paid for paid in (*months, *upgrades, (facts.plan_key, database_now())) if paid[0]]


def _grant_allowance() -> None:
    """Grant the present period's allowance; the hourly job and this meet at the same key."""
    subscription = Subscription.objects.filter(ended_at=None).first()
    if subscription is not None:
        plans.refresh(subscription=subscription, now=database_now())


def _live() -> PaidSubscription | None:
    return PaidSubscription.objects.filter(mode=present_mode(), ended_at=None, duplicate=False).first()


def _require_none_live() -> None:
    """Raise Conflict beside a subscription at Stripe, also one whose news has not arrived here yet."""
    customer_id = ensure_customer().customer_id
    assert customer_id is not None
    for subscription_id in gateway.subscriptions_of(customer_id):
        if sync_subscription(subscription_id).ended_at is None:
            raise Conflict("There is a subscription already. Change its plan instead.")


def _paid_plan(plan_key: str) -> Plan:
    book = current_book()
    if plan_key not in plans.paid_plans(book):
        raise Invalid(f"There is no paid plan {plan_key!r}. Choose one of {', '.join(plans.paid_plans(book))}.")
    return book.plans[plan_key]


def _price(plan: Plan) -> str:
    return gateway.ensure_price(gateway.PlanPrice(plan.key, plan.name, plan.monthly_price))


def undo_duplicate(row: PaidSubscription) -> None:
    """End a subscription that was paid beside another, and give its money back."""
    intent = gateway.payment_of_latest_invoice(row.subscription_id)
    gateway.cancel_now(subscription_id=row.subscription_id, key=f"duplicate:{row.subscription_id}:cancel")
    if intent:
        cents = gateway.payment(intent).received_cents
        gateway.refund(
            payment_intent_id=intent,
            cents=cents,
            organization_id=tenancy.current_organization_id(),
            key=f"duplicate:{row.subscription_id}:refund",
        )
    sync_subscription(row.subscription_id)
