"""The life of a subscription: start, change, renew, fall behind, recover, end."""

from dataclasses import dataclass
from typing import Any

from fake_stripe.engine import invoices, meters, objects, payments, schedules
from fake_stripe.engine.periods import boundary, share
from fake_stripe.engine.store import INCLUDES, Obj, ObjectStore, instant, listing, new_id
from fake_stripe.wire import ApiError, unsupported

PENDING_SECONDS = 23 * 3600
"""How long an unpaid change, or an unpaid first invoice, waits."""

DRAFT_SECONDS = 3600
"""How long a bill with metered usage stays a draft. Usage of its period that is told meanwhile still counts.

At Stripe every renewal does; here those do in which it makes a difference."""

UPDATED = "customer.subscription.updated"
OVER = ("canceled", "incomplete_expired")


@dataclass(frozen=True)
class Change:
    """An item before and after; None for an item that is new or removed."""

    old: Obj | None
    new: Obj | None


# What is on a bill


def is_metered(item: Obj) -> bool:
    """Tell whether the item is billed by usage."""
    return bool(item["price"]["recurring"]["usage_type"] == "metered")


def period_of(subscription: Obj) -> tuple[int, int]:
    """Return the current period's start and end."""
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def period_lines(store: ObjectStore, subscription: Obj, items: list[Obj], *, start: int, end: int) -> list[Obj]:
    """Return the lines which bill a period in advance."""
    return [
        objects.line(
            store,
            price=item["price"],
            amount=item["price"]["unit_amount"] * item["quantity"],
            quantity=item["quantity"],
            start=start,
            end=end,
            text=f"{item['quantity']} x {_name(store, item)}",
            subscription=subscription["id"],
            subscription_item=item["id"],
        )
        for item in items
        if not is_metered(item)
    ]


def usage_lines(store: ObjectStore, subscription: Obj, items: list[Obj], *, end: int) -> list[Obj]:
    """Return the lines which bill the usage of the current period up to `end`."""
    return [_usage_line(store, subscription, item, end) for item in items if is_metered(item)]


def _usage_line(store: ObjectStore, subscription: Obj, item: Obj, end: int) -> Obj:
    meter = store.get("billing.meter", item["price"]["recurring"]["meter"])
    start = max(item["current_period_start"], item["created"])
    quantity = meters.used(store, meter, subscription["customer"], start=start, end=end)
    return objects.line(
        store,
        price=item["price"],
        amount=meters.amount(item["price"], quantity),
        quantity=quantity,
        start=start,
        end=end,
        text=f"{quantity} x {_name(store, item)}",
        subscription=subscription["id"],
        subscription_item=item["id"],
    )


def proration_lines(store: ObjectStore, subscription: Obj, changes: list[Change], at: int) -> list[Obj]:
    """Return what a change at an instant gives back and takes, by the second."""
    lines = []
    for change in changes:
        if change.old and is_metered(change.old):
            usage = _usage_line(store, subscription, change.old, at) if change.new is None else None
            lines += [usage] if usage and usage["quantity"] else []
        elif change.old:
            lines.append(_part(store, subscription, change.old, at, sign=-1))
        if change.new and not is_metered(change.new):
            lines.append(_part(store, subscription, change.new, at, sign=1))
    return lines


def _part(store: ObjectStore, subscription: Obj, item: Obj, at: int, *, sign: int) -> Obj:
    start, end = period_of(subscription)
    day = f"{instant(at):%d %b %Y}"
    name = _name(store, item)
    return objects.line(
        store,
        price=item["price"],
        amount=sign * share(item["price"]["unit_amount"] * item["quantity"], start=start, end=end, at=at),
        quantity=item["quantity"],
        start=at,
        end=end,
        text=f"Unused time on {name} after {day}" if sign < 0 else f"Remaining time on {name} after {day}",
        subscription=subscription["id"],
        subscription_item=item["id"],
        invoice_item=new_id("invoiceitem"),
        proration=True,
    )


def _name(store: ObjectStore, item: Obj) -> str:
    return str(store.get("product", item["price"]["product"])["name"])


def bill(
    store: ObjectStore, subscription: Obj, lines: list[Obj], *, reason: str, start: int, end: int, **given: Any
) -> Obj:
    """Return a draft invoice of the subscription."""
    customer = store.get("customer", subscription["customer"])
    parent = objects.of_subscription(subscription)
    return objects.invoice(store, customer, lines, reason=reason, start=start, end=end, parent=parent, **given)


