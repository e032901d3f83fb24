"""Which object an event is about: the id of it in the event's body, or nothing when it is none of ours."""

from typing import Any

from marketplace.stripe.gateway.reading import payment_of_charge

Body = dict[str, Any]


def own_id(body: Body) -> str:
    """Return the id of the object in the body itself."""
    return str(body["id"])


def payment_intent(body: Body) -> str:
    """Return the payment a charge, refund, dispute or warning belongs to."""
    intent = _id(body.get("payment_intent"))
    return intent or (payment_of_charge(_id(body["charge"])) if body.get("charge") else "")


def intent_of_invoice_payment(body: Body) -> str:
    """Return the payment intent by which an invoice was paid."""
    return _id((body.get("payment") or {}).get("payment_intent"))


def billed_subscription(body: Body) -> str:
    """Return the subscription of an invoice; a pack's invoice has none."""
    parent = body.get("parent") or {}
    return _id((parent.get("subscription_details") or {}).get("subscription"))


def invoice_of_credit_note(body: Body) -> str:
    """Return the invoice that a credit note is over."""
    return _id(body.get("invoice"))


def scheduled_subscription(body: Body) -> str:
    """Return the subscription of a schedule, also of one that was released from it."""
    return _id(body.get("subscription")) or _id(body.get("released_subscription"))


def customer(body: Body) -> str:
    """Return the customer of an object, or the customer itself."""
    return own_id(body) if body.get("object") == "customer" else _id(body.get("customer"))


def _id(value: Any) -> str:
    """Return the id of something absent, an id, or an expanded object."""
    return value if isinstance(value, str) else (value or {}).get("id", "")
