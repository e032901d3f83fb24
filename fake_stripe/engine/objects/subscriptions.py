"""Build subscriptions and their items."""

from typing import Any

from fake_stripe.engine.objects.base import SELF, new_object
from fake_stripe.engine.store import Obj, ObjectStore, listing, new_id


def subscription(
    store: ObjectStore, *, customer: str, prices: list[tuple[Obj, int | None]], end: int, **given: Any
) -> Obj:
    """Return a new, still incomplete subscription to prices with quantities, in its first period."""
    made = new_object(store, "subscription")
    items = [subscription_item(store, made["id"], price, quantity, store.time, end) for price, quantity in prices]
    fields: Obj = {
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": store.time,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "currency": prices[0][0]["currency"],
        "customer": customer,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": SELF},
        "items": listing(items, f"/v1/subscription_items?subscription={made['id']}"),
        "latest_invoice": None,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": store.time,
        "status": "incomplete",
        "status_details": None,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }
    return made | fields | given


def subscription_item(
    store: ObjectStore, subscription: str, price: Obj, quantity: int | None, start: int, end: int
) -> Obj:
    """Return a new item; a metered one has no quantity."""
    made: Obj = {
        "id": new_id("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": store.time,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": _plan(price),
        "price": price,
        "subscription": subscription,
        "tax_rates": [],
    }
    return made if quantity is None else made | {"quantity": quantity}


def with_price(item: Obj, price: Obj, quantity: int | None) -> Obj:
    """Return the item at another price."""
    made = item | {"price": price, "plan": _plan(price)}
    return made if quantity is None else made | {"quantity": quantity}


def _plan(price: Obj) -> Obj:
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": recurring["meter"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }
