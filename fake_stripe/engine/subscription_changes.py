"""Change a subscription: its items, at once or once they are paid, and its planned end."""

from typing import Any

from fake_stripe.engine import bills, invoices, objects, payments
from fake_stripe.engine.bills import ItemChange
from fake_stripe.engine.periods import boundary
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.wire import ApiError, unsupported

PENDING_SECONDS = 23 * 3600
"""How long an unpaid change, or an unpaid first invoice, waits for its payment."""

UPDATED = "customer.subscription.updated"
OVER = ("canceled", "incomplete_expired")


def change_items(
    store: ObjectStore,
    subscription: Obj,
    wanted: list[Obj],
    *,
    proration: str,
    at: int,
    behavior: str,
    absent: bool = False,
) -> None:
    """Change the items; with behavior `pending_if_incomplete` only once the change is paid."""
    items, changes = plan_items(store, subscription, wanted)
    lines = [] if proration == "none" else bills.proration_lines(store, subscription, changes, at)
    if proration != "always_invoice" or not lines:
        _save_prorations(store, subscription, lines, pending=True)
        apply_items(store, subscription, items)
        return
    _save_prorations(store, subscription, lines, pending=False)
    invoice = bills.bill(store, subscription, lines, reason="subscription_update", start=at, end=at)
    invoices.save_and_finalize(store, invoice)
    if behavior != "pending_if_incomplete":
        apply_items(store, subscription, items)
    store.change(subscription, latest_invoice=invoice["id"])
    outcome = collect(store, subscription, invoice, absent=absent, behavior=behavior)
    if behavior == "pending_if_incomplete" and outcome == "paid":
        apply_items(store, subscription, items)
    elif behavior == "pending_if_incomplete":
        _set_pending(store, subscription, items, invoice)
    elif outcome != "paid":
        store.change(subscription, event_type=UPDATED, status="past_due")


def preview(store: ObjectStore, subscription: Obj, wanted: list[Obj], *, proration: str, at: int) -> Obj:
    """Return the invoice that a change, or without one the next renewal, would make; nothing is saved."""
    items, changes = plan_items(store, subscription, wanted)
    lines = [] if proration == "none" else bills.proration_lines(store, subscription, changes, at)
    if wanted and proration == "always_invoice":
        return bills.bill(store, subscription, lines, reason="subscription_update", start=at, end=at)
    start, end = bills.period_of(subscription)
    following = boundary(subscription["billing_cycle_anchor"], items[0]["price"]["recurring"], end)
    lines += bills.usage_lines(store, subscription, items, end=end)
    lines += bills.period_lines(store, subscription, items, start=end, end=following)
    return bills.bill(store, subscription, lines, reason="upcoming", start=start, end=end)


def plan_items(store: ObjectStore, subscription: Obj, wanted: list[Obj]) -> tuple[list[Obj], list[ItemChange]]:
    """Return the items as they would be after the change, and the differences."""
    items = {item["id"]: item for item in subscription["items"]["data"]}
    changes = []
    for requested in wanted:
        old = items.get(requested.get("id", ""))
        if requested.get("id") and old is None:
            raise ApiError(f"No such subscription item: '{requested['id']}'", status=404, code="resource_missing")
        new = None if requested.get("deleted") else _requested_item(store, subscription, old, requested)
        if old is not None:
            del items[old["id"]]
        if new is not None:
            items[new["id"]] = new
        if (old or {}) != (new or {}):
            changes.append(ItemChange(old, new))
    return list(items.values()), changes


def _requested_item(store: ObjectStore, subscription: Obj, old: Obj | None, requested: Obj) -> Obj:
    if "price_data" in requested:
        raise unsupported("items[price_data]")
    price = dict(store.get("price", requested["price"], param="items[price]")) if "price" in requested else None
    price = price or (old or {}).get("price")
    if price is None:
        raise ApiError("An item needs a price.", code="parameter_missing", param="items[price]")
    same = bills.period_of(subscription)
    if old and any(old["price"]["recurring"][k] != price["recurring"][k] for k in ("interval", "interval_count")):
        raise unsupported("changing the billing interval")
    quantity = (
        None
        if price["recurring"]["usage_type"] == "metered"
        else requested.get("quantity", (old or {}).get("quantity", 1))
    )
    if old is None and price["id"] in {item["price"]["id"] for item in subscription["items"]["data"]}:
        raise ApiError(f"Cannot add multiple subscription items with the same plan: {price['id']}", param="items")
    if old is None:
        return objects.subscription_item(store, subscription["id"], price, quantity, *same)
    return objects.with_price(old, price, quantity)


def collect(store: ObjectStore, subscription: Obj, invoice: Obj, *, absent: bool, behavior: str) -> str:
    """Collect an invoice by the default card; return "paid", "failed" or "requires_action".

    Raises Stripe's 402 with behavior `error_if_incomplete` unless it was paid.
    """
    customer = store.get("customer", subscription["customer"])
    card = invoices.default_card(store, customer, subscription)
    outcome = invoices.collect(store, invoice, card, absent=absent)
    if behavior == "error_if_incomplete" and outcome != "paid":
        intent = invoices.intent_of(store, invoice)
        raise refusal(intent, saves=False)
    return outcome


