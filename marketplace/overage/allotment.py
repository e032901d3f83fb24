"""The tokens of an overage agreement: one allotment for each billing period, as large as the cap buys."""

from audit.actions import record
from licensing.queries import license_status
from marketplace.models import Overage
from marketplace.overage.events import OverageStopped
from marketplace.overage.queries import overage_period, unfinished_overage
from marketplace.queries import live_subscription
from marketplace.stripe.gateway.snapshots import SubscriptionSnapshot
from plans.queries import entitlements
from saas.kernel import tenancy
from tokens import actions as ledger_actions
from tokens.kinds import Source


def resize_overage() -> None:
    """Bring the overage tokens to what was agreed; the caller holds the organization's lock. Repeating changes nothing.

    A new period begins a new allotment. An agreement whose plan or subscription is gone stops. While payment is
    overdue nothing is offered anew; what is there is frozen by the ledger.
    """
    overage = unfinished_overage()
    if overage is None:
        return
    if overage.enabled and (reason := _why_over()):
        _stop(overage, reason)
    if not overage.enabled:
        ledger_actions.end_allotments(source=Source.OVERAGE, reason="overage is off")
    elif license_status().capabilities["ai"]:
        _allot(overage)


def _why_over() -> str:
    """Return why the agreement cannot go on, or nothing."""
    live = live_subscription()
    if live is None or overage_period() is None:
        return "The subscription ended."
    if not entitlements(tenancy.current_organization_id()).fetch().has("overage"):
        return "The plan has no overage."
    return "" if live.overage_item_id else "The subscription does not bill overage any more."


def _stop(overage: Overage, reason: str) -> None:
    """Turn an agreement off until an owner turns it on again."""
    overage.enabled, overage.stopped_reason = False, reason
    overage.save(update_fields=["enabled", "stopped_reason"])
    record(OverageStopped(why=reason), reason=reason)


def _allot(overage: Overage) -> None:
    period = overage_period()
    assert period is not None
    ledger_actions.allot(
        source=Source.OVERAGE,
        key=period.key,
        tokens=overage.cap_tokens,
        expires_at=period.ends_at,
        reason=f"overage up to ${overage.monthly_cap}",
    )
    Overage.objects.filter(id=overage.id).update(allotted_until=period.ends_at)


def resize_after_sync(snapshot: SubscriptionSnapshot) -> None:
    """Bring the overage tokens to what a changed subscription bills; the caller holds the organization's lock."""
    resize_overage()
