"""What the operator may do to an object: the table of buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from fake_stripe import actions
from fake_stripe.engine import cards, checkout, invoices, payments, subscriptions
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.wire import ApiError, missing
from saas.kernel.errors import Conflict

Do = Callable[[ObjectStore, Obj, str], object]


@dataclass(frozen=True)
class Operation:
    """A button: on which kind of object, its words, what it does with the object and the button's value."""

    kind: str
    label: str
    do: Do


def _refund(later: bool | None) -> Do:
    def do(store: ObjectStore, charge: Obj, value: str) -> object:
        return payments.refund(store, charge, amount=_cents(value), reason="requested_by_customer", later=later)

    return do


def _cents(value: str) -> int | None:
    """Return the cents of "12.50"; everything that is left for an empty value."""
    if not value.strip():
        return None
    try:
        return round(float(value) * 100)
    except ValueError:
        raise ApiError(f"{value!r} is not an amount.") from None


def _pay(store: ObjectStore, invoice: Obj, value: str) -> None:
    card = cards.new_card(store, cards.Behaviour.WORKS)
    cards.attach(store, card, invoice["customer"])
    checkout.pay_invoice(store, invoice, card, absent=True)


def _end(status: str) -> Do:
    def do(store: ObjectStore, invoice: Obj, value: str) -> None:
        invoices.end(store, invoice, status)
        subscriptions.after_invoice(store, invoice)

    return do


OPERATIONS = {
    "refund": Operation("charge", "Refund", _refund(None)),
    "refund_later": Operation("charge", "Refund, arrives later", _refund(True)),
    "refund_fails": Operation("charge", "Refund, fails later", _refund(False)),
    "dispute": Operation("charge", "Dispute", lambda store, charge, _: payments.open_dispute(store, charge)),
    "inquire": Operation(
        "charge", "Inquiry", lambda store, charge, _: payments.open_dispute(store, charge, inquiry=True)
    ),
    "warn": Operation("charge", "Fraud warning", lambda store, charge, _: payments.warn_of_fraud(store, charge)),
    "dispute_won": Operation("dispute", "Won", lambda store, made, _: payments.close_dispute(store, made, won=True)),
    "dispute_lost": Operation("dispute", "Lost", lambda store, made, _: payments.close_dispute(store, made, won=False)),
    "refund_arrived": Operation(
        "refund", "Arrived", lambda store, made, _: payments.end_refund(store, made, succeeds=True)
    ),
    "refund_failed": Operation(
        "refund", "Failed", lambda store, made, _: payments.end_refund(store, made, succeeds=False)
    ),
    "money_came": Operation(
        "payment_intent",
        "Money came",
        lambda store, intent, _: checkout.settle_bank_payment(store, intent, succeeds=True),
    ),
    "money_failed": Operation(
        "payment_intent",
        "Money did not come",
        lambda store, intent, _: checkout.settle_bank_payment(store, intent, succeeds=False),
    ),
    "pay": Operation("invoice", "Pay with a good card", _pay),
    "retry": Operation("invoice", "Try the saved card", lambda store, bill, _: subscriptions.bill_due(store, bill)),
    "void": Operation("invoice", "Void", _end("void")),
    "write_off": Operation("invoice", "Write off", _end("uncollectible")),
    "behave": Operation("payment_method", "From now on", cards.set_behaviour),
    "cancel": Operation("subscription", "Cancel now", lambda store, made, _: subscriptions.cancel(store, made)),
}


def operate(*, organization_id: UUID, name: str, id: str, value: str = "") -> None:
    """Do one of the OPERATIONS to an object of the organization. Raises Conflict with Stripe's words, KeyError."""
    operation = OPERATIONS[name]
    change(organization_id, operation.kind, id, lambda store, obj: operation.do(store, obj, value))


def change(organization_id: UUID, kind: str, id: str, do: Callable[[ObjectStore, Obj], object]) -> None:
    """Do something to an object of the organization. Raises Conflict with Stripe's words."""
    try:
        with actions.open_store(organization_id) as store:
            row = store.row(id)
            if row is None or row.organization_id != organization_id:
                raise missing(kind, id)
            do(store, store.get(kind, id))
    except ApiError as refusal:
        raise Conflict(str(refusal)) from refusal
