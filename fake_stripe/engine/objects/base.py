"""What all builders use: ids and times of a new object, addresses of pages."""

from typing import Any

from django.conf import settings

from fake_stripe.engine.store import Obj, ObjectStore, new_id

NO_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
SELF = {"type": "self"}


def page(path: str) -> str:
    """Return the address of one of the fake Stripe's own pages."""
    return f"{settings.BASE_URL}/sandbox/{path}"


def new_object(store: ObjectStore, kind: str, **fields: Any) -> Obj:
    """Return a new object of a kind with an id, the time, and the given fields."""
    return {"id": new_id(kind), "object": kind, "created": store.time, "livemode": False, **fields}
