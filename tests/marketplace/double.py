"""Stripe as these tests need it: the real SDK talks to objects that a test can put in any state.

It stands beside `fake_stripe` and is no part of it. The fake keeps Stripe's rules, so it never comes into the states
that are asked about here: an answer that is lost after everything was done, an object as somebody left it in the
dashboard, events that are late, doubled, lost and out of order. Here a test writes the objects, and says what the next
call ends with; nothing of Stripe's behaviour is played. What that behaviour brings is proven on the fake, in
`tests/fake_stripe`. Both are held to the same contract, see `tests/stripe_contract`.
"""

import json
import time
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import stripe
from django.test import Client

from marketplace.stripe.gateway import signature_of

Body = dict[str, Any]
VERSION = "2026-10-28.endive"
SECRET = "whsec_test_first"
OLD_SECRET = "whsec_test_second"
MONTH = 30 * 86_400

KINDS = {
    "customers": "customer",
    "payment_intents": "payment_intent",
    "refunds": "refund",
    "disputes": "dispute",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "invoice_payments": "invoice_payment",
    "invoiceitems": "invoiceitem",
    "credit_notes": "credit_note",
    "events": "event",
    "prices": "price",
    "charges": "charge",
    "payment_methods": "payment_method",
    "sessions": "checkout.session",
    "subscription_schedules": "subscription_schedule",
    "configurations": "billing_portal.configuration",
    "payment_method_configurations": "payment_method_configuration",
    "webhook_endpoints": "webhook_endpoint",
}


class Double(stripe.HTTPClient):
    """Answers from `objects`; `calls` are what was asked, `failing` what the next POSTs of a path end with."""

    name = "double"

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, Body] = {}
        self.calls: list[tuple[str, str, Body, str]] = []
        self.said: list[tuple[str, str, str, str, str]] = []
        self.answers: dict[str, tuple[int, str]] = {}
        self.failing: dict[str, list[Any]] = {}
        self.on_post: dict[str, Callable[[str, Body], Body]] = {}
        self.on_delete: dict[str, Callable[[str, Body], Body]] = {}
        self.lock = RLock()
        for plan in ("pro", "enterprise"):
            self.put("price", **price(plan, 0))

    def request(self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any) -> Any:
        parts = urlsplit(url)
        params: Body = dict(parse_qsl(post_data or parts.query, keep_blank_values=True))
        key = (headers or {}).get("Idempotency-Key", "")
        with self.lock:
            self.calls.append((method, parts.path, params, key))
            self.said.append((method.upper(), parts.path, post_data or "", parts.query, key))
            if method == "post" and key in self.answers:
                return (*reversed(self.answers[key]), {})
            lost = self._failure(method, parts.path)
            code, body = (_status(lost), lost) if isinstance(lost, dict) else self._answer(method, parts.path, params)
            text = json.dumps(body)
            if method == "post":
                self.answers[key] = (code, text)
            if isinstance(lost, Exception):
                raise lost
            return text, code, {}

    def close(self) -> None:
        """Nothing to close."""

    def asked(self, method: str, path: str) -> list[tuple[Body, str]]:
        """Return parameters and key of the calls of a path; `*` stands for an object's id."""
        return [
            (params, key)
            for verb, called, params, key in self.calls
            if verb == method and path in (called, self._called(called))
        ]

    def _called(self, path: str) -> str:
        return "/".join("*" if part in self.objects else part for part in path.split("/"))

    def put(self, kind: str, **values: Any) -> Body:
        """Store an object; return it."""
        body = {"object": kind, "id": values.pop("id", None) or f"{kind[:2]}_{uuid4().hex}", **values}
        body.setdefault("created", int(time.time()))
        self.objects[body["id"]] = body
        return body

    def _failure(self, method: str, path: str) -> Body | Exception | None:
        """Return how a POST ends: a decline, or an answer that gets lost after everything was done."""
        waiting = self.failing.get(self._called(path), []) if method == "post" else []
        failure = waiting.pop(0) if waiting else None
        return {"error": {"type": "card_error", "message": "no", **failure}} if isinstance(failure, dict) else failure

    def _answer(self, method: str, path: str, params: Body) -> tuple[int, Body]:
        if method == "delete":
            return 200, self.on_delete[path](path, params)
        *_, collection, last = ["", *path.strip("/").split("/")]
        if last == "void" and collection in self.objects:
            self.objects[collection]["status"] = "void"
            return 200, self.objects[collection]
        if last in KINDS and method == "get":
            return 200, self._list(KINDS[last], path, params)
        if last in self.objects and method == "get":
            return 200, self.objects[last]
        make = self.on_post.get(path) or self.on_post.get(self._called(path))
        if method == "get" or (make is None and last not in KINDS and collection not in KINDS):
            return 404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": path}}
        return 200, make(path, params) if make else self.objects.get(last) or self.put(KINDS[last], **params)

    def _list(self, kind: str, path: str, params: Body) -> Body:
        found = [o for o in self.objects.values() if o["object"] == kind and _fits(o, params)]
        found.sort(key=lambda o: o["created"], reverse=True)
        return {"object": "list", "data": found, "has_more": False, "url": path}


