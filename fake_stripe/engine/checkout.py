"""The pay page: a session is opened by the API and ended by the person, or by time."""

from typing import Any

from fake_stripe.engine import cards, invoices, objects, payments, subscriptions
from fake_stripe.engine.books import INCLUDES, Books, Obj, listing, new_id
from fake_stripe.wire import ApiError


def open_session(books: Books, params: Obj) -> Obj:
    """Open a session for checked parameters."""
    items = [_line_item(books, item) for item in params.get("line_items", [])]
    total = sum(item["amount_total"] for item in items)
    id = new_id("checkout.session")
    session = _session(books, id, params, total if items else None, items)
    books.add(session, due_at=session["expires_at"], params=params, items=items)
    return session


def _line_item(books: Books, wanted: Obj) -> Obj:
    price = dict(books.get("price", wanted["price"], param="line_items[price]")) if "price" in wanted else None
    price = price or _inline_price(books, wanted["price_data"])
    metered = bool(price["recurring"] and price["recurring"]["usage_type"] == "metered")
    quantity = None if metered else wanted.get("quantity", 1)
    amount = 0 if metered else price["unit_amount"] * quantity
    return {
        "id": new_id("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": books.get("product", price["product"])["name"],
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": quantity,
        "taxes": [],
    }


def _inline_price(books: Books, data: Obj) -> Obj:
    product = data.get("product")
    if product is None:
        product = books.add(objects.product(books, active=False, **data["product_data"]))["id"]
    given = {name: data[name] for name in ("unit_amount", "unit_amount_decimal", "tax_behavior") if name in data}
    made = objects.price(
        books, product=product, currency=data["currency"], recurring=data.get("recurring"), active=False, **given
    )
    return books.add(made)


def _session(books: Books, id: str, params: Obj, total: int | None, items: list[Obj]) -> Obj:
    customer = params.get("customer")
    tax = params.get("automatic_tax", {}).get("enabled", False)
    fields: Obj = {
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {
            "enabled": tax,
            "liability": {"type": "self"} if tax else None,
            "provider": "stripe" if tax else None,
            "status": "complete" if tax else None,
        },
        "billing_address_collection": None,
        "cancel_url": None,
        "client_reference_id": None,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "currency": items[0]["currency"] if items else None,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": None if customer else "if_required" if params["mode"] == "payment" else "always",
        "customer_details": _details(books, params),
        "customer_email": None,
        "discounts": [],
        "expires_at": books.time + 86_400,
        "invoice": None,
        "invoice_creation": _invoice_creation(params) if params["mode"] == "payment" else None,
        "livemode": False,
        "locale": None,
        "metadata": {},
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always" if params["mode"] == "subscription" else "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card", "us_bank_account"],
        "payment_status": "unpaid" if total else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": None,
        "tax_id_collection": {"enabled": False, "required": "never"},
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0} if items else None,
        "ui_mode": "hosted_page",
        "url": objects.page(f"checkout/{id}"),
        "wallet_options": None,
    }
    as_given = ("mode", "customer", "customer_email", "client_reference_id", "metadata", "success_url", "cancel_url")
    given = {name: params[name] for name in (*as_given, "expires_at", "locale") if name in params}
    return {"id": id, "object": "checkout.session", "created": books.time, **fields, **given}


def _details(books: Books, params: Obj) -> Obj:
    customer = books.get("customer", params["customer"], param="customer") if "customer" in params else {}
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


def items_of(books: Books, session: Obj) -> list[Obj]:
    """Return the session's line items."""
    items: list[Obj] = books.hidden(session["id"])["items"]
    return items


# What the person does


def pay(books: Books, session: Obj, card: Obj, *, authenticated: bool = False) -> None:
    """Pay with a card: done, declined (the session stays open), or the bank wants authentication first."""
    _require_open(session)
    {"payment": _pay_once, "subscription": _subscribe, "setup": _save}[session["mode"]](
        books, session, card, authenticated
    )


def _require_open(session: Obj) -> None:
    if session["status"] != "open":
        raise ApiError(f"This Checkout Session is {session['status']}.", code="resource_missing")


def _pay_once(books: Books, session: Obj, card: Obj, authenticated: bool) -> None:
    intent = _intent(books, session)
    payments.confirm(books, intent, card, authenticated=authenticated)
    if intent["status"] == "succeeded":
        _complete(books, session, payment_status="paid")
        _write_invoice(books, session, intent)


