"""Following what Stripe says of a subscription: the plan, the license and the allowance become what was paid."""

from dataclasses import replace
from datetime import datetime

from audit.actions import record
from licensing import actions as license_actions
from marketplace import gateway
from marketplace.actions.allotment import fit
from marketplace.fresh import apply_fresh
from marketplace.gateway.facts import InvoiceFacts, SubscriptionFacts
from marketplace.models import PaidSubscription, present_mode
from plans import actions as plans
from plans.models import Subscription
from plans.price_book import FREE_PLAN
from plans.queries import current_book
from saas.accounts import queries as accounts
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError


def sync_subscription(subscription_id: str) -> PaidSubscription:
    """Ask Stripe about a subscription of this organization, apply the answer, and return the row."""
    apply_fresh(lambda: gateway.subscription(subscription_id), apply_subscription)
    return PaidSubscription.objects.get(mode=present_mode(), subscription_id=subscription_id)


def apply_subscription(facts: SubscriptionFacts) -> None:
    """Bring the plan and the license to what Stripe says. The caller holds the organization's lock.

    A subscription that is not paid for the first time yet gives nothing. What the item's price says is the
    plan; a change that waits for its payment is no change, and its failure no overdue renewal.
    Raises UnknownPlan.
    """
    facts = _with_known_plans(facts)
    before, row = _remember(facts)
    if row.duplicate or not (facts.is_live or facts.is_over):
        return
    if facts.is_over or _ends_before(facts, database_now()):
        _end(before, row)
    else:
        _go_on(before, row, facts)
    fit()


class UnknownPlan(DomainError):
    """A new subscription's price names no plan of the price book: nothing is begun until a person has mended it."""

    code, status, title = "unknown_plan", 409, "The price belongs to no plan"


def _with_known_plans(facts: SubscriptionFacts) -> SubscriptionFacts:
    """Return the facts without plans that the price book lacks; the last known plan stands in for such a price.

    A price made by hand in Stripe's dashboard must not stop renewals and failures from being followed. Staff are
    alerted once for each such price. Raises UnknownPlan for a subscription that was never seen with a plan.
    """
    plans_sold = current_book().plans
    before = PaidSubscription.objects.filter(mode=present_mode(), subscription_id=facts.subscription_id).first()
    plan_key = facts.plan_key
    if plan_key not in plans_sold:
        if before is None or before.plan_key not in plans_sold:
            raise UnknownPlan(
                f"Subscription {facts.subscription_id} has the price {facts.price_id}, which names no plan here:"
                " give it the metadata `plan`."
            )
        if before.price_id != facts.price_id:
            record(
                kind="subscription.unknown_price",
                data={"subscription": facts.subscription_id, "price": facts.price_id, "plan": before.plan_key},
            )
        plan_key = before.plan_key

    def known(key: str) -> str:
        return key if key in plans_sold else ""

    def with_known_plan(bill: InvoiceFacts) -> InvoiceFacts:
        return replace(bill, plan_key=known(bill.plan_key), from_plan_key=known(bill.from_plan_key))

    return replace(
        facts,
        plan_key=plan_key,
        scheduled_plan_key=known(facts.scheduled_plan_key),
        pending_plan_key=known(facts.pending_plan_key),
        open_invoices=tuple(map(with_known_plan, facts.open_invoices)),
        paid_bills=tuple(map(with_known_plan, facts.paid_bills)),
    )


def _go_on(before: PaidSubscription | None, row: PaidSubscription, facts: SubscriptionFacts) -> None:
    """Bring plan, license and allowance to what was paid.

    The order makes the tokens the same however late the news is: the month is granted as what it was billed for,
    only while nothing is overdue, and what was paid for in its middle comes on top.
    """
    present = _begun(row, facts)
    if present is not None:
        _follow_month(present, facts)
    _follow_payments(before, row, facts)
    _grant_allowance()
    if present is not None:
        present.refresh_from_db()
        _follow_changes(present, facts)


def _follow_payments(before: PaidSubscription | None, row: PaidSubscription, facts: SubscriptionFacts) -> None:
    """Bring the license to day 0 of what is overdue, or in order."""
    if not facts.is_overdue:
        license_actions.payment_succeeded(reason="paid")
        return
    if before and before.past_due_at and before.past_due_at != row.past_due_at:
        license_actions.payment_succeeded(reason="paid before the next renewal failed")
    license_actions.payment_failed(at=row.past_due_at, reason="renewal failed")


