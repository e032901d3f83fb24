"""The buttons of the operator's page: what each does to a Stripe object, such as a refund or a dispute."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from fake_stripe import actions
from fake_stripe.engine import cards, checkout, invoices, payments, subscriptions
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.wire import ApiError, missing
from saas.kernel.errors import Conflict

Run = Callable[[ObjectStore, Obj, str], object]


@dataclass(frozen=True)
class OperatorAction:
    """A button: the kind of object it is on, its label, and what it does with the object and the value typed."""

    kind: str
    label: str
    do: Run


def _refund(later: bool | None) -> Run:
    def do(store: ObjectStore, charge: Obj, value: str) -> object:
        return payments.refund(store, charge, amount=_cents(value), reason="requested_by_customer", later=later)

    return do


def _cents(value: str) -> int | None:
    """Return the cents of "12.50", or None for an empty value: all that is left."""
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


def _end(status: str) -> Run:
    def do(store: ObjectStore, invoice: Obj, value: str) -> None:
        invoices.end(store, invoice, status)
        subscriptions.after_invoice(store, invoice)

    return do


OPERATOR_ACTIONS = {
    "refund": OperatorAction("charge", "Refund", _refund(None)),
    "refund_later": OperatorAction("charge", "Refund, arrives later", _refund(True)),
    "refund_fails": OperatorAction("charge", "Refund, fails later", _refund(False)),
    "dispute": OperatorAction("charge", "Dispute", lambda store, charge, _: payments.open_dispute(store, charge)),
    "inquire": OperatorAction(
        "charge", "Inquiry", lambda store, charge, _: payments.open_dispute(store, charge, inquiry=True)
    ),
    "warn": OperatorAction("charge", "Fraud warning", lambda store, charge, _: payments.warn_of_fraud(store, charge)),
    "dispute_won": OperatorAction(
        "dispute", "Won", lambda store, made, _: payments.close_dispute(store, made, won=True)
    ),
    "dispute_lost": OperatorAction(
        "dispute", "Lost", lambda store, made, _: payments.close_dispute(store, made, won=False)
    ),
    "refund_arrived": OperatorAction(
        "refund", "Arrived", lambda store, made, _: payments.end_refund(store, made, succeeds=True)
    ),
    "refund_failed": OperatorAction(
        "refund", "Failed", lambda store, made, _: payments.end_refund(store, made, succeeds=False)
    ),
    "money_came": OperatorAction(
        "payment_intent",
        "Money came",
        lambda store, intent, _: checkout.settle_bank_payment(store, intent, succeeds=True),
    ),
    "money_failed": OperatorAction(
        "payment_intent",
        "Money did not come",
        lambda store, intent, _: checkout.settle_bank_payment(store, intent, succeeds=False),
    ),
    "pay": OperatorAction("invoice", "Pay with a good card", _pay),
    "retry": OperatorAction(
        "invoice", "Try the saved card", lambda store, bill, _: subscriptions.bill_due(store, bill)
    ),
    "void": OperatorAction("invoice", "Void", _end("void")),
    "write_off": OperatorAction("invoice", "Write off", _end("uncollectible")),
    "behave": OperatorAction("payment_method", "From now on", cards.set_behaviour),
    "cancel": OperatorAction("subscription", "Cancel now", lambda store, made, _: subscriptions.cancel(store, made)),
}


def run(*, organization_id: UUID, name: str, id: str, value: str = "") -> None:
    """Run one of OPERATOR_ACTIONS on an object of the organization. Raises Conflict with Stripe's words, KeyError."""
    action = OPERATOR_ACTIONS[name]
    change(organization_id, action.kind, id, lambda store, obj: action.do(store, obj, value))


def change(organization_id: UUID, kind: str, id: str, do: Callable[[ObjectStore, Obj], object]) -> None:
    """Change an object of the organization by `do`. Raises Conflict with Stripe's words."""
    try:
        with actions.open_store(organization_id) as store:
            row = store.row(id)
            if row is None or row.organization_id != organization_id:
                raise missing(kind, id)
            do(store, store.get(kind, id))
    except ApiError as refusal:
        raise Conflict(str(refusal)) from refusal


def pay_checkout(organization_id: UUID, session_id: str) -> None:
    """Pay a pay page of the organization with a new card that works. Raises Conflict with Stripe's words."""
    change(
        organization_id,
        "checkout.session",
        session_id,
        lambda store, session: checkout.pay(store, session, cards.new_card(store, "works")),
    )
