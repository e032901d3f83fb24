"""Build products and prices."""

from typing import Any

from fake_stripe.engine.objects.base import new_object
from fake_stripe.engine.store import Obj, ObjectStore


def product(store: ObjectStore, **given: Any) -> Obj:
    """Return a new product."""
    fields: Obj = {
        "active": True,
        "default_price": None,
        "description": None,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "tax_details": None,
        "type": "service",
        "unit_label": None,
        "updated": store.time,
        "url": None,
    }
    return new_object(store, "product", **fields | given)


def price(store: ObjectStore, *, product: str, currency: str, recurring: Obj | None, **given: Any) -> Obj:
    """Return a new price; `unit_amount` or `unit_amount_decimal` in cents."""
    cents, exact = given.pop("unit_amount", None), given.pop("unit_amount_decimal", None)
    fields: Obj = {
        "active": True,
        "billing_scheme": "per_unit",
        "custom_unit_amount": None,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
    }
    return new_object(
        store,
        "price",
        product=product,
        currency=currency,
        type="recurring" if recurring else "one_time",
        recurring=recurring and RECURRING | recurring,
        unit_amount=int(exact) if cents is None and exact is not None and "." not in exact else cents,
        unit_amount_decimal=exact if exact is not None else str(cents),
        **fields | given,
    )


RECURRING = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
