"""Build invoices, their lines, their payments and credit notes."""

from typing import Any

from fake_stripe.engine.objects.base import SELF, new_object, page
from fake_stripe.engine.objects.taxes import automatic_tax, on_top, taxes, total_taxes
from fake_stripe.engine.store import Obj, ObjectStore, listing, new_id
from fake_stripe.mode import NOTICE

EMPTY_IN_DRAFTS = (
    "account_tax_ids",
    "application",
    "automatically_finalizes_at",
    "custom_fields",
    "customer_account",
    "customer_shipping",
    "default_payment_method",
    "default_source",
    "description",
    "due_date",
    "effective_at",
    "ending_balance",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "number",
    "on_behalf_of",
    "parent",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "test_clock",
    "webhooks_delivered_at",
)
"""Fields of an invoice that are None unless they are given, or until it is finalized."""


def invoice(
    store: ObjectStore, customer: Obj, lines: list[Obj], *, reason: str, start: int, end: int, **given: Any
) -> Obj:
    """Return a new draft invoice over the lines; `reason` is its billing_reason."""
    made = new_object(store, "invoice")
    fields: Obj = dict.fromkeys(EMPTY_IN_DRAFTS) | {
        "account_country": "US",
        "account_name": NOTICE,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {"disabled_reason": None, **automatic_tax(any(entry["taxes"] for entry in lines))},
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "currency": lines[0]["currency"] if lines else "usd",
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "footer": NOTICE,
        "issuer": SELF,
        "metadata": {},
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": end,
        "period_start": start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
    }
    return made | fields | sums(customer, made["id"], lines) | given


def sums(customer: Obj, invoice: str, lines: list[Obj]) -> Obj:
    """Return the fields of an invoice that follow from its lines and the customer's balance."""
    subtotal, taxed = sum(entry["amount"] for entry in lines), total_taxes(lines)
    total, tax = subtotal + on_top(taxed), sum(each["amount"] for each in taxed)
    used = min(0, max(customer["balance"], -total)) if total > 0 else 0
    due = max(0, total + used)
    return {
        "amount_due": due,
        "amount_remaining": due,
        "lines": listing([entry | {"invoice": invoice} for entry in lines], f"/v1/invoices/{invoice}/lines"),
        "starting_balance": customer["balance"],
        "subtotal": subtotal,
        "subtotal_excluding_tax": total - tax,
        "total": total,
        "total_excluding_tax": total - tax,
        "total_taxes": taxed,
    }


def of_subscription(subscription: Obj) -> Obj:
    """Return the parent of a subscription's invoice."""
    return {
        "type": "subscription_details",
        "quote_details": None,
        "subscription_details": {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]},
    }


def line(
    store: ObjectStore,
    *,
    price: Obj,
    amount: int,
    quantity: int | None,
    start: int,
    end: int,
    text: str,
    taxed: bool = False,
    **parent: Any,
) -> Obj:
    """Return an invoice line; `parent` says what it came from: `subscription_item` or `invoice_item`."""
    return {
        "id": new_id("line_item"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": text,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": _line_parent(**parent),
        "period": {"start": start, "end": end},
        "pretax_credit_amounts": [],
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": quantity,
        "quantity_decimal": None if quantity is None else str(quantity),
        "subscription": parent.get("subscription"),
        "subtotal": amount,
        "taxes": taxes(amount, price) if taxed else [],
    }


def _line_parent(
    *,
    subscription: str | None = None,
    subscription_item: str | None = None,
    invoice_item: str | None = None,
    proration: bool = False,
) -> Obj:
    details: Obj = {
        "invoice_item": invoice_item,
        "proration": proration,
        "proration_details": {"credited_items": None},
        "subscription": subscription,
    }
    if subscription_item is None:
        return {
            "type": "invoice_item_details",
            "invoice_item_details": details,
            "subscription_item_details": None,
        }
    return {
        "type": "subscription_item_details",
        "invoice_item_details": None,
        "subscription_item_details": details | {"subscription_item": subscription_item},
    }


def invoice_item(store: ObjectStore, subscription: Obj, line: Obj) -> Obj:
    """Return the invoice item behind a proration line."""
    item = line["parent"]["subscription_item_details"]
    parent = {
        "type": "subscription_details",
        "subscription_details": {
            "subscription": subscription["id"],
            "subscription_item": item["subscription_item"],
        },
    }
    return _item(store, line, id=item["invoice_item"], customer=subscription["customer"], parent=parent, proration=True)


def invoice_item_of_draft(store: ObjectStore, draft: Obj, line: Obj, *, metadata: Obj) -> Obj:
    """Return the invoice item behind a line that was added to a draft."""
    id = line["parent"]["invoice_item_details"]["invoice_item"]
    given = {"invoice": draft["id"], "metadata": metadata, "discountable": True}
    return _item(store, line, id=id, customer=draft["customer"], parent=None, proration=False) | given


def _item(store: ObjectStore, line: Obj, *, id: str, customer: str, parent: Obj | None, proration: bool) -> Obj:
    return {
        "id": id,
        "object": "invoiceitem",
        "amount": line["amount"],
        "currency": line["currency"],
        "customer": customer,
        "customer_account": None,
        "date": store.time,
        "description": line["description"],
        "discountable": False,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "net_amount": line["amount"],
        "parent": parent,
        "period": line["period"],
        "pricing": line["pricing"],
        "proration": proration,
        "proration_details": {"credited_items": None, "discount_amounts": []},
        "quantity": line["quantity"] or 0,
        "quantity_decimal": str(line["quantity"] or 0),
        "tax_rates": [],
        "test_clock": None,
    }


def invoice_payment(store: ObjectStore, invoice: Obj, intent: str) -> Obj:
    """Return the invoice payment that links an invoice to its payment intent."""
    return new_object(
        store,
        "invoice_payment",
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def credit_note(
    store: ObjectStore,
    invoice: Obj,
    *,
    amount: int,
    refunds: list[Obj],
    reason: str | None,
    memo: str,
    number: str,
) -> Obj:
    """Return a credit note over a paid invoice; tax is credited in proportion."""
    made = new_object(store, "credit_note")
    taxes = [
        tax | {name: round(tax[name] * amount / invoice["total"]) for name in ("amount", "taxable_amount")}
        for tax in invoice["total_taxes"]
    ]
    tax = sum(each["amount"] for each in taxes)
    entry = {
        "id": new_id("credit_note_line_item"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": memo,
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "quantity": 1,
        "tax_rates": [],
        "taxes": [],
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    return made | {
        "amount": amount,
        "amount_shipping": 0,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": store.time,
        "invoice": invoice["id"],
        "lines": listing([entry], f"/v1/credit_notes/{made['id']}/lines"),
        "memo": memo,
        "metadata": {},
        "number": number,
        "out_of_band_amount": None,
        "pdf": page(f"invoices/{invoice['id']}"),
        "post_payment_amount": amount,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [],
        "reason": reason,
        "refunds": refunds,
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount - on_top(taxes),
        "subtotal_excluding_tax": amount - tax,
        "total": amount,
        "total_excluding_tax": amount - tax,
        "total_taxes": taxes,
        "type": "post_payment",
        "voided_at": None,
    }
