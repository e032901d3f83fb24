"""The handlers: for each type of Stripe's events, which object to fetch and how to apply it.

An event is believed to say one thing only, which object to ask about; what Stripe answers is applied by the rooms
above, see `objects`. An event that is not listed is stored and ignored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.stripe import objects
from marketplace.stripe.gateway import subjects
from marketplace.stripe.gateway.subjects import Body
from marketplace.stripe.objects import StripeObject


@dataclass(frozen=True)
class Handler:
    """How an event is handled: `subject` names the object in its body, or nothing when it is none of ours.

    `otherwise` handles a body in which this one finds nothing.
    """

    subject: Callable[[Body], str]
    kind: StripeObject[Any]
    otherwise: "Handler | None" = None

    def of(self, body: Body) -> tuple["Handler", str]:
        """Return the handler that finds an object in the body, this one or `otherwise`, and the object's id."""
        subject = self.subject(body)
        return (self, subject) if subject or self.otherwise is None else self.otherwise.of(body)


CHECKOUT = Handler(subjects.own_id, objects.CHECKOUT)
INTENT = Handler(subjects.own_id, objects.PAYMENT)
PAYMENT = Handler(subjects.payment_intent, objects.PAYMENT)
PAID_BILL = Handler(subjects.intent_of_invoice_payment, objects.PAYMENT)
WARNING = Handler(subjects.payment_intent, objects.WARNED_PAYMENT)
SUBSCRIPTION = Handler(subjects.own_id, objects.SUBSCRIPTION)
BILL = Handler(subjects.billed_subscription, objects.SUBSCRIPTION)
PAID = Handler(subjects.billed_subscription, objects.SUBSCRIPTION, Handler(subjects.own_id, objects.SALE))
CREDIT_NOTE = Handler(subjects.invoice_of_credit_note, objects.SALE)
SCHEDULE = Handler(subjects.scheduled_subscription, objects.SUBSCRIPTION)
CUSTOMER = Handler(subjects.customer, objects.CUSTOMER)

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
    "invoice.paid": PAID,
    "invoice.payment_failed": BILL,
    "invoice.payment_action_required": BILL,
    "invoice.finalization_failed": BILL,
    "invoice.voided": BILL,
    "invoice.marked_uncollectible": BILL,
    "invoice_payment.paid": PAID_BILL,
    "credit_note.created": CREDIT_NOTE,
    "credit_note.updated": CREDIT_NOTE,
    "credit_note.voided": CREDIT_NOTE,
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
    "customer.deleted": CUSTOMER,
    "customer.tax_id.created": CUSTOMER,
    "customer.tax_id.updated": CUSTOMER,
    "customer.tax_id.deleted": CUSTOMER,
    "setup_intent.succeeded": CUSTOMER,
}
