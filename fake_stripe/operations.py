"""What the operator may do to an object: the table of buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from fake_stripe import actions
from fake_stripe.engine import cards, checkout, invoices, payments, subscriptions
from fake_stripe.engine.books import Books, Obj
from fake_stripe.wire import ApiError, missing
from saas.kernel.errors import Conflict

Do = Callable[[Books, Obj, str], object]


@dataclass(frozen=True)
class Operation:
    """A button: on which kind of object, its words, what it does with the object and the button's value."""

    kind: str
    label: str
    do: Do


def _refund(later: bool | None) -> Do:
    def do(books: Books, charge: Obj, value: str) -> object:
        return payments.refund(books, charge, amount=_cents(value), reason="requested_by_customer", later=later)

    return do


def _cents(value: str) -> int | None:
    """Return the cents of "12.50"; everything that is left for an empty value."""
    if not value.strip():
        return None
    try:
        return round(float(value) * 100)
    except ValueError:
        raise ApiError(f"{value!r} is not an amount.") from None


def _pay(books: Books, invoice: Obj, value: str) -> None:
    card = cards.new_card(books, cards.Behaviour.WORKS)
    cards.attach(books, card, invoice["customer"])
    checkout.pay_invoice(books, invoice, card, absent=True)


def _end(status: str) -> Do:
    def do(books: Books, invoice: Obj, value: str) -> None:
        invoices.end(books, invoice, status)
        subscriptions.after_invoice(books, invoice)

    return do


OPERATIONS = {
    "refund": Operation("charge", "Refund", _refund(None)),
    "refund_later": Operation("charge", "Refund, arrives later", _refund(True)),
    "refund_fails": Operation("charge", "Refund, fails later", _refund(False)),
    "dispute": Operation("charge", "Dispute", lambda books, charge, _: payments.open_dispute(books, charge)),
    "inquire": Operation(
        "charge", "Inquiry", lambda books, charge, _: payments.open_dispute(books, charge, inquiry=True)
    ),
    "warn": Operation("charge", "Fraud warning", lambda books, charge, _: payments.warn_of_fraud(books, charge)),
    "dispute_won": Operation("dispute", "Won", lambda books, made, _: payments.close_dispute(books, made, won=True)),
    "dispute_lost": Operation("dispute", "Lost", lambda books, made, _: payments.close_dispute(books, made, won=False)),
    "refund_arrived": Operation(
        "refund", "Arrived", lambda books, made, _: payments.end_refund(books, made, succeeds=True)
    ),
    "refund_failed": Operation(
        "refund", "Failed", lambda books, made, _: payments.end_refund(books, made, succeeds=False)
    ),
    "money_came": Operation(
        "payment_intent", "Money came", lambda books, intent, _: checkout.end_later(books, intent, succeeds=True)
    ),
    "money_failed": Operation(
        "payment_intent",
        "Money did not come",
        lambda books, intent, _: checkout.end_later(books, intent, succeeds=False),
    ),
    "pay": Operation("invoice", "Pay with a good card", _pay),
    "retry": Operation("invoice", "Try the saved card", lambda books, bill, _: subscriptions.bill_due(books, bill)),
    "void": Operation("invoice", "Void", _end("void")),
    "write_off": Operation("invoice", "Write off", _end("uncollectible")),
    "behave": Operation("payment_method", "From now on", cards.set_behaviour),
    "cancel": Operation("subscription", "Cancel now", lambda books, made, _: subscriptions.cancel(books, made)),
}


def operate(*, organization_id: UUID, name: str, id: str, value: str = "") -> None:
    """Do one of the OPERATIONS to an object of the organization. Raises Conflict with Stripe's words, KeyError."""
    operation = OPERATIONS[name]
    change(organization_id, operation.kind, id, lambda books, obj: operation.do(books, obj, value))


def change(organization_id: UUID, kind: str, id: str, do: Callable[[Books, Obj], object]) -> None:
    """Do something to an object of the organization. Raises Conflict with Stripe's words."""
    try:
        with actions.open_books(organization_id) as books:
            row = books.row(id)
            if row is None or row.organization_id != organization_id:
                raise missing(kind, id)
            do(books, books.get(kind, id))
    except ApiError as refusal:
        raise Conflict(str(refusal)) from refusal
