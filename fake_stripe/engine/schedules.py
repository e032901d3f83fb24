"""Schedules: a subscription's next phases, entered at the boundary of its periods."""

from typing import Any

from fake_stripe.engine import objects
from fake_stripe.engine.periods import after
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.wire import ApiError, unsupported


def of_subscription(store: ObjectStore, subscription: Obj) -> Obj:
    """Put a subscription under a schedule whose only phase is the current period."""
    if subscription["schedule"]:
        raise ApiError(
            "You cannot migrate a subscription that is already attached to a schedule:"
            f" `{subscription['id']}` is already attached to `{subscription['schedule']}`."
        )
    items = subscription["items"]["data"]
    start, end = items[0]["current_period_start"], items[0]["current_period_end"]
    wanted = [{"price": item["price"]["id"], "quantity": item.get("quantity")} for item in items]
    made = _schedule(store, subscription, [_phase(wanted, start, end, subscription["currency"], {})])
    store.add(made, event_type="subscription_schedule.created")
    store.change(subscription, event_type="customer.subscription.updated", schedule=made["id"])
    return made


def _schedule(store: ObjectStore, subscription: Obj, phases: list[Obj]) -> Obj:
    return {
        "id": new_id("subscription_schedule"),
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": subscription["billing_mode"],
        "canceled_at": None,
        "completed_at": None,
        "created": store.time,
        "current_phase": _current(phases, store.time),
        "customer": subscription["customer"],
        "customer_account": None,
        "default_settings": {
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": objects.SELF},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "livemode": False,
        "metadata": {},
        "pause_schedules": [],
        "phases": phases,
        "released_at": None,
        "released_subscription": None,
        "status": "active",
        "subscription": subscription["id"],
        "test_clock": None,
    }


def _phase(items: list[Obj], start: int, end: int, currency: str, given: Obj) -> Obj:
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "automatic_tax": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": currency,
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": [_phase_item(item) for item in items],
        "metadata": given.get("metadata") or {},
        "on_behalf_of": None,
        "proration_behavior": given.get("proration_behavior", "create_prorations"),
        "start_date": start,
        "transfer_data": None,
        "trial_end": None,
    }


def _phase_item(item: Obj) -> Obj:
    made: dict[str, Any] = {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": {},
        "plan": item["price"],
        "price": item["price"],
        "tax_rates": [],
    }
    return made if item.get("quantity") is None else made | {"quantity": item["quantity"]}


def _current(phases: list[Obj], now: int) -> Obj | None:
    for phase in phases:
        if phase["start_date"] <= now < phase["end_date"]:
            return {"start_date": phase["start_date"], "end_date": phase["end_date"]}
    return None


def set_phases(store: ObjectStore, schedule: Obj, wanted: list[Obj], *, end_behavior: str) -> None:
    """Replace the phases: the first is the current one as it is, the others begin where a period does."""
    require_active(schedule)
    if "start_date" not in wanted[0]:
        raise ApiError(
            "You must pass `phases[0][start_date]`.", code="parameter_missing", param="phases[0][start_date]"
        )
    phases: list[Obj] = []
    for requested in wanted:
        given = store.time if requested.get("start_date") == "now" else requested.get("start_date")
        phases.append(_requested_phase(store, schedule, requested, phases[-1]["end_date"] if phases else given))
    _require_unchanged(store, schedule, phases[0])
    store.change(
        schedule,
        event_type="subscription_schedule.updated",
        phases=phases,
        end_behavior=end_behavior,
        current_phase=_current(phases, store.time),
    )


def _requested_phase(store: ObjectStore, schedule: Obj, requested: Obj, start: Any) -> Obj:
    prices = [store.get("price", item["price"], param="phases[items][price]") for item in requested["items"]]
    items = [
        {"price": item["price"], "quantity": None if _metered(price) else item.get("quantity", 1)}
        for item, price in zip(requested["items"], prices, strict=True)
    ]
    end = requested.get("end_date")
    if end == "now":
        raise unsupported("phases[end_date]=now")
    if end is None:
        duration = requested.get("duration") or {"interval": prices[0]["recurring"]["interval"]}
        end = after(start, duration["interval"], duration.get("interval_count", 1))
    return _phase(items, start, end, prices[0]["currency"], requested)


def _metered(price: Obj) -> bool:
    return bool(price["recurring"]["usage_type"] == "metered")


def _require_unchanged(store: ObjectStore, schedule: Obj, first: Obj) -> None:
    subscription = store.get("subscription", schedule["subscription"])
    items = subscription["items"]["data"]
    if sorted(item["price"] for item in first["items"]) != sorted(item["price"]["id"] for item in items):
        raise unsupported("changing the current phase of a schedule")
    if first["end_date"] != items[0]["current_period_end"]:
        raise unsupported("a phase that does not end with the period")


def require_active(schedule: Obj) -> None:
    """Raise Stripe's refusal for a schedule that is over."""
    if schedule["status"] not in ("active", "not_started"):
        raise ApiError(
            f"You cannot change a subscription schedule that is in the `{schedule['status']}` status.",
            code="resource_missing",
        )


def release(store: ObjectStore, schedule: Obj) -> None:
    """Release the schedule: the subscription continues as it is."""
    subscription = store.get("subscription", schedule["subscription"])
    store.change(
        schedule,
        status="released",
        released_at=store.time,
        released_subscription=subscription["id"],
        subscription=None,
        current_phase=None,
    )
    store.emit("subscription_schedule.released", schedule)
    store.change(subscription, event_type="customer.subscription.updated", schedule=None)


def pass_boundary(store: ObjectStore, subscription: Obj, at: int) -> None:
    """Enter the phase that begins at a period's boundary; after the last phase release the subscription."""
    if not subscription["schedule"]:
        return
    schedule = store.get("subscription_schedule", subscription["schedule"])
    current = next((phase for phase in schedule["phases"] if phase["start_date"] <= at < phase["end_date"]), None)
    if current is None:
        release(store, schedule)
        return
    store.change(schedule, event_type="subscription_schedule.updated", current_phase=_current([current], at))
    items = _items_of(store, subscription, current)
    store.change(subscription, items=subscription["items"] | {"data": items})


def _items_of(store: ObjectStore, subscription: Obj, phase: Obj) -> list[Obj]:
    """Return the phase's items; an item keeps its id where only its price differs."""
    old = {item["price"]["id"]: item for item in subscription["items"]["data"]}
    wanted = [(dict(store.get("price", item["price"])), item.get("quantity")) for item in phase["items"]]
    spare = [item for item in old.values() if item["price"]["id"] not in {price["id"] for price, _ in wanted}]
    made = []
    for price, quantity in wanted:
        like = old.get(price["id"]) or next(
            (item for item in spare if _metered(item["price"]) == _metered(price)), None
        )
        if like in spare:
            spare.remove(like)
        new = objects.subscription_item(store, subscription["id"], price, quantity, store.time, store.time)
        made.append(objects.with_price(like, price, quantity) if like else new)
    return made