def _intent(books: Books, session: Obj) -> Obj:
    """Return the session's payment intent, made at the first attempt."""
    if session["payment_intent"]:
        return books.get("payment_intent", session["payment_intent"])
    data = books.hidden(session["id"])["params"].get("payment_intent_data", {})
    made = objects.payment_intent(
        books,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        metadata=data.get("metadata", {}),
        description=data.get("description"),
        setup_future_usage=data.get("setup_future_usage"),
        receipt_email=data.get("receipt_email"),
    )
    books.add(made, event_type="payment_intent.created", session=session["id"])
    books.change(session, payment_intent=made["id"])
    return made


def _subscribe(books: Books, session: Obj, card: Obj, authenticated: bool) -> None:
    behaviour = cards.behaviour_of(books, card)
    if behaviour == cards.Behaviour.AUTHENTICATION and not authenticated:
        _await_authentication(books, session, card)
    elif behaviour in cards.FAILURES:
        _refuse(books, session, card)
    else:
        customer = _customer(books, session)
        cards.attach(books, card, customer)
        subscription, invoice = _start(books, session, customer, card, authenticated=True)
        fields = {"subscription": subscription["id"], "invoice": invoice["id"]}
        _complete(books, session, payment_status="paid", **fields)


def _start(books: Books, session: Obj, customer: str, card: Obj | None, **how: Any) -> tuple[Obj, Obj]:
    data = books.hidden(session["id"])["params"].get("subscription_data", {})
    mode = {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None}
    given = {
        "metadata": data.get("metadata", {}),
        "description": data.get("description"),
        "billing_mode": mode | data.get("billing_mode", {}),
        "default_payment_method": card and card["id"],
    }
    prices = [(item["price"], item["quantity"]) for item in items_of(books, session)]
    return subscriptions.start(books, customer=customer, prices=prices, card=card, **how, **given)


def _refuse(books: Books, session: Obj, card: Obj) -> None:
    """Decline a first payment: no subscription comes of it."""
    made = objects.payment_intent(
        books,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        description="Subscription creation",
    )
    books.add(made, event_type="payment_intent.created", session=session["id"])
    payments.confirm(books, made, card)


def _save(books: Books, session: Obj, card: Obj, authenticated: bool) -> None:
    if cards.behaviour_of(books, card) == cards.Behaviour.AUTHENTICATION and not authenticated:
        _await_authentication(books, session, card)
        return
    customer = _customer(books, session)
    data = books.hidden(session["id"])["params"].get("setup_intent_data", {})
    made = objects.setup_intent(
        books, customer=customer, metadata=data.get("metadata", {}), payment_method=card["id"], status="succeeded"
    )
    books.add(made, event_type="setup_intent.created")
    cards.attach(books, card, customer)
    books.emit("setup_intent.succeeded", made)
    _complete(books, session, payment_status="no_payment_required", setup_intent=made["id"])


def _await_authentication(books: Books, session: Obj, card: Obj) -> None:
    books.hidden(session["id"])["authenticating"] = card["id"]
    books.change(session)


def authenticating(books: Books, session: Obj) -> str | None:
    """Return the card whose bank asks the person to authenticate, or None."""
    if session["payment_intent"]:
        intent = books.get("payment_intent", session["payment_intent"])
        return intent["payment_method"] if intent["status"] == "requires_action" else None
    return books.hidden(session["id"]).get("authenticating")


def authenticate(books: Books, session: Obj, *, succeeds: bool) -> None:
    """Have the person authenticate, or fail to."""
    _require_open(session)
    card = books.get("payment_method", authenticating(books, session) or "")
    books.hidden(session["id"]).pop("authenticating", None)
    if succeeds:
        pay(books, session, card, authenticated=True)
    elif session["payment_intent"]:
        intent = books.get("payment_intent", session["payment_intent"])
        payments.fail(books, intent, card, cards.AUTHENTICATION_FAILED)
    else:
        books.change(session)


def pay_later(books: Books, session: Obj, *, succeeds: bool) -> None:
    """Pay from a bank account: the session is complete now, the money comes or fails days later."""
    _require_open(session)
    if session["mode"] == "payment":
        intent, fields = _intent(books, session), {}
    else:
        customer = _customer(books, session)
        subscription, invoice = _start(books, session, customer, None, pay=False)
        intent, fields = (
            invoices.open_intent(books, invoice),
            {"subscription": subscription["id"], "invoice": invoice["id"]},
        )
        books.hidden(intent["id"])["session"] = session["id"]
        books.change(subscription, event_type=subscriptions.UPDATED, status="active")
        subscriptions.reschedule(books, subscription)
    payments.begin_later(books, intent, succeeds=succeeds)
    _complete(books, session, payment_status="unpaid", **fields)


