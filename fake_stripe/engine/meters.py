"""Usage that is billed by meters."""

from decimal import ROUND_HALF_UP, Decimal

from fake_stripe.engine.store import Obj, ObjectStore


def used(store: ObjectStore, meter: Obj, customer: str, *, start: int, end: int) -> int:
    """Return the sum of a customer's meter events in `start`..`end`, cancelled ones left out."""
    by, value = meter["customer_mapping"]["event_payload_key"], meter["value_settings"]["event_payload_key"]
    return sum(
        int(event["payload"].get(value, 0))
        for event in store.find("billing.meter_event", event_name=meter["event_name"])
        if event["payload"].get(by) == customer
        and start <= event["timestamp"] < end
        and not store.hidden(identity(event["identifier"])).get("cancelled")
    )


def identity(identifier: str) -> str:
    """Return the id under which a meter event is saved; the event itself has none."""
    return f"mev:{identifier}"


def amount(price: Obj, quantity: int) -> int:
    """Return the cents for a quantity; a part of a cent is rounded, halves up."""
    exact = Decimal(price["unit_amount_decimal"]) * quantity
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
