"""Pause a subscription and resume it: no bills meanwhile; a month that begins anew is paid before it goes on."""

from fake_stripe.engine import bills, invoices, subscription_changes
from fake_stripe.engine.periods import boundary
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.engine.subscription_changes import UPDATED
from fake_stripe.wire import ApiError


def pause(store: ObjectStore, subscription: Obj, *, why: str = "pause_requested", bills_usage: bool = True) -> None:
    """Pause an active subscription now; usage so far waits for the next bill, and nothing is credited."""
    if subscription["status"] not in ("active", "past_due", "trialing"):
        raise ApiError(f"You cannot pause a subscription that is {subscription['status']}.")
    if subscription["schedule"]:
        raise ApiError("You cannot pause a subscription that is managed by a subscription schedule.")
    details = {"subscription": {"type": why}, "transitioned_at": store.time, "type": "subscription"}
    metered = [item for item in subscription["items"]["data"] if bills.is_metered(item)] if bills_usage else []
    used = [line for line in bills.usage_lines(store, subscription, metered, end=store.time) if line["quantity"]]
    store.hidden(subscription["id"])["used"] = used
    store.change(subscription, event_type=UPDATED, status="paused", status_details={"paused": details})
    store.emit("customer.subscription.paused", subscription)
    subscription_changes.reschedule(store, subscription)


def resume(store: ObjectStore, subscription: Obj, *, anew: bool) -> None:
    """Let a paused subscription go on: in the months it had, without a bill, or with one that is paid first."""
    if subscription["status"] != "paused":
        raise ApiError("Only a paused subscription can be resumed.")
    if not anew:
        _advance(store, subscription)
        go_on(store, subscription)
        return
    if open_one := _resumption(store, subscription):
        invoices.end(store, open_one, "void")
    items = subscription["items"]["data"]
    end = boundary(store.time, items[0]["price"]["recurring"], store.time)
    lines = store.hidden(subscription["id"]).get("used", [])
    lines = lines + bills.period_lines(store, subscription, items, start=store.time, end=end)
    invoice = bills.bill(store, subscription, lines, reason="subscription_update", start=store.time, end=store.time)
    invoices.save_and_finalize(store, invoice)
    hidden = store.hidden(subscription["id"])
    hidden["resumption"], hidden["resumes_until"] = invoice["id"], store.time + subscription_changes.PENDING_SECONDS
    store.change(subscription, event_type=UPDATED, latest_invoice=invoice["id"])
    outcome = subscription_changes.collect(store, subscription, invoice, absent=False, behavior="allow_incomplete")
    if outcome == "paid":
        settle(store, subscription, invoice)
    subscription_changes.reschedule(store, subscription)


def settle(store: ObjectStore, subscription: Obj, invoice: Obj) -> None:
    """Resume, or stay paused, after the bill of a resumption was paid, written off or voided."""
    if invoice["status"] == "open":
        return
    hidden = store.hidden(subscription["id"])
    hidden.pop("resumption")
    if invoice["status"] in ("paid", "uncollectible"):
        hidden.pop("used", None)
        start = invoice["created"]
        items = subscription["items"]["data"]
        end = boundary(start, items[0]["price"]["recurring"], start)
        subscription_changes.set_period(store, subscription, start, end)
        store.change(subscription, billing_cycle_anchor=start)
        go_on(store, subscription)


def lapse(store: ObjectStore, subscription: Obj) -> None:
    """Void the bill of a resumption that nobody paid: the subscription stays paused."""
    if open_one := _resumption(store, subscription):
        invoices.end(store, open_one, "void")
        settle(store, subscription, open_one)


def go_on(store: ObjectStore, subscription: Obj) -> None:
    """Make a paused subscription active."""
    store.change(subscription, event_type=UPDATED, status="active", status_details=None)
    store.emit("customer.subscription.resumed", subscription)
    subscription_changes.reschedule(store, subscription)


def _resumption(store: ObjectStore, subscription: Obj) -> Obj | None:
    waiting = store.hidden(subscription["id"]).get("resumption")
    return store.get("invoice", waiting) if waiting else None


def _advance(store: ObjectStore, subscription: Obj) -> None:
    start, end = bills.period_of(subscription)
    recurring = subscription["items"]["data"][0]["price"]["recurring"]
    while end <= store.time:
        start, end = end, boundary(subscription["billing_cycle_anchor"], recurring, end)
    subscription_changes.set_period(store, subscription, start, end)
