"""Invoices, their items and payments, credit notes."""

from stripe import params as sdk

from fake_stripe.engine import cards, checkout, invoices, objects, subscription_changes, subscriptions
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.routes.registry import LIST, listed, page, route, some
from fake_stripe.wire import ApiError, Params, missing, unsupported


@route(
    "post /v1/invoices",
    sdk.InvoiceCreateParams,
    "customer currency collection_method auto_advance pending_invoice_items_behavior automatic_tax description"
    " metadata statement_descriptor",
)
def create_invoice(store: ObjectStore, params: Params) -> Obj:
    """Make a draft that Stripe neither fills nor finalizes by itself."""
    if params.get("auto_advance") or params.get("pending_invoice_items_behavior", "exclude") != "exclude":
        raise unsupported("an invoice that Stripe fills or finalizes by itself")
    customer = store.get("customer", params.get("customer", ""), param="customer")
    taxed = params.get("automatic_tax", {}).get("enabled", False)
    if taxed and not customer["address"]:
        raise ApiError(
            "The customer's location isn't recognized. Set a valid customer address in order to automatically"
            " calculate tax.",
            code="customer_tax_location_invalid",
        )
    made = objects.invoice(
        store,
        customer,
        [],
        reason="manual",
        start=store.time,
        end=store.time,
        auto_advance=False,
        metadata=params.get("metadata") or {},
        automatic_tax={"disabled_reason": None, **objects.automatic_tax(taxed)},
        **some(params, "description currency statement_descriptor"),
    )
    return store.add(made, event_type="invoice.created")


@route(
    "post /v1/invoiceitems",
    sdk.InvoiceItemCreateParams,
    "customer invoice amount currency description tax_behavior metadata",
)
def create_invoice_item(store: ObjectStore, params: Params) -> Obj:
    """Add a line to a draft."""
    if "invoice" not in params:
        raise unsupported("an invoice item without its invoice")
    draft = store.get("invoice", params["invoice"], param="invoice")
    _require_draft(draft)
    return invoices.add_item(
        store, draft, metadata=params.get("metadata") or {}, **some(params, "amount description tax_behavior")
    )


@route("post /v1/invoices/{invoice}/finalize", sdk.InvoiceFinalizeInvoiceParams, "auto_advance")
def finalize_invoice(store: ObjectStore, params: Params, invoice: str) -> Obj:
    """Finalize a draft: from now on it is owed, or paid where nothing is due."""
    found = store.get("invoice", invoice)
    _require_draft(found)
    invoices.finalize(store, found)
    if found["amount_due"]:
        invoices.open_intent(store, found)
    else:
        invoices.mark_paid(store, found)
    return found


@route("delete /v1/invoices/{invoice}", sdk.InvoiceDeleteParams)
def delete_invoice(store: ObjectStore, params: Params, invoice: str) -> Obj:
    """Delete a draft."""
    found = store.get("invoice", invoice)
    _require_draft(found)
    store.emit("invoice.deleted", found)
    store.remove(found)
    return {"id": invoice, "object": "invoice", "deleted": True}


def _require_draft(invoice: Obj) -> None:
    if invoice["status"] != "draft":
        raise ApiError("This invoice is finalized: it can no longer be changed.", code="invoice_not_editable")


@route("get /v1/invoices/{invoice}", sdk.InvoiceRetrieveParams)
def retrieve_invoice(store: ObjectStore, params: Params, invoice: str) -> Obj:
    """Return an invoice."""
    return store.get("invoice", invoice)


@route("get /v1/invoices", sdk.InvoiceListParams, f"{LIST} customer subscription status")
def list_invoices(store: ObjectStore, params: Params) -> Obj:
    """Return invoices."""
    found = store.find("invoice", **some(params, "customer status"))
    if "subscription" in params:
        subscription = store.get("subscription", params["subscription"], param="subscription")
        found = subscriptions.invoices_of(store, subscription, status=params.get("status"))
    return page(found, "/v1/invoices", params)


@route("post /v1/invoices/{invoice}/pay", sdk.InvoicePayParams, "payment_method off_session")
def pay_invoice(store: ObjectStore, params: Params, invoice: str) -> Obj:
    """Try to collect an open invoice now; a decline is a 402."""
    found = store.get("invoice", invoice)
    id = params.get("payment_method")
    card = cards.find_card(store, id, customer=found["customer"]) if id else None
    outcome = checkout.pay_invoice(store, found, card, absent=bool(params.get("off_session", True)))
    if outcome not in ("paid", "processing"):
        raise subscription_changes.refusal(invoices.intent_of(store, found))
    return found


@route("post /v1/invoices/{invoice}/void", sdk.InvoiceVoidInvoiceParams)
def void_invoice(store: ObjectStore, params: Params, invoice: str) -> Obj:
    """Void an open invoice."""
    return _end(store, invoice, "void")


@route("post /v1/invoices/{invoice}/mark_uncollectible", sdk.InvoiceMarkUncollectibleParams)
def write_off_invoice(store: ObjectStore, params: Params, invoice: str) -> Obj:
    """Write an open invoice off."""
    return _end(store, invoice, "uncollectible")


def _end(store: ObjectStore, invoice: str, status: str) -> Obj:
    found = store.get("invoice", invoice)
    invoices.end(store, found, status)
    subscriptions.after_invoice(store, found)
    return found


@route("get /v1/invoice_payments", sdk.InvoicePaymentListParams, f"{LIST} invoice payment status")
def list_invoice_payments(store: ObjectStore, params: Params) -> Obj:
    """Return which payment intents pay which invoices."""
    return listed(store, "invoice_payment", "/v1/invoice_payments", params, "invoice payment status")


@route("get /v1/invoice_payments/{id}", sdk.InvoicePaymentRetrieveParams)
def retrieve_invoice_payment(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return which payment intent pays an invoice."""
    return store.get("invoice_payment", id)


@route("post /v1/credit_notes", sdk.CreditNoteCreateParams, "invoice amount lines refund_amount reason memo metadata")
def create_credit_note(store: ObjectStore, params: Params) -> Obj:
    """Credit a part of a paid invoice and refund it."""
    found = store.get("invoice", params["invoice"], param="invoice")
    amount = params.get("amount") or sum(_line_amount(found, line) for line in params.get("lines", []))
    refund_amount = params.get("refund_amount", 0)
    if refund_amount != amount:
        raise unsupported("a credit note whose refund_amount is not its amount")
    note = invoices.credit(
        store,
        found,
        amount=amount,
        refund_amount=refund_amount,
        reason=params.get("reason"),
        memo=params.get("memo", ""),
    )
    store.change(note, metadata=params.get("metadata") or {})
    return note


def _line_amount(invoice: Obj, line: Params) -> int:
    for entry in invoice["lines"]["data"]:
        if entry["id"] == line.get("invoice_line_item"):
            return int(line.get("amount", entry["amount"]))
    raise missing("invoice_line_item", line.get("invoice_line_item", ""), param="lines")


@route("get /v1/credit_notes", sdk.CreditNoteListParams, f"{LIST} customer invoice")
def list_credit_notes(store: ObjectStore, params: Params) -> Obj:
    """Return credit notes."""
    return listed(store, "credit_note", "/v1/credit_notes", params, "customer invoice")


@route("get /v1/credit_notes/{id}", sdk.CreditNoteRetrieveParams)
def retrieve_credit_note(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a credit note."""
    return store.get("credit_note", id)
