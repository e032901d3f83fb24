"""The map: what each event of Stripe makes us look at.

An event is believed to say one thing only, which object to ask about; what Stripe answers is applied by the rooms
above, see `objects`. An event that is not listed is stored and ignored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.stripe import gateway, objects
from marketplace.stripe.objects import StripeObject

Body = dict[str, Any]


@dataclass(frozen=True)
class Handler:
    """How an event is handled: `subject` names the object in its body, or nothing when it is none of ours."""

    subject: Callable[[Body], str]
    kind: StripeObject[Any]


def _id(value: Any) -> str:
    """Return the id of something absent, an id, or an expanded object."""
    return value if isinstance(value, str) else (value or {}).get("id", "")


def _own_id(body: Body) -> str:
    return str(body["id"])


def _payment_intent(body: Body) -> str:
    """Return the payment a charge, refund, dispute or warning belongs to."""
    intent = _id(body.get("payment_intent"))
    return intent or (gateway.payment_of_charge(_id(body["charge"])) if body.get("charge") else "")


def _intent_of_invoice_payment(body: Body) -> str:
    return _id((body.get("payment") or {}).get("payment_intent"))


def _billed_subscription(body: Body) -> str:
    """Return the subscription of an invoice; a pack's invoice has none."""
    parent = body.get("parent") or {}
    return _id((parent.get("subscription_details") or {}).get("subscription"))


def _scheduled_subscription(body: Body) -> str:
    return _id(body.get("subscription")) or _id(body.get("released_subscription"))


def _customer(body: Body) -> str:
    return _own_id(body) if body.get("object") == "customer" else _id(body.get("customer"))


CHECKOUT = Handler(_own_id, objects.CHECKOUT)
INTENT = Handler(_own_id, objects.PAYMENT)
PAYMENT = Handler(_payment_intent, objects.PAYMENT)
PAID_BILL = Handler(_intent_of_invoice_payment, objects.PAYMENT)
WARNING = Handler(_payment_intent, objects.WARNED_PAYMENT)
SUBSCRIPTION = Handler(_own_id, objects.SUBSCRIPTION)
BILL = Handler(_billed_subscription, objects.SUBSCRIPTION)
SCHEDULE = Handler(_scheduled_subscription, objects.SUBSCRIPTION)
CUSTOMER = Handler(_customer, objects.CUSTOMER)

HANDLERS: dict[str, Handler] = {
    "checkout.session.completed": CHECKOUT,
    "checkout.session.async_payment_succeeded": CHECKOUT,
    "checkout.session.async_payment_failed": CHECKOUT,
    "checkout.session.expired": CHECKOUT,
    "payment_intent.succeeded": INTENT,
    "payment_intent.payment_failed": INTENT,
    "payment_intent.processing": INTENT,
    "payment_intent.canceled": INTENT,
    "charge.refunded": PAYMENT,
    "refund.created": PAYMENT,
    "refund.updated": PAYMENT,
    "refund.failed": PAYMENT,
    "charge.dispute.created": PAYMENT,
    "charge.dispute.updated": PAYMENT,
    "charge.dispute.funds_withdrawn": PAYMENT,
    "charge.dispute.funds_reinstated": PAYMENT,
    "charge.dispute.closed": PAYMENT,
    "radar.early_fraud_warning.created": WARNING,
    "invoice.paid": BILL,
    "invoice.payment_failed": BILL,
    "invoice.payment_action_required": BILL,
    "invoice.finalization_failed": BILL,
    "invoice.voided": BILL,
    "invoice.marked_uncollectible": BILL,
    "invoice_payment.paid": PAID_BILL,
    "customer.subscription.created": SUBSCRIPTION,
    "customer.subscription.updated": SUBSCRIPTION,
    "customer.subscription.deleted": SUBSCRIPTION,
    "customer.subscription.paused": SUBSCRIPTION,
    "customer.subscription.resumed": SUBSCRIPTION,
    "customer.subscription.pending_update_applied": SUBSCRIPTION,
    "customer.subscription.pending_update_expired": SUBSCRIPTION,
    "subscription_schedule.updated": SCHEDULE,
    "subscription_schedule.released": SCHEDULE,
    "subscription_schedule.canceled": SCHEDULE,
    "subscription_schedule.aborted": SCHEDULE,
    "payment_method.attached": CUSTOMER,
    "payment_method.automatically_updated": CUSTOMER,
    "payment_method.updated": CUSTOMER,
    "customer.updated": CUSTOMER,
    "setup_intent.succeeded": CUSTOMER,
}
