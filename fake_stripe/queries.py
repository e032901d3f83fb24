"""Read what the pages of the fake Stripe show."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404

from fake_stripe.engine import bills, cards, checkout, checkout_sessions, subscription_changes
from fake_stripe.engine.store import Obj, ObjectStore, instant
from fake_stripe.models import DeliveryState, FakeEvent, FakeObject
from saas.kernel import tenancy
from saas.kernel.clock import database_now

EVENTS_SHOWN = 40


def current_store() -> ObjectStore:
    """Return the store of the organization acted for, to read from."""
    return ObjectStore(tenancy.current_organization_id(), database_now())


def find(kind: str, id: str) -> Obj:
    """Return an object of the organization acted for; raise Http404."""
    row = FakeObject.objects.filter(stripe_id=id, kind=kind).first()
    if row is None:
        raise Http404
    data: Obj = row.data
    return data


@dataclass(frozen=True)
class Money:
    """An amount in major units and its currency's code."""

    amount: Decimal
    currency: str


def money(cents: int | None, currency: str | None) -> Money:
    """Return Stripe's cents as money."""
    return Money(Decimal(cents or 0) / 100, (currency or "usd").upper())


@dataclass(frozen=True)
class FakeCard:
    """A saved way to pay."""

    id: str
    name: str
    behaviour: str
    is_default: bool


def saved_cards(store: ObjectStore, customer: str | None) -> list[FakeCard]:
    """Return the customer's saved cards, the newest first."""
    found = store.find("payment_method", customer=customer) if customer else []
    default = find("customer", customer)["invoice_settings"]["default_payment_method"] if customer else None
    return [
        FakeCard(card["id"], card_name(card), cards.behaviour_of(store, card).value, card["id"] == default)
        for card in found
    ]


def card_name(card: Obj) -> str:
    """Return the name of a card: brand or bank account, and last four characters."""
    if card["type"] == "card":
        return f"Visa •••• {card['card']['last4']}"
    if card["type"] == "link":
        return "Link"
    return f"Bank account •••• {card['us_bank_account']['last4']}"


def checkout_page(session: Obj) -> dict[str, Any]:
    """Return what the pay page shows."""
    store = current_store()
    items = [
        {
            "text": item["description"],
            "quantity": item["quantity"],
            "money": money(item["amount_total"], item["currency"]),
            "price": item["price"],
        }
        for item in checkout_sessions.items_of(store, session)
    ]
    store.row(session["id"])
    intent = store.get("payment_intent", session["payment_intent"]) if session["payment_intent"] else None
    return {
        "session": session,
        "items": items,
        "total": money(session["amount_total"], session["currency"]),
        "expires_at": instant(session["expires_at"]),
        "authenticating": checkout.authenticating(store, session),
        "failure": intent and intent["last_payment_error"],
        "cards": saved_cards(store, session["customer"]),
        "behaviours": cards.Behaviour.choices,
    }


def invoice_page(invoice: Obj) -> dict[str, Any]:
    """Return what an invoice's page shows."""
    store = current_store()
    lines = [
        {
            "text": line["description"],
            "money": money(line["amount"], line["currency"]),
            "start": instant(line["period"]["start"]),
            "end": instant(line["period"]["end"]),
        }
        for line in invoice["lines"]["data"]
    ]
    return {
        "invoice": invoice,
        "lines": lines,
        "total": money(invoice["total"], invoice["currency"]),
        "due": money(invoice["amount_remaining"], invoice["currency"]),
        "created_at": instant(invoice["created"]),
        "paid_at": instant(invoice["status_transitions"]["paid_at"]),
        "cards": saved_cards(store, invoice["customer"]),
        "intent": next(
            (pay["payment"]["payment_intent"] for pay in store.find("invoice_payment", invoice=invoice["id"])), None
        ),
    }