# Start


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
    lines = period_lines(store, subscription, subscription["items"]["data"], start=store.time, end=end)
    invoice = bill(store, subscription, lines, reason="subscription_create", start=store.time, end=store.time)
    invoices.save_and_finalize(store, invoice)
    store.change(subscription, latest_invoice=invoice["id"])
    if not pay:
        invoices.open_intent(store, invoice)
    else:
        invoices.collect(store, invoice, card, absent=absent, authenticated=authenticated)
    after_invoice(store, invoice)
    reschedule(store, subscription)
    return subscription, invoice


# Change


def planned(store: ObjectStore, subscription: Obj, wanted: list[Obj]) -> tuple[list[Obj], list[Change]]:
    """Return the items as they would be, and what differs."""
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
            changes.append(Change(old, new))
    return list(items.values()), changes


def _requested_item(store: ObjectStore, subscription: Obj, old: Obj | None, requested: Obj) -> Obj:
    if "price_data" in requested:
        raise unsupported("items[price_data]")
    price = dict(store.get("price", requested["price"], param="items[price]")) if "price" in requested else None
    price = price or (old or {}).get("price")
    if price is None:
        raise ApiError("An item needs a price.", code="parameter_missing", param="items[price]")
    same = period_of(subscription)
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
    """Change the items: with `pending_if_incomplete` only once the change is paid."""
    items, changes = planned(store, subscription, wanted)
    lines = [] if proration == "none" else proration_lines(store, subscription, changes, at)
    if proration != "always_invoice" or not lines:
        _leave_for_later(store, subscription, lines)
        _apply(store, subscription, items)
        return
    _note_items(store, subscription, lines, pending=False)
    invoice = bill(store, subscription, lines, reason="subscription_update", start=at, end=at)
    invoices.save_and_finalize(store, invoice)
    if behavior != "pending_if_incomplete":
        _apply(store, subscription, items)
    store.change(subscription, latest_invoice=invoice["id"])
    outcome = _collect(store, subscription, invoice, absent=absent, behavior=behavior)
    if behavior == "pending_if_incomplete" and outcome == "paid":
        _apply(store, subscription, items)
    elif behavior == "pending_if_incomplete":
        _wait(store, subscription, items, invoice)
    elif outcome != "paid":
        store.change(subscription, event_type=UPDATED, status="past_due")


def _collect(store: ObjectStore, subscription: Obj, invoice: Obj, *, absent: bool, behavior: str) -> str:
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


def _apply(store: ObjectStore, subscription: Obj, items: list[Obj]) -> None:
    store.change(subscription, event_type=UPDATED, items=subscription["items"] | {"data": items}, pending_update=None)
    store.hidden(subscription["id"]).pop("pending_invoice", None)
    reschedule(store, subscription)


def _wait(store: ObjectStore, subscription: Obj, items: list[Obj], invoice: Obj) -> None:
    pending = {"expires_at": store.time + PENDING_SECONDS, "subscription_items": items, "trial_end": None}
    fields = {"billing_cycle_anchor": None, "trial_from_plan": None, "discounts": None, "metadata": None}
    store.hidden(subscription["id"])["pending_invoice"] = invoice["id"]
    store.change(subscription, event_type=UPDATED, pending_update=pending | fields)
    reschedule(store, subscription)


def _note_items(store: ObjectStore, subscription: Obj, lines: list[Obj], *, pending: bool) -> None:
    for line in lines:
        if line["parent"]["subscription_item_details"]["invoice_item"]:
            item = objects.invoice_item(store, subscription, line)
            store.add(
                item, event_type="invoiceitem.created", line=line, pending=pending, subscription=subscription["id"]
            )


def _leave_for_later(store: ObjectStore, subscription: Obj, lines: list[Obj]) -> None:
    _note_items(store, subscription, lines, pending=True)


def _waiting_lines(store: ObjectStore, subscription: Obj) -> list[Obj]:
    """Take the prorations that wait for the next invoice."""
    lines = []
    for item in store.find("invoiceitem", customer=subscription["customer"]):
        hidden = store.hidden(item["id"])
        if hidden["pending"] and hidden["subscription"] == subscription["id"]:
            hidden["pending"] = False
            store.change(item)
            lines.append(hidden["line"])
    return lines


def proration_date(subscription: Obj, at: int) -> int:
    """Return `at`; raise Stripe's refusal outside of the current period."""
    start, end = period_of(subscription)
    if not start <= at <= end:
        raise ApiError(
            "Cannot specify `proration_date` outside of current period.",
            param="proration_date",
            code="parameter_invalid",
        )
    return at


