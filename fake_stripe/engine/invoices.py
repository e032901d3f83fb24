"""Bills: what is on them, and collecting them."""

from fake_stripe.engine import cards, objects, payments
from fake_stripe.engine.books import INCLUDES, Books, Obj, listing
from fake_stripe.wire import ApiError

RETRY_DAYS = (3, 4, 6)
"""Days between attempts: within the two weeks of Stripe's own retries. After the last one the invoice stays open."""
DAY = 86_400


def keep(books: Books, invoice: Obj, *, emits: bool = True) -> Obj:
    """Keep a new invoice and finalize it."""
    books.add(invoice, event_type="invoice.created" if emits else "")
    return finalize(books, invoice)


def finalize(books: Books, invoice: Obj) -> Obj:
    """Finalize a draft: from now on it is owed."""
    customer = books.get("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    balance = customer["balance"] + invoice["total"] - invoice["amount_due"]
    books.change(customer, next_invoice_sequence=customer["next_invoice_sequence"] + 1, balance=balance)
    books.change(
        invoice,
        status="open",
        automatically_finalizes_at=None,
        number=number,
        effective_at=books.time,
        ending_balance=balance,
        hosted_invoice_url=objects.page(f"invoices/{invoice['id']}"),
        invoice_pdf=objects.page(f"invoices/{invoice['id']}"),
        status_transitions=invoice["status_transitions"] | {"finalized_at": books.time},
    )
    books.emit("invoice.finalized", invoice)
    return invoice


def intent_of(books: Books, invoice: Obj) -> Obj | None:
    """Return the payment intent that pays the invoice."""
    for paying in books.find("invoice_payment", invoice=invoice["id"]):
        return books.get("payment_intent", paying["payment"]["payment_intent"])
    return None


def invoice_of(books: Books, intent: Obj) -> Obj | None:
    """Return the invoice that the payment intent pays."""
    wanted = {"type": "payment_intent", "payment_intent": intent["id"]}
    for paying in books.find("invoice_payment", payment=wanted):
        return books.get("invoice", paying["invoice"])
    return None


def open_intent(books: Books, invoice: Obj, **given: object) -> Obj:
    """Return the invoice's payment intent, made when it has none."""
    intent = intent_of(books, invoice)
    if intent is None:
        text = "Subscription update" if invoice["billing_reason"] != "subscription_create" else "Subscription creation"
        fields = {"description": text, "setup_future_usage": "off_session", **given}
        made = objects.payment_intent(
            books, amount=invoice["amount_due"], currency=invoice["currency"], customer=invoice["customer"], **fields
        )
        intent = books.add(made, event_type="payment_intent.created")
        books.add(objects.invoice_payment(books, invoice, intent["id"]))
    return intent


def collect(books: Books, invoice: Obj, card: Obj | None, *, absent: bool = True, authenticated: bool = False) -> str:
    """Try to collect an open invoice; return "paid", "failed" or "requires_action"."""
    if invoice["amount_due"] == 0:
        mark_paid(books, invoice)
        return "paid"
    intent = open_intent(books, invoice)
    if card is None:
        return mark_failed(books, invoice)
    failure = payments.confirm(books, intent, card, absent=absent, authenticated=authenticated)
    if intent["status"] == "succeeded":
        mark_paid(books, invoice)
        return "paid"
    code = failure.code if failure else "authentication_required"
    mark_failed(books, invoice)
    if code == "authentication_required":
        books.emit("invoice.payment_action_required", invoice)
    return "failed" if failure else "requires_action"


def mark_paid(books: Books, invoice: Obj) -> None:
    """Write down that the invoice is paid; the intent that paid it is in the books already."""
    attempts = invoice["attempt_count"] + (0 if invoice["amount_due"] == 0 else 1)
    before = books.change(
        invoice,
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        attempt_count=attempts,
        auto_advance=False,
        next_payment_attempt=None,
        status_transitions=invoice["status_transitions"] | {"paid_at": books.time},
    )
    books.due(invoice, None)
    books.emit("invoice.updated", invoice, before)
    for paying in books.find("invoice_payment", invoice=invoice["id"]):
        transitions = {"canceled_at": None, "paid_at": books.time}
        books.change(paying, status="paid", amount_paid=invoice["amount_due"], status_transitions=transitions)
        books.emit("invoice_payment.paid", paying)
    books.emit("invoice.paid", invoice)
    books.emit("invoice.payment_succeeded", invoice)


def mark_failed(books: Books, invoice: Obj) -> str:
    """Write down a failed attempt and when the next one is due."""
    attempts = invoice["attempt_count"] + 1
    again = _next_attempt(books, invoice, attempts)
    books.change(invoice, attempted=True, attempt_count=attempts, next_payment_attempt=again)
    books.due(invoice, again)
    books.emit("invoice.payment_failed", invoice)
    return "failed"


def _next_attempt(books: Books, invoice: Obj, attempts: int) -> int | None:
    """Return when the invoice is tried again: renewals only, a few times; trying by hand moves nothing."""
    if invoice["billing_reason"] != "subscription_cycle" or attempts > len(RETRY_DAYS):
        return None
    due: int | None = invoice["next_payment_attempt"]
    return due if due and due > books.time else books.time + RETRY_DAYS[attempts - 1] * DAY


def end(books: Books, invoice: Obj, status: str) -> None:
    """Void an open invoice or write it off as uncollectible."""
    if invoice["status"] != "open":
        raise ApiError(f"You can only do this to open invoices. This invoice is {invoice['status']}.")
    moment = {"void": "voided_at", "uncollectible": "marked_uncollectible_at"}[status]
    transitions = invoice["status_transitions"] | {moment: books.time}
    books.change(invoice, status=status, next_payment_attempt=None, status_transitions=transitions)
    books.due(invoice, None)
    books.emit({"void": "invoice.voided", "uncollectible": "invoice.marked_uncollectible"}[status], invoice)
    intent = intent_of(books, invoice)
    if intent and intent["status"] not in ("succeeded", "processing", "canceled"):
        payments.cancel(books, intent, reason="void_invoice")


def credit(books: Books, invoice: Obj, *, amount: int, refund_amount: int, reason: str | None, memo: str) -> Obj:
    """Write a credit note over a paid invoice and refund so much of it."""
    left = invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"]
    if invoice["status"] != "paid" or not 0 < amount <= left:
        raise ApiError(f"The credit note's amount must be within the {left} cents that were paid.", param="amount")
    refunds = []
    if refund_amount:
        intent = intent_of(books, invoice)
        assert intent is not None
        made = payments.refund(books, books.get("charge", intent["latest_charge"]), amount=refund_amount)
        refunds = [
            {"amount_refunded": refund_amount, "refund": made["id"], "type": "refund", "payment_record_refund": None}
        ]
    note = objects.credit_note(books, invoice, amount=amount, refunds=refunds, reason=reason, memo=memo)
    books.change(invoice, post_payment_credit_notes_amount=invoice["post_payment_credit_notes_amount"] + amount)
    return books.add(note, event_type="credit_note.created")


def default_card(books: Books, customer: Obj, subscription: Obj | None = None) -> Obj | None:
    """Return the card that is charged when the customer is away."""
    id = (subscription or {}).get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]
    return cards.find_card(books, id) if id else None


INCLUDES["invoice", "payments"] = lambda books, invoice: listing(
    [dict(paying) for paying in books.find("invoice_payment", invoice=invoice["id"])], "/v1/invoice_payments"
)


def _secret(books: Books, invoice: Obj) -> Obj | None:
    intent = intent_of(books, invoice)
    return intent and {"client_secret": intent["client_secret"], "type": "payment_intent"}


INCLUDES["invoice", "confirmation_secret"] = _secret
