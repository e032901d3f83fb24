"""The pay page: pay, authenticate or expire a session, and settle its payment."""

from typing import Any

from fake_stripe.engine import cards, invoices, objects, payments, subscription_changes, subscriptions
from fake_stripe.engine.checkout_sessions import items_of
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.wire import ApiError


def pay(store: ObjectStore, session: Obj, card: Obj, *, authenticated: bool = False) -> None:
    """Pay with a card: it succeeds, is declined (the session stays open), or needs authentication first."""
    _require_open(session)
    _take_address(store, session)
    {"payment": _pay_once, "subscription": _subscribe, "setup": _save}[session["mode"]](
        store, session, card, authenticated
    )


def _take_address(store: ObjectStore, session: Obj) -> None:
    """Save the address that the pay page asks for where taxes are computed."""
    if session["automatic_tax"]["enabled"] and session["customer"]:
        store.change(
            store.get("customer", session["customer"]), event_type="customer.updated", address=dict(objects.ADDRESS)
        )


def _require_open(session: Obj) -> None:
    if session["status"] != "open":
        raise ApiError(f"This Checkout Session is {session['status']}.", code="resource_missing")


def _pay_once(store: ObjectStore, session: Obj, card: Obj, authenticated: bool) -> None:
    intent = _intent(store, session)
    payments.confirm(store, intent, card, authenticated=authenticated)
    if intent["status"] == "succeeded":
        _complete(store, session, payment_status="paid")
        _write_invoice(store, session, intent)


def _intent(store: ObjectStore, session: Obj) -> Obj:
    """Return the session's payment intent, made at the first attempt."""
    if session["payment_intent"]:
        return store.get("payment_intent", session["payment_intent"])
    data = store.hidden(session["id"])["params"].get("payment_intent_data", {})
    made = objects.payment_intent(
        store,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        metadata=data.get("metadata", {}),
        description=data.get("description"),
        setup_future_usage=data.get("setup_future_usage"),
        receipt_email=data.get("receipt_email"),
        statement_descriptor_suffix=data.get("statement_descriptor_suffix"),
    )
    store.add(made, event_type="payment_intent.created", session=session["id"])
    store.change(session, payment_intent=made["id"])
    return made


def _subscribe(store: ObjectStore, session: Obj, card: Obj, authenticated: bool) -> None:
    behaviour = cards.behaviour_of(store, card)
    if behaviour == cards.Behaviour.AUTHENTICATION and not authenticated:
        _await_authentication(store, session, card)
    elif behaviour in cards.FAILURES:
        _refuse(store, session, card)
    else:
        customer = _customer(store, session)
        cards.attach(store, card, customer)
        subscription, invoice = _start(store, session, customer, card, authenticated=True)
        fields = {"subscription": subscription["id"], "invoice": invoice["id"]}
        _complete(store, session, payment_status="paid", **fields)


def _start(store: ObjectStore, session: Obj, customer: str, card: Obj | None, **how: Any) -> tuple[Obj, Obj]:
    data = store.hidden(session["id"])["params"].get("subscription_data", {})
    taxed = session["automatic_tax"]["enabled"]
    mode = {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None}
    given = {
        "metadata": data.get("metadata", {}),
        "description": data.get("description"),
        "billing_mode": mode | data.get("billing_mode", {}),
        "default_payment_method": card and card["id"],
        "automatic_tax": {"disabled_reason": None, "enabled": taxed, "liability": {"type": "self"} if taxed else None},
    }
    prices = [(item["price"], item["quantity"]) for item in items_of(store, session)]
    return subscriptions.start(store, customer=customer, prices=prices, card=card, **how, **given)


def _refuse(store: ObjectStore, session: Obj, card: Obj) -> None:
    """Decline a first payment: no subscription is made."""
    made = objects.payment_intent(
        store,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        description="Subscription creation",
    )
    store.add(made, event_type="payment_intent.created", session=session["id"])
    payments.confirm(store, made, card)


def _save(store: ObjectStore, session: Obj, card: Obj, authenticated: bool) -> None:
    if cards.behaviour_of(store, card) == cards.Behaviour.AUTHENTICATION and not authenticated:
        _await_authentication(store, session, card)
        return
    customer = _customer(store, session)
    data = store.hidden(session["id"])["params"].get("setup_intent_data", {})
    made = objects.setup_intent(
        store, customer=customer, metadata=data.get("metadata", {}), payment_method=card["id"], status="succeeded"
    )
    store.add(made, event_type="setup_intent.created")
    cards.attach(store, card, customer)
    store.emit("setup_intent.succeeded", made)
    _complete(store, session, payment_status="no_payment_required", setup_intent=made["id"])


def _await_authentication(store: ObjectStore, session: Obj, card: Obj) -> None:
    store.hidden(session["id"])["authenticating"] = card["id"]
    store.change(session)


def authenticating(store: ObjectStore, session: Obj) -> str | None:
    """Return the card whose bank asks the person to authenticate, or None."""
    if session["payment_intent"]:
        intent = store.get("payment_intent", session["payment_intent"])
        return intent["payment_method"] if intent["status"] == "requires_action" else None
    return store.hidden(session["id"]).get("authenticating")


def authenticate(store: ObjectStore, session: Obj, *, succeeds: bool) -> None:
    """End the authentication at the bank, with success or not."""
    _require_open(session)
    card = store.get("payment_method", authenticating(store, session) or "")
    store.hidden(session["id"]).pop("authenticating", None)
    if succeeds:
        pay(store, session, card, authenticated=True)
    elif session["payment_intent"]:
        intent = store.get("payment_intent", session["payment_intent"])
        payments.fail(store, intent, card, cards.AUTHENTICATION_FAILED)
    else:
        store.change(session)


