"""Sell packs at Stripe: each is an invoice, paid by the saved card or on a pay page.

Note [An order's invoice]
    A card is charged by paying an invoice of the order: made, given its line, finalized, paid, each under a key made of
    the attempt. Stripe never collects it by itself. A decline ends it, so that the same order can be paid on a pay
    page and not a second time by the invoice's link. Where the outcome is unknown the same calls are repeated.
"""

from typing import Any, cast
from uuid import UUID

from django.conf import settings

from marketplace.models import PackOrder
from marketplace.stripe.gateway import configurations
from marketplace.stripe.gateway.client import CardDeclined, NotPossible, asking
from marketplace.stripe.gateway.paying import BILLING_DETAILS_ASKED, Visit, metadata_of
from marketplace.stripe.gateway.statements import pack_statement, pack_suffix
from saas.kernel.errors import NotFound

UNKNOWN_ADDRESS = "customer_tax_location_invalid"
"""Stripe's code where tax cannot be computed without the customer's address."""


def bill_order(*, order: PackOrder, customer_id: str) -> str:
    """Write the invoice of an order's present attempt; return its id.

    Raises CardDeclined where Stripe Tax needs an address first, which the pay page asks for; PaymentsUnavailable.
    """
    try:
        with asking() as c:
            made = c.v1.invoices.create(
                {
                    "customer": customer_id,
                    "currency": order.currency,
                    "collection_method": "charge_automatically",
                    "auto_advance": False,
                    "pending_invoice_items_behavior": "exclude",
                    "automatic_tax": {"enabled": settings.STRIPE_TAX},
                    "description": order.pack_name,
                    "statement_descriptor": pack_statement(order.tokens),
                    "metadata": order_metadata(order),
                },
                {"idempotency_key": f"{order.idempotency_key}:invoice"},
            )
            c.v1.invoice_items.create(
                {
                    "customer": customer_id,
                    "invoice": made.id,
                    "amount": order.cents,
                    "currency": order.currency,
                    "description": order.pack_name,
                    "tax_behavior": settings.STRIPE_TAX_BEHAVIOR,
                    "metadata": order_metadata(order),
                },
                {"idempotency_key": f"{order.idempotency_key}:item"},
            )
            c.v1.invoices.finalize_invoice(
                made.id, {"auto_advance": False}, {"idempotency_key": f"{order.idempotency_key}:final"}
            )
    except NotPossible as refusal:
        if refusal.reason == UNKNOWN_ADDRESS:
            raise CardDeclined("We need your billing address for the tax.", reason="address_needed") from refusal
        raise
    return made.id


def pay_order(*, order: PackOrder) -> None:
    """Charge the saved card for an order's invoice; one that is paid already, as by credit, is left as it is.

    A person's order is charged with them present; a top-up without them. Raises CardDeclined, also when the bank wants
    the customer to confirm and when the card is gone, and then the invoice is void; PaymentsUnavailable for an unknown
    outcome.
    """
    try:
        with asking() as c:
            c.v1.invoices.pay(
                order.invoice_id,
                {"payment_method": order.payment_method_id, "off_session": order.origin == "topup"},
                {"idempotency_key": order.idempotency_key},
            )
    except CardDeclined:
        if end_invoice(order.invoice_id):
            raise
    except (NotPossible, NotFound) as refusal:
        if end_invoice(order.invoice_id):
            raise CardDeclined("Your saved card cannot be charged.", reason="card_not_usable") from refusal


def end_invoice(invoice_id: str) -> bool:
    """End an order's invoice if it is unpaid, whatever its state; return False if it is paid."""
    with asking() as c:
        found = c.v1.invoices.retrieve(invoice_id)
        if found.status == "paid":
            return False
        if found.status == "draft":
            c.v1.invoices.delete(invoice_id)
        elif found.status != "void":
            c.v1.invoices.void_invoice(invoice_id, {}, {"idempotency_key": f"void:{invoice_id}"})
    return True


def open_pack_checkout(*, order: PackOrder, customer_id: str, success_url: str, cancel_url: str) -> Visit:
    """Open the pay page for an order; the card is saved for the next time."""
    metadata = order_metadata(order)
    params: Any = {
        "mode": "payment",
        "customer": customer_id,
        "client_reference_id": str(order.id),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency,
                    "unit_amount": order.cents,
                    "tax_behavior": settings.STRIPE_TAX_BEHAVIOR,
                    "product_data": {"name": order.pack_name, "metadata": {"pack": order.pack_key}},
                },
            }
        ],
        "payment_intent_data": {
            "metadata": metadata,
            "setup_future_usage": "off_session",
            "statement_descriptor_suffix": pack_suffix(order.tokens),
        },
        "invoice_creation": {"enabled": True, "invoice_data": {"metadata": metadata}},
        "payment_method_configuration": configurations.methods(),
        **BILLING_DETAILS_ASKED,
        "automatic_tax": {"enabled": settings.STRIPE_TAX},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "metadata": metadata,
    }
    with asking() as c:
        session = c.v1.checkout.sessions.create(params, {"idempotency_key": order.idempotency_key})
    return Visit(session.id, session.url or "")


def order_metadata(order: PackOrder) -> dict[str, str]:
    """Return what every object of an order carries at Stripe."""
    return {
        **metadata_of(cast(UUID, order.organization_id), order.origin),
        "order_id": str(order.id),
        "pack": order.pack_key,
    }