def set_cancellation(store: ObjectStore, subscription: Obj, *, at: int | None, at_period_end: bool = False) -> None:
    """Plan the end, or with None take that back."""
    reason = "cancellation_requested" if at else None
    store.change(
        subscription,
        event_type=UPDATED,
        cancel_at=at,
        cancel_at_period_end=at_period_end,
        canceled_at=store.time if at else None,
        cancellation_details={"comment": None, "feedback": None, "reason": reason},
    )
    reschedule(store, subscription)


def require_free(subscription: Obj) -> None:
    """Raise Stripe's refusal while a schedule rules the subscription."""
    if subscription["schedule"]:
        raise ApiError(
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any"
            " cancelation behavior or item directly is not allowed. Please update the schedule instead."
        )


def preview(store: ObjectStore, subscription: Obj, wanted: list[Obj], *, proration: str, at: int) -> Obj:
    """Return the invoice that a change, or without one the next renewal, would make; nothing is saved."""
    items, changes = planned(store, subscription, wanted)
    lines = [] if proration == "none" else proration_lines(store, subscription, changes, at)
    if wanted and proration == "always_invoice":
        return bill(store, subscription, lines, reason="subscription_update", start=at, end=at)
    start, end = period_of(subscription)
    following = boundary(subscription["billing_cycle_anchor"], items[0]["price"]["recurring"], end)
    lines += usage_lines(store, subscription, items, end=end)
    lines += period_lines(store, subscription, items, start=end, end=following)
    return bill(store, subscription, lines, reason="upcoming", start=start, end=end)


# Renew


def reschedule(store: ObjectStore, subscription: Obj) -> None:
    """Set when the subscription's next scheduled change runs."""
    if subscription["status"] in OVER:
        store.due(subscription, None)
        return
    moments = [period_of(subscription)[1], subscription["cancel_at"]]
    if subscription["pending_update"]:
        moments.append(subscription["pending_update"]["expires_at"])
    if subscription["status"] == "incomplete":
        moments.append(subscription["created"] + PENDING_SECONDS)
    store.due(subscription, min(moment for moment in moments if moment))


def come_due(store: ObjectStore, subscription: Obj) -> None:
    """Run the change that is due: an unpaid one lapses, the subscription ends, or a new period begins."""
    pending = subscription["pending_update"]
    if subscription["status"] == "incomplete":
        lapse(store, subscription)
    elif pending and pending["expires_at"] <= store.time:
        drop_pending(store, subscription, void=True)
    elif subscription["cancel_at"] and subscription["cancel_at"] <= store.time:
        cancel(store, subscription, invoice_now=True)
    elif period_of(subscription)[1] <= store.time:
        renew(store, subscription)
    reschedule(store, subscription)


def renew(store: ObjectStore, subscription: Obj) -> Obj:
    """Begin the next period and bill it; return the invoice."""
    start, end = period_of(subscription)
    ended = subscription["items"]["data"]
    schedules.pass_boundary(store, subscription, end)
    items = subscription["items"]["data"]
    following = boundary(subscription["billing_cycle_anchor"], items[0]["price"]["recurring"], end)
    items = [item | {"current_period_start": end, "current_period_end": following} for item in items]
    store.change(subscription, event_type=UPDATED, items=subscription["items"] | {"data": items})
    lines = _waiting_lines(store, subscription)
    lines += period_lines(store, subscription, items, start=end, end=following)
    return _bill_period(store, subscription, ended, lines, start=start, end=end)


def _bill_period(
    store: ObjectStore, subscription: Obj, ended: list[Obj], lines: list[Obj], *, start: int, end: int
) -> Obj:
    """Bill what the items used up to `end`, and the lines; with metered items the bill stays a draft at first."""
    metered = [item for item in ended if is_metered(item)]
    invoice = bill(store, subscription, lines, reason="subscription_cycle", start=start, end=end)
    if metered:
        until = store.time + DRAFT_SECONDS
        used = usage_lines(store, subscription, metered, end=end)
        invoice |= objects.sums(store.get("customer", subscription["customer"]), invoice["id"], used + lines)
        invoice["automatically_finalizes_at"] = until
        store.add(invoice, event_type="invoice.created", due_at=until, metered=metered, lines=lines, end=end)
        store.change(subscription, latest_invoice=invoice["id"])
        return invoice
    invoices.save_and_finalize(store, invoice)
    store.change(subscription, latest_invoice=invoice["id"])
    retry(store, invoice)
    return invoice