def _status(failure: Body) -> int:
    return 402 if failure["error"]["type"] == "card_error" else 400


def _fits(body: Body, params: Body) -> bool:
    wanted = {
        k: v for k, v in params.items() if k in ("customer", "payment_intent", "subscription", "status", "invoice")
    }
    types = [value for name, value in params.items() if name.startswith("types[")]
    if types and (body["type"] not in types or body["created"] < int(params.get("created[gte]", 0))):
        return False
    if wanted.get("status") == "all":
        del wanted["status"]
    if intent := params.get("payment[payment_intent]"):
        return bool(body["payment"]["payment_intent"] == intent)
    if subscription := wanted.pop("subscription", None):
        return bool(
            (body.get("parent") or {}).get("subscription_details", {}).get("subscription") == subscription
        ) and (_fits(body, wanted))
    return all(body.get(name) == value for name, value in wanted.items())


def card(customer_id: str) -> Body:
    """Return a saved card."""
    return {
        "customer": customer_id,
        "type": "card",
        "card": {"brand": "visa", "last4": "4242", "exp_month": 7, "exp_year": 2031},
    }


def intent(order: Any, customer_id: str, **values: Any) -> Body:
    """Return a payment intent of an order, paid unless said otherwise."""
    return {
        "id": f"pi_{uuid4().hex}",
        "customer": customer_id,
        "amount": order.cents,
        "amount_received": order.cents,
        "currency": "usd",
        "status": "succeeded",
        "latest_charge": None,
        "last_payment_error": None,
        "metadata": {"order_id": str(order.id)},
        **values,
    }


def price(plan: str, cents: int) -> Body:
    """Return a plan's price."""
    return {
        "id": f"price_{plan}_{cents}",
        "object": "price",
        "unit_amount": cents,
        "currency": "usd",
        "lookup_key": f"milepost_{plan}",
        "metadata": {"plan": plan},
        "created": 1,
    }


def subscription(customer_id: str, plan: str, *, status: str = "active", start: int, **values: Any) -> Body:
    """Return a subscription."""
    return {
        "id": f"sub_{uuid4().hex}",
        "customer": customer_id,
        "status": status,
        "billing_cycle_anchor": start,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "schedule": None,
        "pending_update": None,
        "items": {
            "object": "list",
            "data": [
                {
                    "id": f"si_{uuid4().hex}",
                    "object": "subscription_item",
                    "price": price(plan, 0),
                    "current_period_start": start,
                    "current_period_end": start + MONTH,
                }
            ],
        },
        **values,
    }


def line(plan: str, cents: int, at: int) -> Body:
    """Return a line of a bill: a plan's price from an instant on, given back when it is negative."""
    price_id = f"price_{plan}_0"
    return {"amount": cents, "period": {"start": at}, "pricing": {"price_details": {"price": price_id}}}


def invoice(
    subscription_id: str,
    customer_id: str,
    *,
    reason: str,
    status: str,
    at: int,
    plan: str = "pro",
    instead_of: str = "",
) -> Body:
    """Return a subscription's bill, for a month of a plan or for a change to it."""
    lines = [line(instead_of, -1000, at)] if instead_of else []
    return {
        "lines": {"object": "list", "data": [*lines, line(plan, 14900, at)]},
        "id": f"in_{uuid4().hex}",
        "customer": customer_id,
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": subscription_id}},
        "billing_reason": reason,
        "status": status,
        "status_transitions": {"finalized_at": at},
        "hosted_invoice_url": "https://invoice.example/",
        "amount_remaining": 14900 if status == "open" else 0,
        "created": at,
        **document(14900),
    }


