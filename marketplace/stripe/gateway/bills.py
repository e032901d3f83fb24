"""Read bills: the plan a bill is for and from when on, and the status of its payment."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from marketplace.stripe.gateway.client import asking
from marketplace.stripe.gateway.snapshots import (
    CreditNoteSnapshot,
    InvoiceDocument,
    InvoiceSnapshot,
    PaymentAttempt,
)
from marketplace.stripe.gateway.values import at, id_of, order_id_of
from saas.kernel.errors import NotFound

PLAN_LOOKUP_PREFIX = "milepost_"


def bill_of_payment(payment_intent_id: str) -> InvoiceSnapshot | None:
    """Return the bill that a payment intent pays, or None."""
    params: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent_id}, "limit": 1}
    with asking() as c:
        payments = c.v1.invoice_payments.list(params).data
        bill = c.v1.invoices.retrieve(id_of(payments[0].invoice)) if payments else None
    return read_bill(bill) if bill else None


def bills(subscription_id: str, *, status: str, since: datetime | None = None) -> tuple[InvoiceSnapshot, ...]:
    """Return a subscription's bills of a status, oldest first, those made at `since` or later."""
    params: Any = {"subscription": subscription_id, "status": status, "limit": 20, "expand": ["data.payments"]}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    with asking() as c:
        found = c.v1.invoices.list(params).data
    return tuple(sorted(map(read_bill, found), key=lambda bill: bill.finalized_at))


def attempt_at(bill: InvoiceSnapshot) -> PaymentAttempt:
    """Return how the newest attempt to pay an open bill ended."""
    with asking() as c:
        payments = c.v1.invoice_payments.list({"invoice": bill.invoice_id, "limit": 1}).data
        intent_id = id_of(payments[0].payment.payment_intent) if payments else ""
        intent = c.v1.payment_intents.retrieve(intent_id) if intent_id else None
    error = getattr(intent, "last_payment_error", None)
    card = id_of(getattr(error, "payment_method", None)) or id_of(getattr(intent, "payment_method", None))
    code = getattr(error, "code", None) or ""
    status = getattr(intent, "status", "")
    confirm = status == "requires_action" or code == "authentication_required"
    return PaymentAttempt(card, confirm and status != "processing", processing=status == "processing")


def read_bill(bill: Any) -> InvoiceSnapshot:
    """Return a snapshot of a bill: a change gives back the old plan and takes the new one from its instant on."""
    details = getattr(bill.parent, "subscription_details", None) if bill.parent else None
    lines = [line for line in bill.lines.data if _price_of(line)] if details else []
    taken = next(((line, key) for line in _newest_first(lines) if line.amount >= 0 and (key := plan_of(line))), None)
    return InvoiceSnapshot(
        invoice_id=bill.id,
        customer_id=id_of(bill.customer),
        order_id=order_id_of(getattr(bill, "metadata", None)),
        subscription_id=id_of(details.subscription) if details else "",
        reason=bill.billing_reason or "",
        status=bill.status or "",
        finalized_at=at(bill.status_transitions.finalized_at or bill.created),
        hosted_url=bill.hosted_invoice_url or "",
        due_cents=bill.amount_remaining,
        plan_key=taken[1] if taken else "",
        from_plan_key=next((key for line in lines if line.amount < 0 and (key := plan_of(line))), ""),
        starts_at=at(taken[0].period.start) if taken else at(bill.created),
        paid_at=at(paid_at) if (paid_at := getattr(bill.status_transitions, "paid_at", None)) else None,
        payment_intent_id=_intent(bill),
        is_whole=bool(taken and _is_whole(taken[0])),
        document=_document(bill),
        attempts=getattr(bill, "attempt_count", None) or 0,
        next_attempt_at=at(again) if (again := getattr(bill, "next_payment_attempt", None)) else None,
    )


def _is_whole(line: Any) -> bool:
    """Return True for a line that Stripe says is no proration."""
    details = getattr(getattr(line, "parent", None), "subscription_item_details", None)
    return getattr(details, "proration", None) is False


def _intent(bill: Any) -> str:
    payments = getattr(bill, "payments", None)
    for each in payments.data if payments else ():
        if each.status == "paid":
            return id_of(getattr(each.payment, "payment_intent", None))
    return ""


def _document(bill: Any) -> InvoiceDocument:
    """Return what stands on the invoice, with its credit notes where there are some."""
    credited = bill.pre_payment_credit_notes_amount or bill.post_payment_credit_notes_amount
    return InvoiceDocument(
        number=bill.number or "",
        subtotal_cents=bill.subtotal,
        tax_cents=_tax(bill),
        total_cents=max(0, bill.total),
        currency=bill.currency,
        customer_name=bill.customer_name or "",
        customer_address=address_lines(bill.customer_address),
        customer_tax_ids=", ".join(each.value for each in bill.customer_tax_ids or [] if each.value),
        pdf_url=bill.invoice_pdf or "",
        credit_notes=_credit_notes(bill.id) if credited else (),
    )


def _tax(document: Any) -> int:
    return max(0, sum(int(each.amount) for each in document.total_taxes or []))


def address_lines(address: Any) -> str:
    """Return an address of Stripe's as the lines of an envelope."""
    if address is None:
        return ""
    town = " ".join(filter(None, (address.postal_code, address.city)))
    lines = (address.line1, address.line2, ", ".join(filter(None, (town, address.state))), address.country)
    return "\n".join(filter(None, lines))


def _credit_notes(invoice_id: str) -> tuple[CreditNoteSnapshot, ...]:
    with asking() as c:
        found = c.v1.credit_notes.list({"invoice": invoice_id, "limit": 100}).data
    return tuple(
        CreditNoteSnapshot(
            credit_note_id=note.id,
            number=note.number,
            total_cents=note.total,
            tax_cents=_tax(note),
            voided=note.status == "void",
            pdf_url=note.pdf or "",
            issued_at=at(note.effective_at or note.created),
        )
        for note in found
    )


def _newest_first(lines: Iterable[Any]) -> list[Any]:
    return sorted(lines, key=lambda line: line.period.start, reverse=True)


def _price_of(line: Any) -> str:
    details = getattr(line.pricing, "price_details", None) if line.pricing else None
    return id_of(details.price) if details else ""


def plan_of(line: Any) -> str:
    """Return the plan a line of a bill is for, or nothing."""
    return plan_named(_price_of(line))


def plan_named(price: Any) -> str:
    """Return the plan that a price, or the price of an id, is for; nothing for a price of something else."""
    try:
        return _plan_of_id(price) if isinstance(price, str) else plan_key(price)
    except NotFound:
        return ""


@lru_cache(maxsize=1000)
def _plan_of_id(price_id: str) -> str:
    """Return the plan of the price with this id; it never changes, so it is read once."""
    with asking() as c:
        return plan_named(c.v1.prices.retrieve(price_id))


def plan_key(price: Any) -> str:
    """Return the plan a price is for: written into it when it was made, so it stays true when prices change.

    Raises NotFound for a price of something else.
    """
    if price.metadata and "plan" in price.metadata:
        return str(price.metadata["plan"])
    if (price.lookup_key or "").startswith(PLAN_LOOKUP_PREFIX):
        return str(price.lookup_key).removeprefix(PLAN_LOOKUP_PREFIX)
    raise NotFound(f"The price {price.id} belongs to no plan: give it the metadata `plan`.")
