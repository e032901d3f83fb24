"""New Stripe objects with every field that the pinned API version has: pure builders."""

from typing import Any

from django.conf import settings

from fake_stripe.engine.store import Obj, ObjectStore, listing, new_id
from fake_stripe.mode import NOTICE

NO_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
SELF = {"type": "self"}


def page(path: str) -> str:
    """Return the address of one of the fake Stripe's own pages."""
    return f"{settings.BASE_URL}/sandbox/{path}"


def _new(store: ObjectStore, kind: str, **fields: Any) -> Obj:
    return {"id": new_id(kind), "object": kind, "created": store.time, "livemode": False, **fields}


def customer(store: ObjectStore, **given: Any) -> Obj:
    """Return a new customer."""
    fields: Obj = {
        "address": None,
        "balance": 0,
        "business_name": None,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "individual_name": None,
        "invoice_prefix": new_id("customer")[-8:].upper(),
        "invoice_settings": _invoice_settings({}),
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    return _new(store, "customer", **fields | given)


def _invoice_settings(given: Obj) -> Obj:
    defaults = {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None}
    return defaults | given


def product(store: ObjectStore, **given: Any) -> Obj:
    """Return a new product."""
    fields: Obj = {
        "active": True,
        "default_price": None,
        "description": None,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "tax_details": None,
        "type": "service",
        "unit_label": None,
        "updated": store.time,
        "url": None,
    }
    return _new(store, "product", **fields | given)


def price(store: ObjectStore, *, product: str, currency: str, recurring: Obj | None, **given: Any) -> Obj:
    """Return a new price; `unit_amount` or `unit_amount_decimal` in cents."""
    cents, exact = given.pop("unit_amount", None), given.pop("unit_amount_decimal", None)
    fields: Obj = {
        "active": True,
        "billing_scheme": "per_unit",
        "custom_unit_amount": None,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
    }
    return _new(
        store,
        "price",
        product=product,
        currency=currency,
        type="recurring" if recurring else "one_time",
        recurring=recurring and RECURRING | recurring,
        unit_amount=int(exact) if cents is None and exact is not None and "." not in exact else cents,
        unit_amount_decimal=exact if exact is not None else str(cents),
        **fields | given,
    )


RECURRING = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}


def payment_method(store: ObjectStore, *, last4: str, kind: str, customer: str | None = None) -> Obj:
    """Return a new way to pay; nothing of it is a real number."""
    details = {"card": _card(last4), "us_bank_account": _bank(last4)}
    return _new(
        store,
        "payment_method",
        allow_redisplay="unspecified",
        billing_details=_billing_details(),
        customer=customer,
        customer_account=None,
        metadata={},
        type=kind,
        **{kind: details[kind]},
    )


