"""An organization that pays by the fake Stripe, and the check of all requests and answers by the SDK's contract."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import stripe
from django.test import Client

from fake_stripe import actions, delivery
from fake_stripe.actions import move_clock
from fake_stripe.engine import cards, checkout
from fake_stripe.mode import API_KEY
from fake_stripe.models import FakeDelivery, FakeEvent, FakeObject
from fake_stripe.transport import FakeTransport
from marketplace.stripe import inbox
from marketplace.subscriptions import changes
from saas.kernel import tenancy
from tests.conftest import Person
from tests.stripe_contract import rules
from tests.stripe_contract.checker import Checker, checker


class Recorder(FakeTransport):
    """The transport, remembering what was said."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str, Any, int, str, str]] = []

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None) -> Any:
        """Answer, and keep call and answer."""
        body, status, more = super().request(method, url, headers, post_data)
        self.calls.append((method, url, post_data, status, body, headers.get("Idempotency-Key", "")))
        return body, status, more


class Shop:
    """An organization with its Stripe, and the hand that moves its time."""

    def __init__(self, owner: Person, recorder: Recorder) -> None:
        self.owner, self.recorder = owner, recorder
        client = stripe.StripeClient(API_KEY, http_client=recorder, max_network_retries=0)
        self.v1: Any = client.v1

    def customer(self, **fields: Any) -> Any:
        """Make a customer."""
        with self.owner.acting():
            return self.v1.customers.create({"name": "Juniper Bakery", "email": "a@example.com", **fields})

    def saved_card(self, customer: Any, behaviour: str = "works") -> str:
        """Save a card of a behaviour and make it the default."""
        with self.store() as store:
            card = cards.attach(store, cards.new_card(store, behaviour), customer.id)
            cards.make_default(store, store.get("customer", customer.id), card["id"])
            return str(card["id"])

    def store(self) -> Any:
        """Open the shop's object store."""
        return actions.open_store(self.owner.organization_id)

    def act(self, kind: str, id: str, action: Any, **how: Any) -> Any:
        """Do something to an object, as the operator would."""
        with self.store() as store:
            return action(store, store.get(kind, id), **how)

    def pay(self, session: Any, behaviour: str = "works") -> None:
        """Pay on the pay page with a new card."""
        with self.store() as store:
            checkout.pay(store, store.get("checkout.session", session.id), cards.new_card(store, behaviour))

    def wait(self, **by: float) -> None:
        """Move the organization's clock and run what falls due."""
        with self.owner.acting():
            move_clock(by=timedelta(**by))
        actions.pass_time(self.owner.organization_id)

    def events(self) -> list[str]:
        """Return the types of the events so far, in order."""
        return [event.type for event in self.event_rows()]

    def event_rows(self) -> list[FakeEvent]:
        """Return the events so far, in order."""
        with tenancy.system():
            rows = FakeEvent.objects.filter(organization_id=self.owner.organization_id)
            return list(rows.order_by("position"))

    def prices(self) -> dict[str, Any]:
        """Return prices of two plans, a metered one, and what it is metered by."""
        listed = {p.lookup_key: p for p in self.v1.prices.list({"lookup_keys": ["t_pro", "t_ent", "t_over"]}).data}
        return listed if len(listed) == 3 else self._make_prices()

    def _make_prices(self) -> dict[str, Any]:
        monthly = {"interval": "month"}
        made = {}
        for key, cents in (("t_pro", 14900), ("t_ent", 39900)):
            made[key] = self.v1.prices.create(
                {
                    "currency": "usd",
                    "unit_amount": cents,
                    "recurring": monthly,
                    "lookup_key": key,
                    "product_data": {"name": key},
                }
            )
        meter = self.v1.billing.meters.create(
            {"display_name": "Overage", "event_name": "overage", "default_aggregation": {"formula": "sum"}}
        )
        made["t_over"] = self.v1.prices.create(
            {
                "currency": "usd",
                "unit_amount_decimal": "4.5",
                "recurring": {**monthly, "usage_type": "metered", "meter": meter.id},
                "lookup_key": "t_over",
                "product_data": {"name": "Overage"},
            }
        )
        return made

    def session(self, customer: Any, mode: str = "subscription", **more: Any) -> Any:
        """Open the pay page for Pro, a pack, or a card."""
        pack = {"currency": "usd", "unit_amount": 2900, "product_data": {"name": "500 tokens"}}
        items = {
            "subscription": [{"price": self.prices()["t_pro"].id, "quantity": 1}],
            "payment": [{"price_data": pack, "quantity": 1}],
        }
        params = {"mode": mode, "customer": customer.id, "success_url": "https://x.example/?s={CHECKOUT_SESSION_ID}"}
        if mode in items:
            params["line_items"] = items[mode]
        return self.v1.checkout.sessions.create({**params, "currency": "usd", **more})

    def subscription(self, customer: Any) -> Any:
        """Subscribe to Pro on the pay page."""
        session = self.session(customer)
        self.pay(session)
        done = self.v1.checkout.sessions.retrieve(session.id)
        return self.v1.subscriptions.retrieve(done.subscription)


def violations(shop: Shop) -> list[str]:
    """Return how calls, answers, stored objects and events break the contract."""
    contract, found = checker(), []
    for method, url, post, status, body, key in shop.recorder.calls:
        address = urlsplit(url)
        operation, params, errors = contract.request(method, address.path, post or "", address.query)
        if operation is None and "early_fraud" in address.path:
            continue
        if status not in (400, 404):
            broken = errors or rules.breaches(operation.name, params, key=key) if operation else errors
            found += [f"{method.upper()} {address.path}: {error}" for error in broken]
        if operation and status == 200 and not json.loads(body).get("deleted"):
            wrong = contract.errors(json.loads(body), operation.answer)
            found += [f"ANSWER {method.upper()} {address.path}{error}" for error in wrong]
    for event in shop.event_rows():
        if not event.type.startswith("radar."):
            found += [f"EVENT {event.type}: {error}" for error in contract.event(event.data)]
    return found + _stored(shop, contract)


def _stored(shop: Shop, contract: Checker) -> list[str]:
    with tenancy.system():
        rows = list(FakeObject.objects.filter(organization_id=shop.owner.organization_id))
    return [
        f"STORED {row.kind}{error}"
        for row in rows
        if row.kind in contract.spec.schemas
        for error in contract.errors(row.data, {"$ref": row.kind})
    ]


def mine(shop: Shop) -> list[UUID]:
    """Return this shop's deliveries that are due, the oldest event first."""
    with tenancy.system():
        own = FakeDelivery.objects.filter(organization_id=shop.owner.organization_id)
        own_ids = set(own.values_list("id", flat=True))
    return [id for id in delivery.due(at_most=100_000) if id in own_ids]  # others may wait too


def deliver(shop: Shop) -> None:
    """Deliver every event to the webhook address and have it handled."""

    web = Client()

    def post(body: bytes, signature: str) -> int:
        headers = {"Stripe-Signature": signature}
        return int(web.post("/webhooks/stripe", body, "application/json", headers=headers).status_code)

    while waiting := mine(shop):
        for id in waiting:
            assert delivery.deliver(id, post)
        inbox.work(events=1000)


def subscribe(shop: Shop, plan: str) -> None:
    """Choose a plan and pay for it."""
    with shop.owner.acting():
        outcome = changes.subscribe(caller=shop.owner.caller, plan_key=plan)
    assert "/sandbox/checkout/cs_sandbox_" in outcome.url
    shop.pay(shop.v1.checkout.sessions.retrieve(outcome.url.rpartition("/")[2]))
    deliver(shop)