def expire(books: Books, session: Obj) -> None:
    """End an open session unpaid."""
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of {session['status']}."
        )
    books.change(session, status="expired", url=None)
    books.due(session, None)
    if session["payment_intent"]:
        payments.cancel(books, books.get("payment_intent", session["payment_intent"]), reason="abandoned")
    books.emit("checkout.session.expired", session)


def _customer(books: Books, session: Obj) -> str:
    if session["customer"] is None:
        made = books.add(objects.customer(books, email=session["customer_email"]), event_type="customer.created")
        books.change(session, customer=made["id"])
    return str(session["customer"])


def _complete(books: Books, session: Obj, **fields: Any) -> None:
    books.change(session, status="complete", url=None, **fields)
    books.due(session, None)
    books.emit("checkout.session.completed", session)


def _write_invoice(books: Books, session: Obj, intent: Obj) -> None:
    """Write the invoice of a paid pack, where one was asked for: it belongs to no subscription."""
    creation = session["invoice_creation"]
    if not creation["enabled"] or not session["customer"]:
        return
    customer = books.get("customer", session["customer"])
    lines = [
        objects.line(
            books,
            price=item["price"],
            amount=item["amount_total"],
            quantity=item["quantity"],
            start=books.time,
            end=books.time,
            text=item["description"],
            invoice_item=new_id("invoiceitem"),
        )
        for item in items_of(books, session)
    ]
    data = creation["invoice_data"]
    paid = objects.invoice(
        books,
        customer | {"balance": 0},
        lines,
        reason="manual",
        start=books.time,
        end=books.time,
        metadata=data["metadata"] or {},
        description=data["description"],
    )
    invoices.keep(books, paid)
    books.add(objects.invoice_payment(books, paid, intent["id"]))
    invoices.mark_paid(books, paid)
    books.change(session, invoice=paid["id"])


# What becomes of a payment afterwards


def end_later(books: Books, intent: Obj, *, succeeds: bool) -> None:
    """Tell whether the money of a bank account came, and whatever waited for it."""
    payments.end_later(books, intent, succeeds=succeeds)
    _emit_invoice(books, intent, succeeds=succeeds)
    id = books.hidden(intent["id"]).get("session")
    session = books.get("checkout.session", id) if id else None
    if session is None:
        return
    if succeeds:
        books.change(session, payment_status="paid")
        books.emit("checkout.session.async_payment_succeeded", session)
        if session["mode"] == "payment":
            _write_invoice(books, session, intent)
    else:
        books.emit("checkout.session.async_payment_failed", session)


def _emit_invoice(books: Books, intent: Obj, *, succeeds: bool) -> None:
    invoice = invoices.invoice_of(books, intent)
    if invoice is None:
        return
    if succeeds:
        invoices.mark_paid(books, invoice)
    else:
        invoices.mark_failed(books, invoice)
    subscriptions.after_invoice(books, invoice)


def authenticate_intent(books: Books, intent: Obj, *, succeeds: bool) -> None:
    """Have the person authenticate a payment that did not begin on the pay page, or fail to."""
    if intent["status"] != "requires_action":
        raise ApiError(f"This PaymentIntent is {intent['status']}.", code="payment_intent_unexpected_state")
    card = books.get("payment_method", intent["payment_method"])
    if succeeds:
        payments.succeed(books, intent, card)
    else:
        payments.fail(books, intent, card, cards.AUTHENTICATION_FAILED)
    _emit_invoice(books, intent, succeeds=succeeds)


def pay_invoice(
    books: Books, invoice: Obj, card: Obj | None, *, absent: bool = False, authenticated: bool = False
) -> str:
    """Pay an open invoice; return "paid", "failed" or "requires_action"."""
    if invoice["status"] != "open":
        text = "Invoice is already paid" if invoice["status"] == "paid" else f"The invoice is {invoice['status']}"
        raise ApiError(text, code="invoice_already_paid" if invoice["status"] == "paid" else "invoice_not_editable")
    subscription = subscriptions.subscription_of(books, invoice)
    customer = books.get("customer", invoice["customer"])
    card = card or invoices.default_card(books, customer, subscription)
    outcome = invoices.collect(books, invoice, card, absent=absent, authenticated=authenticated)
    subscriptions.after_invoice(books, invoice)
    return outcome


INCLUDES["checkout.session", "line_items"] = lambda books, session: listing(
    items_of(books, session), f"/v1/checkout/sessions/{session['id']}/line_items"
)
