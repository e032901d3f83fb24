"""Read payments."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from marketplace.models import Payment
from marketplace.models.invoices import Invoice
from plans.queries import current_book
from saas.kernel.errors import NotFound


def invoices() -> QuerySet[Invoice]:
    """Return the invoice or receipt of every sale, newest first, with its payment and credit notes."""
    sales = Invoice.objects.select_related("payment__order").prefetch_related("credit_notes")
    return sales.order_by("-id")


def invoice(invoice_id: UUID) -> Invoice:
    """Return a sale's invoice at Stripe; raise NotFound, also for a sale of which there is only our receipt."""
    found = invoices().filter(id=invoice_id).exclude(invoice_id=None).first()
    if found is None:
        raise NotFound("There is no such invoice.")
    return found


def bill_payload(payment: Payment, what: str) -> dict[str, Any]:
    """Return what events say of a payment for `what`."""
    return {"what": what, "amount": payment.amount, "currency": payment.currency}


def what_was_paid(payment: Payment) -> str:
    """Return the name of the pack or plan that a payment was for."""
    plan = current_book().plans.get(payment.plan_key)
    return payment.order.pack_name if payment.order else plan.name if plan else "your plan"
