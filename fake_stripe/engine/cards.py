"""Payment methods: instead of a number, a card has a behaviour, such as being declined."""

from dataclasses import dataclass

from django.db import models

from fake_stripe.engine import objects
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.wire import ApiError, missing


class Behaviour(models.TextChoices):
    """What happens when the card is charged."""

    WORKS = "works", "Works"
    DECLINES = "declines", "Is declined"
    INSUFFICIENT = "insufficient", "Has insufficient funds"
    EXPIRED = "expired", "Has expired"
    AUTHENTICATION = "authentication", "Needs authentication"
    DISPUTED = "disputed", "Works, is disputed"


@dataclass(frozen=True)
class Failure:
    """Why a charge failed, in Stripe's words."""

    code: str
    decline_code: str
    message: str


AUTHENTICATION_REQUIRED = Failure(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
AUTHENTICATION_FAILED = Failure(
    "payment_intent_authentication_failure",
    "authentication_not_handled",
    "The provided payment method has failed authentication.",
)
BANK_REFUSED = Failure("payment_intent_payment_attempt_failed", "generic_decline", "The bank refused the debit.")

FAILURES = {
    Behaviour.DECLINES: Failure("card_declined", "generic_decline", "Your card was declined."),
    Behaviour.INSUFFICIENT: Failure("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    Behaviour.EXPIRED: Failure("expired_card", "expired_card", "Your card has expired."),
}

DEBITS = ("us_bank_account",)
"""Kinds of payment methods whose money comes, or fails, days after it was asked for."""

LAST4 = {
    Behaviour.WORKS: "4242",
    Behaviour.DECLINES: "0002",
    Behaviour.INSUFFICIENT: "9995",
    Behaviour.EXPIRED: "0069",
    Behaviour.AUTHENTICATION: "3184",
    Behaviour.DISPUTED: "0259",
}

TEST_CARDS = {
    "pm_card_visa": Behaviour.WORKS,
    "pm_card_mastercard": Behaviour.WORKS,
    "pm_card_chargeDeclined": Behaviour.DECLINES,
    "pm_card_chargeCustomerFail": Behaviour.DECLINES,
    "pm_card_chargeDeclinedInsufficientFunds": Behaviour.INSUFFICIENT,
    "pm_card_chargeDeclinedExpiredCard": Behaviour.EXPIRED,
    "pm_card_authenticationRequired": Behaviour.AUTHENTICATION,
    "pm_card_createDispute": Behaviour.DISPUTED,
}
"""Stripe's public names of test cards; using one makes a card that behaves so."""


def new_card(store: ObjectStore, behaviour: str, *, kind: str = "card") -> Obj:
    """Add a payment method that belongs to no customer yet."""
    last4 = LAST4[Behaviour(behaviour)] if kind != "us_bank_account" else "6789"
    return store.add(objects.payment_method(store, last4=last4, kind=kind), behaviour=behaviour)


def find_card(store: ObjectStore, id: str, *, customer: str | None = None) -> Obj:
    """Return the card, one of the test cards included; raise Stripe's refusal for another customer's."""
    if id in TEST_CARDS:
        return new_card(store, TEST_CARDS[id])
    card = store.get("payment_method", id, param="payment_method")
    if customer and card["customer"] not in (None, customer):
        raise ApiError(
            f"The customer does not have a payment method with the ID {id}."
            " The payment method must be attached to the customer.",
            code="resource_missing",
            param="payment_method",
        )
    return card


def attach(store: ObjectStore, card: Obj, customer: str) -> Obj:
    """Save the card for the customer."""
    if card["customer"] != customer:
        store.change(card, customer=customer)
        store.emit("payment_method.attached", card)
    return card


def detach(store: ObjectStore, card: Obj) -> Obj:
    """Detach the customer's card, also where it is a default."""
    customer = store.get("customer", card["customer"])
    store.change(card, customer=None)
    store.emit("payment_method.detached", card, {"customer": customer["id"]})
    if customer["invoice_settings"]["default_payment_method"] == card["id"]:
        make_default(store, customer, None)
    for subscription in store.find("subscription", default_payment_method=card["id"]):
        store.change(subscription, event_type="customer.subscription.updated", default_payment_method=None)
    return card


def make_default(store: ObjectStore, customer: Obj, card: str | None) -> None:
    """Set the card that the customer's invoices are charged to."""
    if card is not None:
        found = find_card(store, card, customer=customer["id"])
        if found["customer"] != customer["id"]:
            raise missing("PaymentMethod", card, param="invoice_settings[default_payment_method]")
    settings = customer["invoice_settings"] | {"default_payment_method": card}
    store.change(customer, event_type="customer.updated", invoice_settings=settings)


def behaviour_of(store: ObjectStore, card: Obj) -> Behaviour:
    """Return how the card behaves."""
    return Behaviour(store.hidden(card["id"])["behaviour"])


def set_behaviour(store: ObjectStore, card: Obj, behaviour: str) -> None:
    """Change how the card behaves from now on."""
    store.hidden(card["id"])["behaviour"] = Behaviour(behaviour)
    store.change(card)
