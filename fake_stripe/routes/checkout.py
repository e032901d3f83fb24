"""Checkout sessions."""

from collections.abc import Iterator

from stripe.params import checkout as sdk

from fake_stripe.engine import checkout, checkout_sessions
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.routes.registry import LIST, PAGE, listed, page, route
from fake_stripe.wire import ApiError, Params, unsupported

TAKES = (
    "mode customer customer_email client_reference_id line_items metadata success_url cancel_url expires_at ui_mode"
    " locale payment_intent_data subscription_data setup_intent_data invoice_creation automatic_tax tax_id_collection"
    " customer_update currency payment_method_collection allowed_payment_method_types payment_method_configuration"
    " billing_address_collection allow_promotion_codes saved_payment_method_options customer_creation submit_type"
)
ONLY_IN = {
    "payment_intent_data": "payment",
    "invoice_creation": "payment",
    "subscription_data": "subscription",
    "payment_method_collection": "subscription",
    "setup_intent_data": "setup",
}
INNER = {
    "payment_intent_data": {
        "metadata",
        "description",
        "setup_future_usage",
        "receipt_email",
        "statement_descriptor_suffix",
    },
    "subscription_data": {"metadata", "description", "billing_mode"},
    "setup_intent_data": {"metadata", "description"},
}


@route("post /v1/checkout/sessions", sdk.SessionCreateParams, TAKES)
def create_session(store: ObjectStore, params: Params) -> Obj:
    """Open the pay page."""
    for problem in problems(store, params):
        raise problem
    return checkout_sessions.open_session(store, params)


def problems(store: ObjectStore, params: Params) -> Iterator[ApiError]:
    """Yield an error for what Stripe would refuse, and for what the fake Stripe does not support."""
    mode = params.get("mode")
    if mode not in ("payment", "subscription", "setup"):
        yield ApiError("Invalid mode: must be one of payment, setup, or subscription", param="mode")
    if mode != "setup" and not params.get("line_items"):
        yield ApiError(f"The `line_items` parameter is required in {mode} mode.", param="line_items")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        yield unsupported(f"ui_mode={params['ui_mode']}")
    if "success_url" not in params:
        yield ApiError("You must provide `success_url` when `ui_mode` is hosted_page.", param="success_url")
    for name, only in ONLY_IN.items():
        if name in params and mode != only:
            yield ApiError(f"You can only use `{name}` in `{only}` mode.", param=name)
    for name, known in INNER.items():
        for inner in set(params.get(name, {})) - known:
            yield unsupported(f"{name}[{inner}]")
    yield from _customer_problems(params)
    yield from _item_problems(store, params)
    expires_at = params.get("expires_at")
    if expires_at and not store.time + 1790 <= expires_at <= store.time + 86_410:
        yield ApiError("The `expires_at` must be between 30 minutes and 24 hours from now.", param="expires_at")


def _customer_problems(params: Params) -> Iterator[ApiError]:
    update = params.get("customer_update", {})
    if "customer" in params and "customer_email" in params:
        yield ApiError("You may only specify one of these parameters: customer, customer_email.")
    if update and "customer" not in params:
        yield ApiError("`customer_update` can only be used with `customer`.", param="customer_update")
    if "customer" in params and params.get("tax_id_collection", {}).get("enabled") and update.get("name") != "auto":
        yield ApiError("Tax ID collection requires `customer_update[name]` to be auto.", param="customer_update")
    if "customer" in params and params.get("automatic_tax", {}).get("enabled") and update.get("address") != "auto":
        yield ApiError("Automatic tax requires `customer_update[address]` to be auto.", param="customer_update")


def _item_problems(store: ObjectStore, params: Params) -> Iterator[ApiError]:
    recurs = []
    for place, item in enumerate(params.get("line_items", [])):
        where = f"line_items[{place}]"
        if ("price" in item) == ("price_data" in item):
            yield ApiError("A line item needs either `price` or `price_data`.", param=where)
        price = store.get("price", item["price"], param=f"{where}[price]") if "price" in item else item["price_data"]
        recurring = price.get("recurring") or {}
        recurs.append(bool(recurring))
        metered = recurring.get("usage_type") == "metered"
        if metered and "quantity" in item:
            yield ApiError("You can not specify a quantity for a metered price.", param=f"{where}[quantity]")
        if not metered and "quantity" not in item:
            yield ApiError("Quantity is required. Add `quantity` to the line item.", param=f"{where}[quantity]")
    if params.get("mode") == "payment" and any(recurs):
        yield ApiError("You specified `payment` mode but passed a recurring price.", param="mode")
    if params.get("mode") == "subscription" and not any(recurs):
        yield ApiError("You must provide at least one recurring price in `subscription` mode.", param="line_items")


@route("get /v1/checkout/sessions/{session}", sdk.SessionRetrieveParams)
def retrieve_session(store: ObjectStore, params: Params, session: str) -> Obj:
    """Return a session."""
    return store.get("checkout.session", session)


@route("get /v1/checkout/sessions", sdk.SessionListParams, f"{LIST} customer status subscription payment_intent")
def list_sessions(store: ObjectStore, params: Params) -> Obj:
    """Return sessions."""
    url = "/v1/checkout/sessions"
    return listed(store, "checkout.session", url, params, "customer status subscription payment_intent")


@route("post /v1/checkout/sessions/{session}/expire", sdk.SessionExpireParams)
def expire_session(store: ObjectStore, params: Params, session: str) -> Obj:
    """Close the pay page."""
    found = store.get("checkout.session", session)
    checkout.expire(store, found)
    return found


@route("get /v1/checkout/sessions/{session}/line_items", sdk.SessionLineItemListParams, PAGE)
def list_line_items(store: ObjectStore, params: Params, session: str) -> Obj:
    """Return what a session sells."""
    items = checkout_sessions.items_of(store, store.get("checkout.session", session))
    return page(items, f"/v1/checkout/sessions/{session}/line_items", params)
