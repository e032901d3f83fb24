"""What an owner agrees to pay for tokens beyond all others: a hard cap of dollars a month."""

from datetime import timedelta
from decimal import Decimal

from audit.actions import record
from licensing.queries import license_status
from marketplace.models import Overage, OverageUse, StripeSubscription, UseStatus
from marketplace.overage.allotment import resize_overage
from marketplace.overage.events import OverageChanged, OverageFinished
from marketplace.overage.queries import unfinished_overage
from marketplace.queries import live_subscription
from marketplace.stripe import gateway
from marketplace.stripe.concurrency import state_version
from marketplace.stripe.customers import require_payer
from marketplace.stripe.gateway.snapshots import SubscriptionSnapshot
from marketplace.subscriptions.sync import sync_subscription
from plans.price_book import PlanTerms
from plans.queries import current_book, entitlements
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from tokens import queries as ledger
from tokens.kinds import Source

CAP_MAX = Decimal(100_000)
BILL_FINAL = timedelta(days=4)
"""How long after a period's end its bill can still change: Stripe's drafts last an hour, and 72 at most."""


def agree_overage(*, caller: Caller, monthly_cap: Decimal) -> Overage:
    """Sell tokens beyond all others, for at most `monthly_cap` dollars in each billing period; or change that cap.

    A lower cap counts what was used, and takes nothing back. The price a token is the plan's at the time the agreement
    began; it stays until the agreement has ended. Raises NotPayer, FeatureNotInPlan, AiOff while payment is overdue,
    Invalid for a cap that buys no token, Conflict without a paid subscription or with a smaller plan to come,
    PaymentsUnavailable.
    """
    require_payer(caller)
    plan = _plan_with_overage()
    live = live_subscription()
    if live is None:
        raise Conflict("Overage is billed with a paid subscription. Pay for a plan first.")
    snapshot = gateway.subscription(live.subscription_id)
    price = snapshot.overage_token_price or plan.overage_token_price
    if price is None:
        raise Conflict(f"{plan.name} has no price for overage yet. Ask us for one.")
    if not price <= monthly_cap <= CAP_MAX:
        raise Invalid(
            f"Set a cap between the price of a token, ${price.normalize():f}, and ${CAP_MAX:,}.", field="monthly_cap"
        )
    if not snapshot.overage_item_id:
        _add_item(snapshot, plan, price)
    sync_subscription(snapshot.subscription_id)
    return _agree(caller, monthly_cap, price)


def _plan_with_overage() -> PlanTerms:
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    entitled.require("overage")
    license_status().require("ai")
    return entitled.plan


def _add_item(snapshot: SubscriptionSnapshot, plan: PlanTerms, price: Decimal) -> None:
    """Let the subscription bill usage. Stripe refuses direct changes while a plan is scheduled to follow."""
    if snapshot.scheduled_plan_key not in ("", snapshot.plan_key):
        raise Conflict("A smaller plan is to follow this one. Keep your plan first, then turn overage on.")
    if snapshot.schedule_id:  # of a new price, which its job schedules again
        gateway.release_schedule(schedule_id=snapshot.schedule_id)
    is_custom = price != current_book().plans[plan.key].overage_token_price
    price_id = gateway.ensure_overage_price(gateway.OveragePrice(plan.key, plan.name, price, is_custom=is_custom))
    gateway.add_overage(
        snapshot=snapshot, price_id=price_id, key=f"overage:{snapshot.subscription_id}:{price_id}:{state_version()}"
    )


def _agree(caller: Caller, monthly_cap: Decimal, price: Decimal) -> Overage:
    """Write the agreement down and offer its tokens, in one commit."""
    change = {"enabled": True, "monthly_cap": monthly_cap, "token_price": price}
    reset = {"changed_by_id": caller.user_id, "stopped_reason": "", "finished_at": None, "allotted_until": None}
    with serialized():
        before = unfinished_overage()
        overage, _ = Overage.objects.update_or_create(
            organization_id=tenancy.current_organization_id(),
            defaults={
                **change,
                **reset,
                "changed_at": database_now(),
                "collected_seq": before.collected_seq if before else ledger.last_entry(),
            },
        )
        record(OverageChanged(enabled=True, monthly_cap=monthly_cap, token_price=price))
        resize_overage()
    overage.refresh_from_db()
    return overage


def end_overage(*, caller: Caller) -> None:
    """Sell no more tokens from now on; what was used is billed when the period ends. Raises NotPayer."""
    require_payer(caller)
    with serialized():
        overage = unfinished_overage()
        if overage is None or not overage.enabled:
            return
        overage.enabled, overage.changed_by_id, overage.changed_at = False, caller.user_id, database_now()
        overage.save(update_fields=["enabled", "changed_by", "changed_at"])
        record(OverageChanged(enabled=False))
        resize_overage()


def wind_up() -> bool:
    """Take an agreement that is off out of the subscription once all of it is reported and billed; True if it was.

    The item costs nothing while nothing is used; taken away too early, it would leave usage unbilled.
    """
    overage, live = unfinished_overage(), live_subscription()
    if overage is None or overage.enabled or not _all_billed(live):
        return False
    if live is not None and live.overage_item_id:
        snapshot = gateway.subscription(live.subscription_id)
        if snapshot.schedule_id:
            return False  # it goes with the plan that is to follow, or comes up again when that is taken back
        gateway.remove_overage(snapshot=snapshot, key=f"overage-off:{live.overage_item_id}")
        sync_subscription(live.subscription_id)
    with serialized():
        off = Overage.objects.filter(id=overage.id, enabled=False, finished_at=None)
        if not off.update(finished_at=database_now()):
            return False
        record(OverageFinished())
    return True


def _all_billed(live: StripeSubscription | None) -> bool:
    """Return True if no overage is held, waits to be reported, or is on a bill that is not final."""
    with serialized():
        overage = unfinished_overage()
        if overage is None or overage.collected_seq < ledger.last_entry() or ledger.holds_from(Source.OVERAGE):
            return False
    uses = OverageUse.objects.all()
    if uses.filter(status=UseStatus.WAITING).exists():
        return False
    if live is None:
        return True
    final = database_now() - live.period_starts_at > BILL_FINAL
    since = live.period_starts_at if final else live.period_starts_at - timedelta(days=31)
    return not uses.filter(told_at__gte=since).exists()
