"""Read payments."""

from typing import Any

from django.db.models import QuerySet

from marketplace.models import Payment
from plans.queries import current_book


def payments() -> QuerySet[Payment]:
    """Return everything the organization paid, newest first."""
    return Payment.objects.order_by("-paid_at")


def bill_payload(payment: Payment, what: str) -> dict[str, Any]:
    """Return what events say of a payment for `what`."""
    return {"what": what, "amount": payment.amount, "currency": payment.currency}


def what_was_paid(payment: Payment) -> str:
    """Return the name of the pack or plan that a payment was for."""
    plan = current_book().plans.get(payment.plan_key)
    return payment.order.pack_name if payment.order else plan.name if plan else "your plan"
