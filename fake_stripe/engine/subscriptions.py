"""The life of a subscription: start, renew, fall behind, recover, end."""

from typing import Any

from fake_stripe.engine import bills, invoices, objects, pausing, schedules, subscription_changes
from fake_stripe.engine.periods import boundary
from fake_stripe.engine.store import INCLUDES, Obj, ObjectStore, listing
from fake_stripe.engine.subscription_changes import OVER, UPDATED
from fake_stripe.wire import ApiError

DRAFT_SECONDS = 3600
"""How long a bill with metered usage stays a draft. Usage of its period that is reported meanwhile still counts.

At Stripe every renewal is a draft first; here only those where it makes a difference."""


def start(
    store: ObjectStore,
    *,
    customer: str,
    prices: list[tuple[Obj, int | None]],
    card: Obj | None,
    pay: bool = True,
    absent: bool = False,
    authenticated: bool = False,
    **given: Any,
) -> tuple[Obj, Obj]:
    """Start a subscription and collect its first invoice, with `pay=False` later; return both."""
    recurring = prices[0][0]["recurring"]
    end = boundary(store.time, recurring, store.time)
    subscription = objects.subscription(store, customer=customer, prices=prices, end=end, **given)
    store.add(subscription, event_type="customer.subscription.created")
    lines = bills.period_lines(store, subscription, subscription["items"]["data"], start=store.time, end=end)
    invoice = bills.bill(store, subscription, lines, reason="subscription_create", start=store.time, end=store.time)
    invoices.save_and_finalize(store, invoice)
    store.change(subscription, latest_invoice=invoice["id"])
    if not pay:
        invoices.open_intent(store, invoice)
    else:
        invoices.collect(store, invoice, card, absent=absent, authenticated=authenticated)
    after_invoice(store, invoice)
    subscription_changes.reschedule(store, subscription)
    return subscription, invoice


def come_due(store: ObjectStore, subscription: Obj) -> None:
    """Run the change that is due: an unpaid one lapses, the subscription ends, or a new period begins."""
    pending = subscription["pending_update"]
    if subscription["status"] == "incomplete":
        lapse(store, subscription)
    elif subscription["status"] == "paused":
        pausing.lapse(store, subscription)
    elif pending and pending["expires_at"] <= store.time:
        subscription_changes.drop_pending(store, subscription, void=True)
    elif subscription["cancel_at"] and subscription["cancel_at"] <= store.time:
        cancel(store, subscription, invoice_now=True)
    elif bills.period_of(subscription)[1] <= store.time:
        renew(store, subscription)
    subscription_changes.reschedule(store, subscription)


def renew(store: ObjectStore, subscription: Obj) -> Obj:
    """Begin the next period and bill it; return the invoice."""
    start, end = bills.period_of(subscription)
    ended = subscription["items"]["data"]
    schedules.pass_boundary(store, subscription, end)
    items = subscription["items"]["data"]
    following = boundary(subscription["billing_cycle_anchor"], items[0]["price"]["recurring"], end)
    items = [item | {"current_period_start": end, "current_period_end": following} for item in items]
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    store.change(subscription, event_type=UPDATED, status=status, items=subscription["items"] | {"data": items})
    lines = subscription_changes.take_pending_prorations(store, subscription)
    lines += bills.period_lines(store, subscription, items, start=end, end=following)
    return _bill_period(store, subscription, ended, lines, start=start, end=end)


def _bill_period(
    store: ObjectStore, subscription: Obj, ended: list[Obj], lines: list[Obj], *, start: int, end: int
) -> Obj:
    """Bill what the items used up to `end`, and the lines; with metered items the bill stays a draft at first."""
    metered = [item for item in ended if bills.is_metered(item)]
    invoice = bills.bill(store, subscription, lines, reason="subscription_cycle", start=start, end=end)
    if metered:
        until = store.time + DRAFT_SECONDS
        used = bills.usage_lines(store, subscription, metered, end=end)
        invoice |= objects.sums(store.get("customer", subscription["customer"]), invoice["id"], used + lines)
        invoice["automatically_finalizes_at"] = until
        store.add(invoice, event_type="invoice.created", due_at=until, metered=metered, lines=lines, end=end)
        store.change(subscription, latest_invoice=invoice["id"])
        return invoice
    if pause := subscription["pause_collection"]:
        _leave_uncollected(store, subscription, invoice, pause["behavior"])
        return invoice
    invoices.save_and_finalize(store, invoice)
    store.change(subscription, latest_invoice=invoice["id"])
    retry(store, invoice)
    return invoice


def _leave_uncollected(store: ObjectStore, subscription: Obj, invoice: Obj, behavior: str) -> None:
    """Leave a bill as a draft, void it or write it off, as the paused collection says."""
    if behavior == "keep_as_draft":
        store.add(invoice | {"auto_advance": False}, event_type="invoice.created")
    else:
        invoices.save_and_finalize(store, invoice)
        invoices.end(store, invoice, {"void": "void", "mark_uncollectible": "uncollectible"}[behavior])
    store.change(subscription, event_type=UPDATED, latest_invoice=invoice["id"])


