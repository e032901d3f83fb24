"""What people do in Stripe's dashboard: reset a billing cycle, set a trial, delete a customer."""

from fake_stripe.engine import bills, invoices, subscription_changes, subscriptions
from fake_stripe.engine.periods import boundary
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.engine.subscription_changes import UPDATED
from fake_stripe.wire import ApiError


def reset_cycle(store: ObjectStore, subscription: Obj) -> None:
    """Begin a new period now, billed and collected at once, without a credit for the one before."""
    subscription_changes.require_free(subscription)
    items = subscription["items"]["data"]
    end = boundary(store.time, items[0]["price"]["recurring"], store.time)
    store.change(subscription, event_type=UPDATED, billing_cycle_anchor=store.time)
    subscription_changes.set_period(store, subscription, store.time, end)
    lines = bills.period_lines(store, subscription, items, start=store.time, end=end)
    _bill(store, subscription, lines)


def set_trial(store: ObjectStore, subscription: Obj, *, end: int) -> None:
    """Let a trial run until `end`: nothing is billed for it, and the months begin there."""
    subscription_changes.require_free(subscription)
    if end <= store.time:
        raise ApiError("`trial_end` must be in the future.", param="trial_end")
    fields = {"status": "trialing", "trial_start": store.time, "trial_end": end, "billing_cycle_anchor": end}
    store.change(subscription, event_type=UPDATED, **fields)
    subscription_changes.set_period(store, subscription, store.time, end)
    items = subscription["items"]["data"]
    free = [item | {"price": item["price"] | {"unit_amount": 0}} for item in items]
    lines = bills.period_lines(store, subscription, free, start=store.time, end=end)
    _bill(store, subscription, lines)


def _bill(store: ObjectStore, subscription: Obj, lines: list[Obj]) -> None:
    invoice = bills.bill(store, subscription, lines, reason="subscription_update", start=store.time, end=store.time)
    invoices.save_and_finalize(store, invoice)
    store.change(subscription, latest_invoice=invoice["id"])
    subscription_changes.collect(store, subscription, invoice, absent=True, behavior="allow_incomplete")
    if subscription["status"] != "trialing":
        subscriptions.after_invoice(store, invoice)
    subscription_changes.reschedule(store, subscription)


def delete_customer(store: ObjectStore, customer: Obj) -> Obj:
    """Delete a customer: what it had is cancelled at once; the id stays taken."""
    for subscription in store.find("subscription", customer=customer["id"]):
        if subscription["status"] not in subscription_changes.OVER:
            subscriptions.cancel(store, subscription)
    store.hidden(customer["id"])["deleted"] = True
    store.change(customer)
    store.emit("customer.deleted", customer)
    return tombstone(customer)


def tombstone(customer: Obj) -> Obj:
    """Return what is left of a deleted customer."""
    return {"id": customer["id"], "object": "customer", "deleted": True}
