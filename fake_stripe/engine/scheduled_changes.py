"""The changes that run when an object's `due_at` is reached, by the kind of object."""

from collections.abc import Callable

from fake_stripe.engine import checkout, payments, subscriptions
from fake_stripe.engine.store import Obj, ObjectStore


def _settle_bank_payment(store: ObjectStore, intent: Obj) -> None:
    checkout.settle_bank_payment(store, intent, succeeds=store.hidden(intent["id"])["succeeds"])


def _settle_refund(store: ObjectStore, refund: Obj) -> None:
    payments.end_refund(store, refund, succeeds=store.hidden(refund["id"])["succeeds"])


SCHEDULED_CHANGES: dict[str, Callable[[ObjectStore, Obj], None]] = {
    "checkout.session": checkout.expire,
    "payment_intent": _settle_bank_payment,
    "refund": _settle_refund,
    "invoice": subscriptions.bill_due,
    "subscription": subscriptions.come_due,
}
