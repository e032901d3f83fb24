"""Build payment intents, charges and refunds."""

from typing import Any

from fake_stripe.engine.objects.base import new_object, page
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.mode import NOTICE


def payment_intent(store: ObjectStore, *, amount: int, currency: str, **given: Any) -> Obj:
    """Return a new payment intent that has no way to pay yet."""
    made = new_object(store, "payment_intent", amount=amount, currency=currency)
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
    made = new_object(store, "setup_intent")
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
    made = new_object(store, "charge")
    paid = status == "succeeded"
    kind = method["type"]
    more = {"card": method.get("card", {}) | {"network": "visa"}, "link": {"country": "US"}}
    inner = more.get(kind, method[kind])
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
    made = new_object(store, "refund")
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