def portal_page(session: Obj) -> dict[str, Any]:
    """Return what the portal shows."""
    store = current_store()
    customer = session["customer"]
    return {
        "portal": session,
        "cards": saved_cards(store, customer),
        "behaviours": cards.Behaviour.choices,
        "invoices": [_invoice_row(invoice) for invoice in store.find("invoice", customer=customer)],
        "subscriptions": [_subscription_row(one) for one in store.find("subscription", customer=customer)],
    }


def _invoice_row(invoice: Obj) -> dict[str, Any]:
    return {
        "id": invoice["id"],
        "number": invoice["number"],
        "status": invoice["status"],
        "reason": invoice["billing_reason"],
        "money": money(invoice["total"], invoice["currency"]),
        "created_at": instant(invoice["created"]),
        "again_at": instant(invoice["next_payment_attempt"]),
        "attempts": invoice["attempt_count"],
    }


def _subscription_row(subscription: Obj) -> dict[str, Any]:
    return {
        "id": subscription["id"],
        "status": subscription["status"],
        "over": subscription["status"] in subscription_changes.OVER,
        "prices": [item["price"]["lookup_key"] or item["price"]["id"] for item in subscription["items"]["data"]],
        "ends_at": instant(bills.period_of(subscription)[1]),
        "cancel_at": instant(subscription["cancel_at"]),
        "pending": bool(subscription["pending_update"]),
        "schedule": subscription["schedule"],
    }


def _charge_row(charge: Obj) -> dict[str, Any]:
    return {
        "id": charge["id"],
        "status": charge["status"],
        "intent": charge["payment_intent"],
        "money": money(charge["amount"], charge["currency"]),
        "refunded": money(charge["amount_refunded"], charge["currency"]),
        "refundable": charge["status"] == "succeeded" and not charge["refunded"] and not charge["disputed"],
        "disputable": charge["status"] == "succeeded" and not charge["disputed"],
        "disputed": charge["disputed"],
        "created_at": instant(charge["created"]),
        "failure": charge["failure_message"],
    }


def operator_page() -> dict[str, Any]:
    """Return everything that the operator sees."""
    store = current_store()
    customers = store.find("customer")
    return {
        "now": store.now,
        "subscriptions": [_subscription_row(one) for one in store.find("subscription")],
        "invoices": [_invoice_row(invoice) for invoice in store.find("invoice")][:12],
        "charges": [_charge_row(charge) for charge in store.find("charge")][:12],
        "refunds": [
            {"id": made["id"], "status": made["status"], "money": money(made["amount"], made["currency"])}
            for made in store.find("refund")
        ],
        "disputes": [
            {"id": made["id"], "status": made["status"], "money": money(made["amount"], made["currency"])}
            for made in store.find("dispute")
        ],
        "coming": store.find("payment_intent", status="processing"),
        "sessions": store.find("checkout.session", status="open"),
        "cards": [card for customer in customers for card in saved_cards(store, customer["id"])],
        "behaviours": cards.Behaviour.choices,
        "events": events(),
        "held": sum(event.waits for event in events()),
    }


@dataclass(frozen=True)
class EventRow:
    """An event with the states and answers of its deliveries."""

    id: str
    type: str
    created_at: datetime | None
    states: list[str]
    answers: list[str]

    @property
    def waits(self) -> bool:
        """Return True if it is held back."""
        return DeliveryState.HELD in self.states


def events() -> list[EventRow]:
    """Return the organization's latest events, the newest first."""
    rows = FakeEvent.objects.order_by("-position").prefetch_related("deliveries")[:EVENTS_SHOWN]
    return [
        EventRow(
            row.stripe_id,
            row.type,
            instant(row.data["created"]),
            [delivery.state for delivery in row.deliveries.all()],
            [delivery.answer for delivery in row.deliveries.all() if delivery.answer],
        )
        for row in rows
    ]


def period_end() -> datetime | None:
    """Return when the organization's live subscription's period ends."""
    for one in current_store().find("subscription"):
        if one["status"] not in subscription_changes.OVER:
            return instant(bills.period_of(one)[1])
    return None