def pay_by_bank(store: ObjectStore, session: Obj, *, succeeds: bool) -> None:
    """Pay from a bank account: the session is complete now, the money comes or fails days later."""
    _require_open(session)
    account = cards.new_card(store, "works" if succeeds else "declines", kind="us_bank_account")
    if session["mode"] == "payment":
        intent, fields = _intent(store, session), {}
    else:
        customer = _customer(store, session)
        subscription, invoice = _start(store, session, customer, account, pay=False)
        intent, fields = (
            invoices.open_intent(store, invoice),
            {"subscription": subscription["id"], "invoice": invoice["id"]},
        )
        store.hidden(intent["id"])["session"] = session["id"]
        store.change(subscription, event_type=subscription_changes.UPDATED, status="active")
        subscription_changes.reschedule(store, subscription)
    payments.begin_bank_payment(store, intent, account)
    _complete(store, session, payment_status="unpaid", **fields)


def expire(store: ObjectStore, session: Obj) -> None:
    """End an open session unpaid."""
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of {session['status']}."
        )
    store.change(session, status="expired", url=None)
    store.due(session, None)
    if session["payment_intent"]:
        payments.cancel(store, store.get("payment_intent", session["payment_intent"]), reason="abandoned")
    store.emit("checkout.session.expired", session)


def _customer(store: ObjectStore, session: Obj) -> str:
    if session["customer"] is None:
        made = store.add(objects.customer(store, email=session["customer_email"]), event_type="customer.created")
        store.change(session, customer=made["id"])
    return str(session["customer"])


def _complete(store: ObjectStore, session: Obj, **fields: Any) -> None:
    store.change(session, status="complete", url=None, **fields)
    store.due(session, None)
    store.emit("checkout.session.completed", session)


def _write_invoice(store: ObjectStore, session: Obj, intent: Obj) -> None:
    """Write the invoice of a paid pack, where one was asked for: it belongs to no subscription."""
    creation = session["invoice_creation"]
    if not creation["enabled"] or not session["customer"]:
        return
    customer = store.get("customer", session["customer"])
    lines = [
        objects.line(
            store,
            price=item["price"],
            amount=item["amount_subtotal"],
            quantity=item["quantity"],
            start=store.time,
            end=store.time,
            text=item["description"],
            taxed=session["automatic_tax"]["enabled"],
            invoice_item=new_id("invoiceitem"),
        )
        for item in items_of(store, session)
    ]
    data = creation["invoice_data"]
    paid = objects.invoice(
        store,
        customer | {"balance": 0},
        lines,
        reason="manual",
        start=store.time,
        end=store.time,
        metadata=data["metadata"] or {},
        description=data["description"],
    )
    invoices.save_and_finalize(store, paid)
    store.add(objects.invoice_payment(store, paid, intent["id"]))
    invoices.mark_paid(store, paid)
    store.change(session, invoice=paid["id"])


def settle_bank_payment(store: ObjectStore, intent: Obj, *, succeeds: bool) -> None:
    """Settle a payment from a bank account, its invoice and its session: the money came or failed."""
    payments.settle_bank_payment(store, intent, succeeds=succeeds)
    _emit_invoice(store, intent, succeeds=succeeds)
    id = store.hidden(intent["id"]).get("session")
    session = store.get("checkout.session", id) if id else None
    if session is None:
        return
    if succeeds:
        store.change(session, payment_status="paid")
        store.emit("checkout.session.async_payment_succeeded", session)
        if session["mode"] == "payment":
            _write_invoice(store, session, intent)
    else:
        store.emit("checkout.session.async_payment_failed", session)


def _emit_invoice(store: ObjectStore, intent: Obj, *, succeeds: bool) -> None:
    invoice = invoices.invoice_of(store, intent)
    if invoice is None:
        return
    if succeeds:
        invoices.mark_paid(store, invoice)
    else:
        invoices.mark_failed(store, invoice)
    subscriptions.after_invoice(store, invoice)


def authenticate_intent(store: ObjectStore, intent: Obj, *, succeeds: bool) -> None:
    """End the authentication of a payment outside of a session, with success or not."""
    if intent["status"] != "requires_action":
        raise ApiError(f"This PaymentIntent is {intent['status']}.", code="payment_intent_unexpected_state")
    card = store.get("payment_method", intent["payment_method"])
    if succeeds:
        payments.succeed(store, intent, card)
    else:
        payments.fail(store, intent, card, cards.AUTHENTICATION_FAILED)
    _emit_invoice(store, intent, succeeds=succeeds)


def pay_invoice(
    store: ObjectStore, invoice: Obj, card: Obj | None, *, absent: bool = False, authenticated: bool = False
) -> str:
    """Pay an open invoice; return "paid", "failed", "requires_action" or "processing"."""
    if invoice["status"] != "open":
        text = "Invoice is already paid" if invoice["status"] == "paid" else f"The invoice is {invoice['status']}"
        raise ApiError(text, code="invoice_already_paid" if invoice["status"] == "paid" else "invoice_not_editable")
    subscription = subscriptions.subscription_of(store, invoice)
    customer = store.get("customer", invoice["customer"])
    card = card or invoices.default_card(store, customer, subscription)
    outcome = invoices.collect(store, invoice, card, absent=absent, authenticated=authenticated)
    subscriptions.after_invoice(store, invoice)
    return outcome
