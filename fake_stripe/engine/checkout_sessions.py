"""Open a checkout session: its line items, its prices, and every field that it shows."""

from fake_stripe.engine import objects
from fake_stripe.engine.store import INCLUDES, Obj, ObjectStore, listing, new_id

EMPTY = (
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer",
    "customer_account",
    "customer_email",
    "invoice",
    "locale",
    "origin_context",
    "payment_intent",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "success_url",
    "wallet_options",
)
"""Fields of a new session that are None unless the parameters give them."""


def open_session(store: ObjectStore, params: Obj) -> Obj:
    """Open a session for checked parameters."""
    taxed = params.get("automatic_tax", {}).get("enabled", False)
    items = [_line_item(store, item, taxed) for item in params.get("line_items", [])]
    id = new_id("checkout.session")
    session = _session(store, id, params, items)
    store.add(session, due_at=session["expires_at"], params=params, items=items)
    return session


def _line_item(store: ObjectStore, wanted: Obj, taxed: bool) -> Obj:
    price = dict(store.get("price", wanted["price"], param="line_items[price]")) if "price" in wanted else None
    price = price or _inline_price(store, wanted["price_data"])
    metered = bool(price["recurring"] and price["recurring"]["usage_type"] == "metered")
    quantity = None if metered else wanted.get("quantity", 1)
    amount = 0 if metered else price["unit_amount"] * quantity
    taxes = objects.taxes(amount, price) if taxed else []
    return {
        "id": new_id("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": sum(tax["amount"] for tax in taxes),
        "amount_total": amount + objects.on_top(taxes),
        "currency": price["currency"],
        "description": store.get("product", price["product"])["name"],
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": quantity,
        "taxes": [],
    }


def _inline_price(store: ObjectStore, data: Obj) -> Obj:
    product = data.get("product")
    if product is None:
        product = store.add(objects.product(store, active=False, **data["product_data"]))["id"]
    given = {name: data[name] for name in ("unit_amount", "unit_amount_decimal", "tax_behavior") if name in data}
    made = objects.price(
        store, product=product, currency=data["currency"], recurring=data.get("recurring"), active=False, **given
    )
    return store.add(made)


def _session(store: ObjectStore, id: str, params: Obj, items: list[Obj]) -> Obj:
    customer = params.get("customer")
    total = sum(item["amount_total"] for item in items) if items else None
    details = {name: sum(item[name] for item in items) for name in ("amount_discount", "amount_tax")}
    fields: Obj = dict.fromkeys(EMPTY) | {
        "amount_subtotal": sum(item["amount_subtotal"] for item in items) if items else None,
        "amount_total": total,
        "automatic_tax": objects.automatic_tax(params.get("automatic_tax", {}).get("enabled", False)),
        "currency": items[0]["currency"] if items else None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_creation": None if customer else "if_required" if params["mode"] == "payment" else "always",
        "customer_details": _details(store, params),
        "discounts": [],
        "expires_at": store.time + 86_400,
        "invoice_creation": _invoice_creation(params) if params["mode"] == "payment" else None,
        "livemode": False,
        "metadata": {},
        "payment_method_collection": "always" if params["mode"] == "subscription" else "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card", "us_bank_account"],
        "payment_status": "unpaid" if total else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "tax_id_collection": {"enabled": False, "required": "never"},
        "total_details": details | {"amount_shipping": 0} if items else None,
        "ui_mode": "hosted_page",
        "url": objects.page(f"checkout/{id}"),
    }
    as_given = ("mode", "customer", "customer_email", "client_reference_id", "metadata", "success_url", "cancel_url")
    given = {name: params[name] for name in (*as_given, "expires_at", "locale") if name in params}
    return {"id": id, "object": "checkout.session", "created": store.time, **fields, **given}


def _details(store: ObjectStore, params: Obj) -> Obj:
    customer = store.get("customer", params["customer"], param="customer") if "customer" in params else {}
    return {
        "address": customer.get("address") or objects.NO_ADDRESS,
        "business_name": None,
        "email": customer.get("email") or params.get("customer_email"),
        "individual_name": None,
        "name": customer.get("name"),
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def _invoice_creation(params: Obj) -> Obj:
    wanted = params.get("invoice_creation", {})
    data = {"account_tax_ids": None, "custom_fields": None, "description": None, "footer": None, "issuer": None}
    more = {"metadata": {}, "rendering_options": None, **wanted.get("invoice_data", {})}
    return {"enabled": wanted.get("enabled", False), "invoice_data": data | more}


def items_of(store: ObjectStore, session: Obj) -> list[Obj]:
    """Return the session's line items."""
    items: list[Obj] = store.hidden(session["id"])["items"]
    return items


INCLUDES["checkout.session", "line_items"] = lambda store, session: listing(
    items_of(store, session), f"/v1/checkout/sessions/{session['id']}/line_items"
)
