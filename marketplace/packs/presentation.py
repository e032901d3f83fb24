"""A purchase as the API shows it: decimal strings, null where there is nothing."""

from decimal import Decimal
from typing import Any

from marketplace.models import PackOrder


def purchase(order: PackOrder) -> dict[str, Any]:
    """Return a purchase with what was paid and given back."""
    payments = list(order.payments.all())
    return {
        "id": order.id,
        "pack": order.pack_key,
        "tokens": order.tokens,
        "price": _money(order.amount),
        "currency": order.currency,
        "status": order.status,
        "checkout_url": order.checkout_url or None,
        "refunded": _money(sum((payment.reversed_amount for payment in payments), Decimal(0))),
        "receipt_url": next((payment.receipt_url for payment in payments if payment.receipt_url), None),
        "created_at": order.created_at,
        "paid_at": order.paid_at,
    }


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