def document(cents: int, *, number: str = "", tax: int = 0, inclusive: bool = False) -> Body:
    """Return what stands on an invoice of so many cents, with tax on top or within them."""
    behaviour = "inclusive" if inclusive else "exclusive"
    return {
        "number": number or f"A-{uuid4().hex[:6]}",
        "currency": "usd",
        "subtotal": cents,
        "total": cents if inclusive else cents + tax,
        "total_taxes": [{"amount": tax, "tax_behavior": behaviour}] if tax else [],
        "customer_name": "Juniper Bakery",
        "customer_address": None,
        "customer_tax_ids": [],
        "invoice_pdf": "https://invoice.example/pdf",
        "pre_payment_credit_notes_amount": 0,
        "post_payment_credit_notes_amount": 0,
    }


def sells_by_invoice(double: Double, customer_id: str, *, tax: int = 0, inclusive: bool = False) -> None:
    """Have the double bill orders and charge the card for them; taxes are as a test says."""

    def bill(path: str, params: Body) -> Body:
        return double.put(
            "invoice",
            customer=customer_id,
            parent=None,
            metadata={"order_id": params["metadata[order_id]"]},
            lines={"object": "list", "data": []},
            billing_reason="manual",
            status="draft",
            status_transitions={"finalized_at": None},
            hosted_invoice_url="https://invoice.example/",
            amount_remaining=0,
            **document(0),
        )

    def item(path: str, params: Body) -> Body:
        double.objects[params["invoice"]].update(document(int(params["amount"]), tax=tax, inclusive=inclusive))
        return double.put("invoiceitem", **params)

    def finalize(path: str, params: Body) -> Body:
        made = double.objects[path.split("/")[3]]
        made.update(status="open", amount_remaining=made["total"])
        return made

    def charge(path: str, params: Body) -> Body:
        made = double.objects[path.split("/")[3]]
        cents = made["total"]
        money = {"customer": customer_id, "amount": cents, "amount_received": cents, "currency": "usd"}
        empty: Body = {"latest_charge": None, "last_payment_error": None, "metadata": {}}
        paid = double.put("payment_intent", status="succeeded", **money, **empty)
        paying = {"type": "payment_intent", "payment_intent": paid["id"]}
        double.put("invoice_payment", invoice=made["id"], payment=paying, status="paid")
        made.update(status="paid", amount_remaining=0)
        return made

    def credit(path: str, params: Body) -> Body:
        made, cents = double.objects[params["invoice"]], int(params["amount"])
        [paying] = [o for o in double.objects.values() if o.get("invoice") == made["id"] and "payment" in o]
        made["post_payment_credit_notes_amount"] += cents
        double.put("refund", payment_intent=paying["payment"]["payment_intent"], amount=cents, status="succeeded")
        return double.put(
            "credit_note",
            invoice=made["id"],
            number=f"{made['number']}-CN",
            total=cents,
            total_taxes=[],
            status="issued",
            pdf="https://invoice.example/credit-note",
            effective_at=None,
        )

    double.on_post |= {BILL: bill, ITEM: item, FINALIZE: finalize, CHARGE: charge, CREDIT: credit}


BILL, ITEM, CREDIT = "/v1/invoices", "/v1/invoiceitems", "/v1/credit_notes"
FINALIZE, CHARGE = "/v1/invoices/*/finalize", "/v1/invoices/*/pay"


def event(kind: str, thing: Body, **values: Any) -> Body:
    """Return an event about an object, as of now."""
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "api_version": VERSION,
        "created": int(time.time()),
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        "data": {"object": thing},
        **values,
    }


def send(body: Body | bytes, *, secret: str = SECRET, signature: str | None = None, **headers: str) -> Any:
    """POST an event to the webhook address, signed unless a signature is given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    if signature is None:
        signature = signature_of(raw.decode("utf-8", "replace"), secret)
    return Client().post(
        "/webhooks/stripe", raw, "application/json", headers={"Stripe-Signature": signature, **headers}
    )


def own(value: Any) -> UUID:
    """Return an id as a UUID."""
    return UUID(str(value))
