"""Pause a subscription at Stripe and let it go on.

Note [Which pause]
    Stripe has two. `pause_collection` goes on making a bill a month and leaves the status `active`; to charge the month
    in which it ends the cycle would have to be moved by a second call. `pause`, which Milepost uses, makes no bills,
    and its `resume` bills a new month in the same call, where a declined card leaves it paused.
    What a pause in Stripe's dashboard left is undone here as well, whichever it was.
"""

from typing import Any

from marketplace.stripe.gateway.client import asking
from marketplace.stripe.gateway.snapshots import PAUSED, SubscriptionSnapshot


def pause(*, subscription_id: str, key: str) -> None:
    """Pause a subscription now: no bills, and nothing is credited for the rest of the month; usage is billed later."""
    params: Any = {
        "type": "subscription",
        "bill_for": {"unused_time_from": {"type": "none"}, "outstanding_usage_through": {"type": "now"}},
        "invoicing_behavior": "pending_invoice_item",
    }
    with asking() as c:
        c.v1.subscriptions.pause(subscription_id, params, {"idempotency_key": key})


def resume(*, snapshot: SubscriptionSnapshot, month_is_paid: bool, key: str) -> None:
    """Let a paused subscription go on: in the month that is paid, else with a new one, once that is paid.

    One whose bills were not collected goes on in its own months. Raises CardDeclined; then it is still paused, or its
    bill can be paid.
    """
    params: Any = {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"}
    if month_is_paid:
        params = {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    with asking() as c:
        if snapshot.status == PAUSED:
            c.v1.subscriptions.resume(snapshot.subscription_id, params, {"idempotency_key": f"{key}:resume"})
        if snapshot.collection_paused:
            c.v1.subscriptions.update(
                snapshot.subscription_id, {"pause_collection": ""}, {"idempotency_key": f"{key}:collect"}
            )