def refusal(intent: Obj | None, *, saves: bool = True) -> ApiError:
    """Return the 402 of an invoice that could not be collected; `saves` says whether the attempt stays saved."""
    fields: dict[str, Any] = {"status": 402, "type": "card_error", "saves": saves}
    if intent and intent["last_payment_error"]:
        error = payments.card_error(intent)
        error.saves = saves
        return error
    if intent and intent["status"] == "requires_action":
        text = "This payment requires additional user action before it can be completed successfully."
        return ApiError(text, **fields, code="invoice_payment_intent_requires_action", payment_intent=intent)
    return ApiError("This customer has no attached payment source or default payment method.", **fields, code="missing")


def apply_items(store: ObjectStore, subscription: Obj, items: list[Obj]) -> None:
    """Give the subscription these items, and end a pending change."""
    store.change(subscription, event_type=UPDATED, items=subscription["items"] | {"data": items}, pending_update=None)
    store.hidden(subscription["id"]).pop("pending_invoice", None)
    reschedule(store, subscription)


def _set_pending(store: ObjectStore, subscription: Obj, items: list[Obj], invoice: Obj) -> None:
    pending = {"expires_at": store.time + PENDING_SECONDS, "subscription_items": items, "trial_end": None}
    fields = {"billing_cycle_anchor": None, "trial_from_plan": None, "discounts": None, "metadata": None}
    store.hidden(subscription["id"])["pending_invoice"] = invoice["id"]
    store.change(subscription, event_type=UPDATED, pending_update=pending | fields)
    reschedule(store, subscription)


def drop_pending(store: ObjectStore, subscription: Obj, *, void: bool) -> None:
    """Drop a pending change that was never paid; with `void` its invoice is voided."""
    invoice = store.hidden(subscription["id"]).pop("pending_invoice")
    store.change(subscription, event_type=UPDATED, pending_update=None)
    if void:
        invoices.end(store, store.get("invoice", invoice), "void")
    store.emit("customer.subscription.pending_update_expired", subscription)


def _save_prorations(store: ObjectStore, subscription: Obj, lines: list[Obj], *, pending: bool) -> None:
    for line in lines:
        if line["parent"]["subscription_item_details"]["invoice_item"]:
            item = objects.invoice_item(store, subscription, line)
            store.add(
                item, event_type="invoiceitem.created", line=line, pending=pending, subscription=subscription["id"]
            )


def take_pending_prorations(store: ObjectStore, subscription: Obj) -> list[Obj]:
    """Return the prorations that wait for the next invoice, and mark them as billed."""
    lines = []
    for item in store.find("invoiceitem", customer=subscription["customer"]):
        hidden = store.hidden(item["id"])
        if hidden.get("pending") and hidden["subscription"] == subscription["id"]:
            hidden["pending"] = False
            store.change(item)
            lines.append(hidden["line"])
    return lines


def proration_date(subscription: Obj, at: int) -> int:
    """Return `at`; raise Stripe's refusal outside of the current period."""
    start, end = bills.period_of(subscription)
    if not start <= at <= end:
        raise ApiError(
            "Cannot specify `proration_date` outside of current period.",
            param="proration_date",
            code="parameter_invalid",
        )
    return at


def require_free(subscription: Obj) -> None:
    """Raise Stripe's refusal if a schedule manages the subscription."""
    if subscription["schedule"]:
        raise ApiError(
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any"
            " cancelation behavior or item directly is not allowed. Please update the schedule instead."
        )


def set_cancellation(
    store: ObjectStore, subscription: Obj, *, at: int | None, at_period_end: bool = False, feedback: str | None = None
) -> None:
    """Schedule the end of the subscription at `at`, in seconds; None undoes it. `feedback` is why."""
    reason = "cancellation_requested" if at else None
    store.change(
        subscription,
        event_type=UPDATED,
        cancel_at=at,
        cancel_at_period_end=at_period_end,
        canceled_at=store.time if at else None,
        cancellation_details={"comment": None, "feedback": feedback, "reason": reason},
    )
    reschedule(store, subscription)


def set_period(store: ObjectStore, subscription: Obj, start: int, end: int) -> None:
    """Set the current period of all items."""
    items = subscription["items"]
    moved = [item | {"current_period_start": start, "current_period_end": end} for item in items["data"]]
    store.change(subscription, event_type=UPDATED, items=items | {"data": moved})


def reschedule(store: ObjectStore, subscription: Obj) -> None:
    """Set when the subscription's next scheduled change runs."""
    if subscription["status"] in OVER:
        store.due(subscription, None)
        return
    hidden = store.hidden(subscription["id"])
    if subscription["status"] == "paused":
        store.due(subscription, hidden["resumes_until"] if "resumption" in hidden else None)
        return
    moments = [bills.period_of(subscription)[1], subscription["cancel_at"]]
    if subscription["pending_update"]:
        moments.append(subscription["pending_update"]["expires_at"])
    if subscription["status"] == "incomplete":
        moments.append(subscription["created"] + PENDING_SECONDS)
    store.due(subscription, min(moment for moment in moments if moment))
