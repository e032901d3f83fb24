"""An invoice as the API shows it: decimal strings, null where there is nothing."""

from decimal import Decimal
from typing import Any

from marketplace.models.invoices import CreditNote, Invoice


def invoice(sale: Invoice) -> dict[str, Any]:
    """Return a sale with its invoice and credit notes."""
    return {
        "id": sale.id,
        "number": sale.shown_number,
        "description": sale.what,
        "status": sale.state,
        "total": _money(sale.total),
        "tax": _money(sale.tax),
        "refunded": _money(sale.refunded),
        "currency": sale.currency,
        "customer": {
            "name": sale.customer_name,
            "address": sale.customer_address,
            "tax_ids": sale.customer_tax_ids,
        },
        "purchase": sale.payment.order_id if sale.payment else None,
        "pdf_url": sale.pdf_url or None,
        "receipt_url": sale.payment.receipt_url or None if sale.payment else None,
        "credit_notes": [_credit_note(note) for note in sale.credit_notes.all() if not note.voided],
        "issued_at": sale.issued_at,
    }


def _credit_note(note: CreditNote) -> dict[str, Any]:
    return {
        "number": note.number,
        "total": _money(note.total),
        "tax": _money(note.tax),
        "pdf_url": note.pdf_url or None,
        "issued_at": note.issued_at,
    }


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