def _card(last4: str) -> Obj:
    return {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": "visa",
        "exp_month": 12,
        "exp_year": 2040,
        "fingerprint": f"sandbox{last4}",
        "funding": "credit",
        "generated_from": None,
        "last4": last4,
        "networks": {"available": ["visa"], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _bank(last4: str) -> Obj:
    return {
        "account_holder_type": "company",
        "account_type": "checking",
        "bank_name": NOTICE,
        "financial_connections_account": None,
        "fingerprint": f"sandbox{last4}",
        "last4": last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": None,
    }


def _billing_details() -> Obj:
    return {"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None}


def payment_intent(store: ObjectStore, *, amount: int, currency: str, **given: Any) -> Obj:
    """Return a new payment intent that has no way to pay yet."""
    made = _new(store, "payment_intent", amount=amount, currency=currency)
    fields: Obj = {
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{made['id']}_secret_sandbox",
        "confirmation_method": "automatic",
        "customer": None,
        "customer_account": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    return made | fields | given


def setup_intent(store: ObjectStore, **given: Any) -> Obj:
    """Return a new setup intent."""
    made = _new(store, "setup_intent")
    fields: Obj = {
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": f"{made['id']}_secret_sandbox",
        "customer": None,
        "customer_account": None,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    }
    return made | fields | given


def charge(store: ObjectStore, intent: Obj, method: Obj, *, status: str, failure: Obj | None = None) -> Obj:
    """Return an attempt to take the intent's money from the method: succeeded, pending or failed."""
    made = _new(store, "charge")
    paid = status == "succeeded"
    kind = method["type"]
    inner = method[kind] | {"network": "visa"} if kind == "card" else method[kind]
    return made | {
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": new_id("balance_transaction") if paid else None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "MILEPOST SANDBOX",
        "captured": paid,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": failure and failure["code"],
        "failure_message": failure and failure["message"],
        "fraud_details": {},
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _outcome(status, failure),
        "paid": status != "failed",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": kind, kind: inner},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": page(f"receipts/{made['id']}") if paid else None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(status: str, failure: Obj | None) -> Obj:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": failure and failure["decline_code"],
        "risk_level": "normal",
        "risk_score": 10,
        "seller_message": NOTICE,
        "type": "issuer_declined" if failure else "authorized",
    }


def refund(store: ObjectStore, charge: Obj, *, amount: int, reason: str | None, metadata: Obj, status: str) -> Obj:
    """Return a refund of a part of a charge."""
    made = _new(store, "refund")
    del made["livemode"]
    return made | {
        "amount": amount,
        "balance_transaction": new_id("balance_transaction"),
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {
            "type": "card",
            "card": {"reference": None, "reference_status": "pending", "reference_type": None, "type": "refund"},
        },
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "pending_reason": "processing" if status == "pending" else None,
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(store: ObjectStore, charge: Obj, *, amount: int, reason: str, inquiry: bool) -> Obj:
    """Return a dispute of a charge; an inquiry moves no money yet."""
    made = _new(store, "dispute")
    empty = {"visa_compelling_evidence_3": None, "visa_compliance": None, "mastercard_compliance": None}
    return made | {
        "amount": amount,
        "balance_transactions": [] if inquiry else [moved(store, made["id"], -amount, charge["currency"])],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": store.time + 7 * 86_400,
            "enhanced_eligibility": empty,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": "10.4",
            },
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def moved(store: ObjectStore, source: str, amount: int, currency: str) -> Obj:
    """Return the balance transaction of money that a dispute took or gave back."""
    return {
        "id": new_id("balance_transaction"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": store.time,
        "created": store.time,
        "currency": currency,
        "description": f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {source}",
        "exchange_rate": None,
        "fee": 1500 if amount < 0 else 0,
        "fee_details": [],
        "net": amount - (1500 if amount < 0 else 0),
        "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        "source": source,
        "status": "available",
        "type": "adjustment",
    }


def fraud_warning(store: ObjectStore, charge: Obj) -> Obj:
    """Return an early fraud warning about a charge."""
    return _new(
        store,
        "radar.early_fraud_warning",
        actionable=not charge["refunded"] and not charge["disputed"],
        charge=charge["id"],
        fraud_type="made_with_stolen_card",
        payment_intent=charge["payment_intent"],
    )


def subscription(
    store: ObjectStore, *, customer: str, prices: list[tuple[Obj, int | None]], end: int, **given: Any
) -> Obj:
    """Return a new, still incomplete subscription to prices with quantities, in its first period."""
    made = _new(store, "subscription")
    items = [subscription_item(store, made["id"], price, quantity, store.time, end) for price, quantity in prices]
    fields: Obj = {
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": store.time,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "currency": prices[0][0]["currency"],
        "customer": customer,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": SELF},
        "items": listing(items, f"/v1/subscription_items?subscription={made['id']}"),
        "latest_invoice": None,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": store.time,
        "status": "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }
    return made | fields | given


def subscription_item(
    store: ObjectStore, subscription: str, price: Obj, quantity: int | None, start: int, end: int
) -> Obj:
    """Return a new item; a metered one has no quantity."""
    made: Obj = {
        "id": new_id("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": store.time,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": _plan(price),
        "price": price,
        "subscription": subscription,
        "tax_rates": [],
    }
    return made if quantity is None else made | {"quantity": quantity}


def with_price(item: Obj, price: Obj, quantity: int | None) -> Obj:
    """Return the item at another price."""
    made = item | {"price": price, "plan": _plan(price)}
    return made if quantity is None else made | {"quantity": quantity}


def _plan(price: Obj) -> Obj:
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": recurring["meter"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }


def line(
    store: ObjectStore, *, price: Obj, amount: int, quantity: int | None, start: int, end: int, text: str, **parent: Any
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
        "taxes": [],
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


def invoice(
    store: ObjectStore, customer: Obj, lines: list[Obj], *, reason: str, start: int, end: int, **given: Any
) -> Obj:
    """Return a new draft invoice over the lines; `reason` is its billing_reason."""
    made = _new(store, "invoice")
    fields: Obj = {
        "account_country": "US",
        "account_name": NOTICE,
        "account_tax_ids": None,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "currency": lines[0]["currency"] if lines else "usd",
        "custom_fields": None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": NOTICE,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": SELF,
        "last_finalization_error": None,
        "latest_revision": None,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": None,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": end,
        "period_start": start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "test_clock": None,
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }
    return made | fields | sums(customer, made["id"], lines) | given


def sums(customer: Obj, invoice: str, lines: list[Obj]) -> Obj:
    """Return what of an invoice follows from its lines and the customer's balance."""
    total = sum(entry["amount"] for entry in lines)
    used = min(0, max(customer["balance"], -total)) if total > 0 else 0
    due = max(0, total + used)
    return {
        "amount_due": due,
        "amount_remaining": due,
        "lines": listing([entry | {"invoice": invoice} for entry in lines], f"/v1/invoices/{invoice}/lines"),
        "starting_balance": customer["balance"],
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_excluding_tax": total,
    }


def of_subscription(subscription: Obj) -> Obj:
    """Return the parent of a subscription's invoice."""
    return {
        "type": "subscription_details",
        "quote_details": None,
        "subscription_details": {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]},
    }


def invoice_item(store: ObjectStore, subscription: Obj, line: Obj) -> Obj:
    """Return the invoice item behind a proration line."""
    item = line["parent"]["subscription_item_details"]
    return {
        "id": item["invoice_item"],
        "object": "invoiceitem",
        "amount": line["amount"],
        "currency": line["currency"],
        "customer": subscription["customer"],
        "customer_account": None,
        "date": store.time,
        "description": line["description"],
        "discountable": False,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "net_amount": line["amount"],
        "parent": {
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": item["subscription_item"],
            },
        },
        "period": line["period"],
        "pricing": line["pricing"],
        "proration": True,
        "proration_details": {"credited_items": None, "discount_amounts": []},
        "quantity": line["quantity"] or 0,
        "quantity_decimal": str(line["quantity"] or 0),
        "tax_rates": [],
        "test_clock": None,
    }


def invoice_payment(store: ObjectStore, invoice: Obj, intent: str) -> Obj:
    """Return what ties an invoice to its payment intent."""
    return _new(
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
    store: ObjectStore, invoice: Obj, *, amount: int, refunds: list[Obj], reason: str | None, memo: str
) -> Obj:
    """Return a credit note over a paid invoice."""
    made = _new(store, "credit_note")
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
        "number": f"{invoice['number']}-CN-01",
        "out_of_band_amount": None,
        "pdf": page(f"invoices/{invoice['id']}"),
        "post_payment_amount": amount,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [],
        "reason": reason,
        "refunds": refunds,
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": "post_payment",
        "voided_at": None,
    }
