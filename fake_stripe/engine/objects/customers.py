"""Build customers and their payment methods."""

from typing import Any

from fake_stripe.engine.objects.base import NO_ADDRESS, new_object
from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.mode import NOTICE


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
    return new_object(store, "customer", **fields | given)


def _invoice_settings(given: Obj) -> Obj:
    defaults = {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None}
    return defaults | given


def payment_method(store: ObjectStore, *, last4: str, kind: str, customer: str | None = None) -> Obj:
    """Return a new payment method of the kind `card`, `link` or `us_bank_account`; its numbers are made up."""
    link = {"email": "customer@example.com", "persistent_token": None}
    details = {"card": _card(last4), "link": link, "us_bank_account": _bank(last4)}
    return new_object(
        store,
        "payment_method",
        allow_redisplay="unspecified",
        billing_details={"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
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