def bill_due(store: ObjectStore, invoice: Obj) -> None:
    """Finalize a draft with the usage as it is now known, or try an overdue invoice again."""
    if invoice["status"] == "draft":
        subscription, hidden = subscription_of(store, invoice), store.hidden(invoice["id"])
        assert subscription is not None
        used = usage_lines(store, subscription, hidden["metered"], end=hidden["end"])
        customer = store.get("customer", subscription["customer"])
        store.change(invoice, **objects.sums(customer, invoice["id"], used + hidden["lines"]))
        store.due(invoice, None)
        invoices.finalize(store, invoice)
    retry(store, invoice)


def retry(store: ObjectStore, invoice: Obj) -> None:
    """Try an overdue invoice again."""
    subscription = subscription_of(store, invoice)
    assert subscription is not None
    _collect(store, subscription, invoice, absent=True, behavior="allow_incomplete")
    after_invoice(store, invoice)


def subscription_of(store: ObjectStore, invoice: Obj) -> Obj | None:
    """Return the subscription that the invoice bills."""
    parent = invoice["parent"]
    return store.get("subscription", parent["subscription_details"]["subscription"]) if parent else None


def after_invoice(store: ObjectStore, invoice: Obj) -> None:
    """Bring the subscription in line with what became of its invoice."""
    subscription = subscription_of(store, invoice)
    if subscription is None or subscription["status"] in OVER:
        return
    if store.hidden(subscription["id"]).get("pending_invoice") == invoice["id"]:
        _after_pending(store, subscription, invoice)
    elif invoice["status"] == "open":
        if invoice["attempted"] and subscription["status"] == "active":
            store.change(subscription, event_type=UPDATED, status="past_due")
    elif not _owes_later(store, subscription, invoice):
        store.change(subscription, event_type=UPDATED, status="active")
    reschedule(store, subscription)


def _after_pending(store: ObjectStore, subscription: Obj, invoice: Obj) -> None:
    if invoice["status"] == "paid":
        _apply(store, subscription, subscription["pending_update"]["subscription_items"])
        store.emit("customer.subscription.pending_update_applied", subscription)
    elif invoice["status"] != "open":
        drop_pending(store, subscription, void=False)


def _owes_later(store: ObjectStore, subscription: Obj, invoice: Obj) -> bool:
    """Tell whether a later invoice is unpaid: paying an old one alone puts nothing right."""
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


def drop_pending(store: ObjectStore, subscription: Obj, *, void: bool) -> None:
    """Give up a change that was never paid."""
    invoice = store.hidden(subscription["id"]).pop("pending_invoice")
    store.change(subscription, event_type=UPDATED, pending_update=None)
    if void:
        invoices.end(store, store.get("invoice", invoice), "void")
    store.emit("customer.subscription.pending_update_expired", subscription)


def lapse(store: ObjectStore, subscription: Obj) -> None:
    """End a subscription whose first invoice was never paid."""
    store.change(subscription, event_type=UPDATED, status="incomplete_expired", ended_at=store.time)
    for invoice in invoices_of(store, subscription, status="open"):
        invoices.end(store, invoice, "void")


# End


def cancel(store: ObjectStore, subscription: Obj, *, invoice_now: bool = False) -> None:
    """End the subscription now; with `invoice_now` the usage up to now is billed."""
    if subscription["status"] in OVER:
        raise ApiError(f"No such subscription: '{subscription['id']}'", status=404, code="resource_missing", param="id")
    for open_one in invoices_of(store, subscription, status="open"):
        store.change(open_one, event_type="invoice.updated", auto_advance=False, next_payment_attempt=None)
        store.due(open_one, None)
    if subscription["pending_update"]:
        drop_pending(store, subscription, void=True)
    reason = subscription["cancellation_details"]["reason"] or "cancellation_requested"
    store.change(
        subscription,
        status="canceled",
        canceled_at=subscription["canceled_at"] or store.time,
        ended_at=store.time,
        cancellation_details={"comment": None, "feedback": None, "reason": reason},
    )
    store.emit("customer.subscription.deleted", subscription)
    reschedule(store, subscription)
    items = subscription["items"]["data"]
    if invoice_now and any(is_metered(item) for item in items):
        start, _ = period_of(subscription)
        _bill_period(store, subscription, items, [], start=start, end=store.time)


def _of_customer(store: ObjectStore, customer: Obj) -> Obj:
    found = [dict(one) for one in store.find("subscription", customer=customer["id"]) if one["status"] not in OVER]
    return listing(found, f"/v1/customers/{customer['id']}/subscriptions")


INCLUDES["customer", "subscriptions"] = _of_customer
