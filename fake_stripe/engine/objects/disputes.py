"""Build disputes and fraud warnings of charges."""

from fake_stripe.engine.objects.base import new_object
from fake_stripe.engine.store import Obj, ObjectStore, new_id


def dispute(store: ObjectStore, charge: Obj, *, amount: int, reason: str, inquiry: bool) -> Obj:
    """Return a dispute of a charge; an inquiry moves no money yet."""
    made = new_object(store, "dispute")
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
    """Return the balance transaction of money that a dispute withdrew or reinstated."""
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
    return new_object(
        store,
        "radar.early_fraud_warning",
        actionable=not charge["refunded"] and not charge["disputed"],
        charge=charge["id"],
        fraud_type="made_with_stolen_card",
        payment_intent=charge["payment_intent"],
    )
