"""Save the invoice of each sale, with its credit notes; where Stripe has none, a receipt of ours."""

from django.db.models import Max, Q

from marketplace.models import Payment
from marketplace.models.invoices import CreditNote, Invoice
from marketplace.stripe.gateway.snapshots import InvoiceSnapshot, PaymentSnapshot, SubscriptionSnapshot
from marketplace.stripe.objects import PAYMENT
from plans.queries import current_book
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now

ASKED_AT_ONCE = 50
"""For how many older payments one comparison of an organization asks; the next one goes on."""


def save_of_payment(payment: Payment, snapshot: PaymentSnapshot) -> None:
    """Save what Stripe says of a payment's invoice. The caller holds the organization's lock; repeating is safe.

    The invoice of a pay page is written a moment after its payment: until then the row is our receipt.
    """
    if payment.tax_cents != snapshot.tax_cents:
        Payment.objects.filter(id=payment.id).update(tax_cents=snapshot.tax_cents)
    bill = snapshot.invoice
    what = payment.order.pack_name if payment.order else what_is_billed(bill) if bill else payment.plan_key
    known = Invoice.objects.filter(Q(payment=payment) | Q(invoice_id=bill.invoice_id) if bill else Q(payment=payment))
    row = known.first() or Invoice(
        what=what,
        total_cents=payment.paid_cents,
        tax_cents=snapshot.tax_cents,
        currency=payment.currency,
        issued_at=payment.paid_at,
    )
    row.payment = payment
    _save(row, bill)


def ask_for_missing() -> int:
    """Ask Stripe about payments whose invoice it was never asked for; return how many.

    They were stored before invoices were, or by the release before while an upgrade lasted.
    """
    missing = Payment.objects.filter(Q(invoices=None) | Q(invoices__asked_at=None)).order_by("-id")
    asked = list(missing.values_list("payment_intent_id", flat=True)[:ASKED_AT_ONCE])
    for payment_intent_id in asked:
        PAYMENT.sync(payment_intent_id)
    return len(asked)


def save_paid_bills(snapshot: SubscriptionSnapshot) -> None:
    """Save the present period's bills that were paid without money: by a coupon, by credit, outside of Stripe.

    The others are saved with their payments.
    """
    for bill in snapshot.paid_bills:
        if not bill.payment_intent_id:
            save_bill(bill)


def save_bill(bill: InvoiceSnapshot) -> None:
    """Save the invoice of a subscription's bill, without a payment. The caller holds the organization's lock."""
    document = bill.document
    row = Invoice.objects.filter(invoice_id=bill.invoice_id).first() or Invoice(
        what=what_is_billed(bill),
        total_cents=document.total_cents,
        currency=document.currency,
        issued_at=bill.finalized_at,
    )
    _save(row, bill)


def _save(row: Invoice, bill: InvoiceSnapshot | None) -> None:
    with serialized():
        row.asked_at = database_now()
        if row._state.adding:
            last = Invoice.objects.aggregate(last=Max("receipt_number"))["last"]
            row.receipt_number = (last or 0) + 1
        if bill is not None:
            _copy(row, bill)
        row.save()
        for note in bill.document.credit_notes if bill else ():
            values = {
                "number": note.number,
                "total_cents": note.total_cents,
                "tax_cents": note.tax_cents,
                "voided": note.voided,
                "pdf_url": note.pdf_url,
                "issued_at": note.issued_at,
            }
            CreditNote.objects.update_or_create(
                organization_id=tenancy.current_organization_id(),
                credit_note_id=note.credit_note_id,
                defaults={"invoice": row, **values},
            )


def _copy(row: Invoice, bill: InvoiceSnapshot) -> None:
    document = bill.document
    row.invoice_id = bill.invoice_id
    row.number = document.number
    row.total_cents = document.total_cents
    row.tax_cents = document.tax_cents
    row.currency = document.currency
    row.customer_name = document.customer_name
    row.customer_address = document.customer_address
    row.customer_tax_ids = document.customer_tax_ids
    row.hosted_url = bill.hosted_url
    row.pdf_url = document.pdf_url
    row.issued_at = bill.finalized_at


def what_is_billed(bill: InvoiceSnapshot) -> str:
    """Return what a subscription's bill is for, as people call it."""
    plan = current_book().plans.get(bill.plan_key)
    if plan is None:
        return "Overage"
    return f"Change to {plan.name}" if bill.is_upgrade else plan.name