def bill_due(store: ObjectStore, invoice: Obj) -> None:
    """Finalize a draft with the usage as it is now known, or try an overdue invoice again."""
    if invoice["status"] == "draft":
        subscription, hidden = subscription_of(store, invoice), store.hidden(invoice["id"])
        assert subscription is not None
        used = bills.usage_lines(store, subscription, hidden["metered"], end=hidden["end"])
        customer = store.get("customer", subscription["customer"])
        store.change(invoice, **objects.sums(customer, invoice["id"], used + hidden["lines"]))
        store.due(invoice, None)
        invoices.finalize(store, invoice)
    retry(store, invoice)


def retry(store: ObjectStore, invoice: Obj) -> None:
    """Try an overdue invoice again."""
    subscription = subscription_of(store, invoice)
    assert subscription is not None
    subscription_changes.collect(store, subscription, invoice, absent=True, behavior="allow_incomplete")
    after_invoice(store, invoice)


def subscription_of(store: ObjectStore, invoice: Obj) -> Obj | None:
    """Return the subscription that the invoice bills."""
    parent = invoice["parent"]
    return store.get("subscription", parent["subscription_details"]["subscription"]) if parent else None


def after_invoice(store: ObjectStore, invoice: Obj) -> None:
    """Update the subscription's status after its invoice was paid, failed or voided."""
    subscription = subscription_of(store, invoice)
    if subscription is None or subscription["status"] in OVER:
        return
    if store.hidden(subscription["id"]).get("pending_invoice") == invoice["id"]:
        _after_pending(store, subscription, invoice)
    elif store.hidden(subscription["id"]).get("resumption") == invoice["id"]:
        pausing.settle(store, subscription, invoice)
    elif subscription["status"] == "paused":
        return
    elif invoice["status"] == "open":
        if invoice["attempted"] and subscription["status"] == "active":
            store.change(subscription, event_type=UPDATED, status="past_due")
    elif not _owes_later(store, subscription, invoice):
        store.change(subscription, event_type=UPDATED, status="active")
    subscription_changes.reschedule(store, subscription)


def _after_pending(store: ObjectStore, subscription: Obj, invoice: Obj) -> None:
    if invoice["status"] == "paid":
        subscription_changes.apply_items(store, subscription, subscription["pending_update"]["subscription_items"])
        store.emit("customer.subscription.pending_update_applied", subscription)
    elif invoice["status"] != "open":
        subscription_changes.drop_pending(store, subscription, void=False)


def _owes_later(store: ObjectStore, subscription: Obj, invoice: Obj) -> bool:
    """Return True if a later invoice is unpaid: paying an old one alone does not make the subscription active."""
    pending = store.hidden(subscription["id"]).get("pending_invoice")
    return any(
        other["created"] >= invoice["created"] and other["id"] not in (invoice["id"], pending)
        for other in invoices_of(store, subscription, status="open")
    )


def invoices_of(store: ObjectStore, subscription: Obj, *, status: str | None = None) -> list[Obj]:
    """Return a subscription's invoices, the newest first."""
    found = store.find("invoice", customer=subscription["customer"], status=status)
    return [invoice for invoice in found if _bills(invoice, subscription["id"])]


def _bills(invoice: Obj, subscription: str) -> bool:
    parent = invoice["parent"]
    return bool(parent and parent["subscription_details"]["subscription"] == subscription)


def lapse(store: ObjectStore, subscription: Obj) -> None:
    """End a subscription whose first invoice was never paid."""
    store.change(subscription, event_type=UPDATED, status="incomplete_expired", ended_at=store.time)
    for invoice in invoices_of(store, subscription, status="open"):
        invoices.end(store, invoice, "void")


def cancel(store: ObjectStore, subscription: Obj, *, invoice_now: bool = False, feedback: str | None = None) -> None:
    """End the subscription now; with `invoice_now` the usage up to now is billed. `feedback` is why."""
    if subscription["status"] in OVER:
        raise ApiError(f"No such subscription: '{subscription['id']}'", status=404, code="resource_missing", param="id")
    for open_one in invoices_of(store, subscription, status="open"):
        store.change(open_one, event_type="invoice.updated", auto_advance=False, next_payment_attempt=None)
        store.due(open_one, None)
    if subscription["pending_update"]:
        subscription_changes.drop_pending(store, subscription, void=True)
    reason = subscription["cancellation_details"]["reason"] or "cancellation_requested"
    store.change(
        subscription,
        status="canceled",
        canceled_at=subscription["canceled_at"] or store.time,
        ended_at=store.time,
        cancellation_details=subscription["cancellation_details"]
        | {"reason": reason}
        | ({"feedback": feedback} if feedback else {}),
    )
    store.emit("customer.subscription.deleted", subscription)
    subscription_changes.reschedule(store, subscription)
    items = subscription["items"]["data"]
    if invoice_now and any(bills.is_metered(item) for item in items):
        start, _ = bills.period_of(subscription)
        _bill_period(store, subscription, items, [], start=start, end=store.time)


def _of_customer(store: ObjectStore, customer: Obj) -> Obj:
    found = [dict(one) for one in store.find("subscription", customer=customer["id"]) if one["status"] not in OVER]
    return listing(found, f"/v1/customers/{customer['id']}/subscriptions")


INCLUDES["customer", "subscriptions"] = _of_customer
INCLUDES["customer", "tax_ids"] = lambda store, customer: listing([], f"/v1/customers/{customer['id']}/tax_ids")
