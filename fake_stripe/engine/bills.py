"""The lines of a subscription's bills: a period in advance, usage, and the prorations of a change."""

from dataclasses import dataclass
from typing import Any

from fake_stripe.engine import meters, objects
from fake_stripe.engine.periods import share
from fake_stripe.engine.store import Obj, ObjectStore, instant, new_id


@dataclass(frozen=True)
class ItemChange:
    """An item before and after; None for an item that is new or removed."""

    old: Obj | None
    new: Obj | None


def is_metered(item: Obj) -> bool:
    """Return True if the item is billed by usage."""
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
            text=f"{item['quantity']} x {_product_name(store, item)}",
            taxed=subscription["automatic_tax"]["enabled"],
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
        text=f"{quantity} x {_product_name(store, item)}",
        taxed=subscription["automatic_tax"]["enabled"],
        subscription=subscription["id"],
        subscription_item=item["id"],
    )


def proration_lines(store: ObjectStore, subscription: Obj, changes: list[ItemChange], at: int) -> list[Obj]:
    """Return the lines which credit and charge a change at the instant `at`, prorated by the second."""
    lines = []
    for change in changes:
        if change.old and is_metered(change.old):
            usage = _usage_line(store, subscription, change.old, at) if change.new is None else None
            lines += [usage] if usage and usage["quantity"] else []
        elif change.old:
            lines.append(_proration_line(store, subscription, change.old, at, sign=-1))
        if change.new and not is_metered(change.new):
            lines.append(_proration_line(store, subscription, change.new, at, sign=1))
    return lines


def _proration_line(store: ObjectStore, subscription: Obj, item: Obj, at: int, *, sign: int) -> Obj:
    start, end = period_of(subscription)
    day = f"{instant(at):%d %b %Y}"
    name = _product_name(store, item)
    return objects.line(
        store,
        price=item["price"],
        amount=sign * share(item["price"]["unit_amount"] * item["quantity"], start=start, end=end, at=at),
        quantity=item["quantity"],
        start=at,
        end=end,
        text=f"Unused time on {name} after {day}" if sign < 0 else f"Remaining time on {name} after {day}",
        taxed=subscription["automatic_tax"]["enabled"],
        subscription=subscription["id"],
        subscription_item=item["id"],
        invoice_item=new_id("invoiceitem"),
        proration=True,
    )


def _product_name(store: ObjectStore, item: Obj) -> str:
    return str(store.get("product", item["price"]["product"])["name"])


def bill(
    store: ObjectStore, subscription: Obj, lines: list[Obj], *, reason: str, start: int, end: int, **given: Any
) -> Obj:
    """Return a draft invoice of the subscription."""
    customer = store.get("customer", subscription["customer"])
    parent = objects.of_subscription(subscription)
    return objects.invoice(store, customer, lines, reason=reason, start=start, end=end, parent=parent, **given)
