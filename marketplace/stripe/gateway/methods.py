"""Payment methods: the kinds that are taken, how one is read, and which of several saved ones is charged.

Note [Debits]
    A debit of a bank account is accepted at once and paid, or not, within days; meanwhile it is processing. What it
    pays for comes when the money has come. Stripe changes no plan that waits for a debit (`pending_if_incomplete` knows
    cards and Link only), so who pays by debit saves a card before an upgrade.
"""

from collections.abc import Iterable
from typing import Any

from marketplace.models import DEBITS
from marketplace.stripe.gateway.snapshots import MethodSnapshot

INSTANT = ("card", "link")
KINDS = (*INSTANT, *DEBITS)
"""What is charged when a customer is not there; others are not offered, see `configurations`."""


def saved_method(methods: Iterable[Any], default_id: str) -> MethodSnapshot | None:
    """Return the method to charge: the default, else what pays at once before a debit, the newest first."""
    known = [method for method in methods if method.type in KINDS]
    best = max(known, key=lambda m: (m.id == default_id, m.type in INSTANT, m.created), default=None)
    return read_method(best, is_default=best.id == default_id) if best is not None else None


def read_method(method: Any, *, is_default: bool = False) -> MethodSnapshot:
    """Return a payment method of Stripe's as a value."""
    details = getattr(method, method.type, None)
    month, year = getattr(details, "exp_month", None), getattr(details, "exp_year", None)
    return MethodSnapshot(
        payment_method_id=method.id,
        kind=method.type,
        brand=getattr(details, "brand", None) or getattr(details, "bank_name", None) or "",
        last4=getattr(details, "last4", None) or "",
        expires=f"{month:02}/{year}" if month and year else "",
        is_default=is_default,
    )
