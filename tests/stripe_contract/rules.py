"""What Stripe refuses that the types of its SDK cannot say, each with its source.

sdk: the documentation within the SDK; docs: docs.stripe.com; known: long known of the server; ours: a rule of Milepost.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Parameters = dict[str, Any]

RANDOM_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOVES_MONEY = {
    "_payment_intent_service.create",
    "_refund_service.create",
    "_subscription_service.create",
    "_subscription_service.update",
    "checkout._session_service.create",
    "_invoice_item_service.create",
    "_credit_note_service.create",
    "_customer_service.create",
}
DAY = 86_400


def breaches(operation: str, params: Parameters, *, key: str, needs_own_key: bool = False) -> Iterator[str]:
    """Return the rules that a request breaks; `needs_own_key` asks for an idempotency key that is not the SDK's own."""
    yield from _metadata(params, "")
    if needs_own_key and operation in MOVES_MONEY and (not key or RANDOM_KEY.fullmatch(key)):
        yield "idempotency key: one of our own where money moves; the SDK's covers its own retries only (ours)"
    for rule in RULES.get(operation, ()):
        yield from rule(params)


def _metadata(params: Parameters, path: str) -> Iterator[str]:
    for name, value in params.items():
        if not isinstance(value, dict):
            continue
        if name != "metadata":
            yield from _metadata(value, f"{path}.{name}")
            continue
        if len(value) > 50:
            yield f"{path}.metadata: more than 50 keys (docs)"
        for key, text in value.items():
            if len(key) > 40:
                yield f"{path}.metadata[{key[:20]}]: a key longer than 40 (docs)"
            if len(str(text)) > 500:
                yield f"{path}.metadata[{key}]: a value longer than 500 (docs)"


def _page(params: Parameters) -> Iterator[str]:
    mode = params.get("mode")
    if not mode:
        yield "mode: required (known)"
    if mode in ("payment", "subscription") and not params.get("line_items"):
        yield "line_items: required in this mode (known)"
    if params.get("ui_mode", "hosted_page") == "hosted_page" and not params.get("success_url"):
        yield "success_url: required for a page of Stripe's (sdk)"
    only_in = {
        "payment_intent_data": "payment",
        "invoice_creation": "payment",
        "subscription_data": "subscription",
        "payment_method_collection": "subscription",
    }
    for name, wanted in only_in.items():
        if name in params and mode != wanted:
            yield f"{name}: in mode {wanted} only (sdk)"
    now, expires_at = int(time.time()), params.get("expires_at")
    if expires_at and not now + 1800 - 60 <= expires_at <= now + DAY + 60:
        yield "expires_at: 30 minutes to 24 hours ahead (sdk)"
    if len(params.get("client_reference_id", "")) > 200:
        yield "client_reference_id: longer than 200 (docs)"


def _customer_of_page(params: Parameters) -> Iterator[str]:
    customer, update = params.get("customer"), params.get("customer_update", {})
    if customer and params.get("customer_email"):
        yield "customer_email: not together with customer (known)"
    if "customer_update" in params and not customer:
        yield "customer_update: only with customer (sdk)"
    for name, field in (("tax_id_collection", "name"), ("automatic_tax", "address")):
        if customer and params.get(name, {}).get("enabled") and update.get(field) != "auto":
            yield f"{name} with a customer: needs customer_update[{field}]=auto (known)"


def _new_payment_intent(params: Parameters) -> Iterator[str]:
    if params.get("currency") == "usd" and params.get("amount", 50) < 50:
        yield "amount: below 50 cents (docs)"
    for name in ("off_session", "error_on_requires_action", "return_url"):
        if name in params and not params.get("confirm"):
            yield f"{name}: only with confirm=true (sdk)"


def _confirmed_payment_intent(params: Parameters) -> Iterator[str]:
    redirects = params.get("automatic_payment_methods", {}).get("allow_redirects")
    if params.get("confirm") and not params.get("return_url") and redirects != "never":
        yield "confirm: needs return_url or automatic_payment_methods[allow_redirects]=never (sdk)"


def _refund(params: Parameters) -> Iterator[str]:
    if not (params.get("charge") or params.get("payment_intent")):
        yield "charge or payment_intent: required (known)"


def _new_schedule(params: Parameters) -> Iterator[str]:
    if params.get("from_subscription") and set(params) - {"from_subscription", "expand"}:
        yield "from_subscription: no other parameter may be set (sdk)"


def _changed_schedule(params: Parameters) -> Iterator[str]:
    if params.get("phases") and "start_date" not in params["phases"][0]:
        yield "phases[0].start_date: must be set (sdk)"


def _of_customer(params: Parameters) -> Iterator[str]:
    if not (params.get("customer") or params.get("customer_account")):
        yield "customer: required (docs)"


def _meter_event(params: Parameters) -> Iterator[str]:
    payload, now = params.get("payload") or {}, int(time.time())
    for name in ("stripe_customer_id", "value"):
        if name not in payload:
            yield f"payload[{name}]: missing (sdk; our meter uses the usual names)"
    if not re.fullmatch(r"\d+", str(payload.get("value", "0"))):
        yield "payload[value]: a whole number, not negative, as text (docs)"
    at = params.get("timestamp")
    if at and not now - 35 * DAY <= at <= now + 300:
        yield "timestamp: within the last 35 days, and 5 minutes ahead (sdk)"
    if not params.get("identifier"):
        yield "identifier: without one a repetition is counted twice (ours)"


RULES: dict[str, Sequence[Callable[[Parameters], Iterator[str]]]] = {
    "checkout._session_service.create": (_page, _customer_of_page),
    "_payment_intent_service.create": (_new_payment_intent, _confirmed_payment_intent),
    "_payment_intent_service.update": (_confirmed_payment_intent,),
    "_refund_service.create": (_refund,),
    "billing._meter_event_service.create": (_meter_event,),
    "_subscription_schedule_service.create": (_new_schedule,),
    "_subscription_schedule_service.update": (_changed_schedule,),
    "billing_portal._session_service.create": (_of_customer,),
    "_subscription_service.create": (_of_customer,),
}
"""What is asked of the parameters, by operation."""