def _remember(facts: SubscriptionFacts) -> tuple[PaidSubscription | None, PaidSubscription]:
    """Write down what Stripe says; return the row as it was and as it is."""
    before = PaidSubscription.objects.filter(mode=present_mode(), subscription_id=facts.subscription_id).first()
    newest = facts.open_invoices[-1] if facts.open_invoices else None
    values = {
        "item_id": facts.item_id,
        "price_id": facts.price_id,
        "billed_cents": facts.billed_cents,
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
        "open_invoice_cents": newest.due_cents if newest else None,
        "tried_card": facts.attempt.card if facts.attempt else "",
        "needs_customer": bool(facts.attempt and facts.attempt.needs_customer),
        "past_due_at": _past_due_at(before, facts),
        "overage_item_id": facts.overage_item_id,
        "ended_at": _ended_at(facts),
        "ended_unpaid": facts.is_over and _was_unpaid(before),
    }
    if before is None:
        values["duplicate"] = not facts.is_over and _others_live(facts)
    if facts.is_live and accounts.is_closed():
        values["duplicate"] = True
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


def _was_unpaid(before: PaidSubscription | None) -> bool:
    return before is not None and (before.past_due_at is not None or before.ended_unpaid)


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


def _begun(row: PaidSubscription, facts: SubscriptionFacts) -> Subscription | None:
    """Return the plan that the subscription pays for, begun by its first payment; None when another has taken over."""
    if row.plan_subscription_id is None:
        _begin(row, facts)
    present = Subscription.objects.filter(ended_at=None).first()
    return present if present is not None and present.id == row.plan_subscription_id else None


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
    changes = [bill.from_plan_key for bill in facts.paid_bills if bill.is_upgrade]
    return [facts.plan_key, *changes[:1], *_months(facts)][-1]


def _months(facts: SubscriptionFacts) -> list[str]:
    """Return the plans that whole months were billed as, in their order."""
    return [bill.plan_key for bill in facts.paid_bills if bill.begins_period and bill.plan_key]


def _follow_month(present: Subscription, facts: SubscriptionFacts) -> None:
    """Make the plan what the present month was billed for; a change that was due and did not come about is off."""
    ranks, billed = _ranks(), _billed_plan(facts)
    due = present.scheduled_for is not None and present.scheduled_for <= database_now()
    if billed in _months(facts) and ranks[facts.plan_key] >= ranks[billed] > ranks[present.plan_key]:
        _upgrade(present, billed, facts.period_starts_at)
    elif ranks[facts.plan_key] < ranks[present.plan_key] and billed == facts.plan_key:
        plans.schedule_plan(plan_key=billed, at=facts.period_starts_at, reason="as billed")
    elif due and present.scheduled_plan_key != billed:
        plans.schedule_plan(plan_key=present.plan_key, reason="as billed")


def _follow_changes(present: Subscription, facts: SubscriptionFacts) -> None:
    """Make the plan what the item's price says: more from when on it was paid; less at the period's end.

    News may be late. What Stripe billed tells since when a change holds.
    """
    ranks = _ranks()
    upgrades = [(bill.plan_key, bill.starts_at) for bill in facts.paid_bills if bill.is_upgrade and bill.plan_key]
    for plan_key, since in [*upgrades, (facts.plan_key, database_now())]:
        if ranks[facts.plan_key] >= ranks[plan_key] > ranks[present.plan_key]:
            _upgrade(present, plan_key, since)
    later = FREE_PLAN if facts.cancels_at else facts.scheduled_plan_key or facts.plan_key
    if later != (present.scheduled_plan_key or present.plan_key):
        schedule(present.plan_key, later, reason="as scheduled with the subscription")


def _upgrade(present: Subscription, plan_key: str, since: datetime) -> None:
    brought = plans.upgrade(plan_key=plan_key, at=since, reason="upgrade paid")
    record(kind="subscription.upgraded", data={"what": current_book().plans[plan_key].name, "tokens": brought})
    present.refresh_from_db()


def _ranks() -> dict[str, int]:
    return {key: plan.rank for key, plan in current_book().plans.items()}


def schedule(present_key: str, later_key: str, *, reason: str) -> datetime:
    """Change to a smaller plan at the period's end, or with the present one take that back; tell, and return when."""
    ends_at = plans.schedule_plan(plan_key=later_key, reason=reason)
    present, later = (current_book().plans[key].name for key in (present_key, later_key))
    kind = "subscription.kept" if present_key == later_key else "subscription.scheduled"
    record(kind=kind, data={"what": present, "later": later, "ends_at": ends_at})
    return ends_at


def _grant_allowance() -> None:
    """Grant the present period's allowance; the hourly job and this meet at the same key."""
    subscription = Subscription.objects.filter(ended_at=None).first()
    if subscription is not None:
        plans.refresh(subscription=subscription, now=database_now())


def undo_duplicate(row: PaidSubscription) -> None:
    """End a subscription that was paid beside another, and give its money back."""
    intent = gateway.payment_of_latest_invoice(row.subscription_id)
    gateway.cancel_now(
        subscription_id=row.subscription_id,
        schedule_id=row.schedule_id,
        key=f"duplicate:{row.subscription_id}:cancel",
    )
    if intent:
        cents = gateway.payment(intent).received_cents
        gateway.refund(
            payment_intent_id=intent,
            cents=cents,
            organization_id=tenancy.current_organization_id(),
            key=f"duplicate:{row.subscription_id}:refund",
        )
    sync_subscription(row.subscription_id)
