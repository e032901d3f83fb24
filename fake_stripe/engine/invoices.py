"""Finalize, collect, end and credit invoices."""

from fake_stripe.engine import cards, objects, payments
from fake_stripe.engine.store import INCLUDES, Obj, ObjectStore, listing, new_id
from fake_stripe.wire import ApiError

RETRY_DAYS = (3, 4, 6)
"""Days between attempts: within the two weeks of Stripe's own retries. After the last one the invoice stays open."""
DAY = 86_400


def save_and_finalize(store: ObjectStore, invoice: Obj, *, emits: bool = True) -> Obj:
    """Save a new invoice and finalize it."""
    store.add(invoice, event_type="invoice.created" if emits else "")
    return finalize(store, invoice)


def finalize(store: ObjectStore, invoice: Obj) -> Obj:
    """Finalize a draft: from now on it is owed."""
    customer = store.get("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    balance = customer["balance"] + invoice["total"] - invoice["amount_due"]
    store.change(customer, next_invoice_sequence=customer["next_invoice_sequence"] + 1, balance=balance)
    store.change(
        invoice,
        status="open",
        automatically_finalizes_at=None,
        number=number,
        effective_at=store.time,
        ending_balance=balance,
        hosted_invoice_url=objects.page(f"invoices/{invoice['id']}"),
        invoice_pdf=objects.page(f"invoices/{invoice['id']}"),
        status_transitions=invoice["status_transitions"] | {"finalized_at": store.time},
    )
    store.emit("invoice.finalized", invoice)
    return invoice


def add_item(store: ObjectStore, draft: Obj, *, amount: int, description: str, tax_behavior: str, metadata: Obj) -> Obj:
    """Add a line of so many cents to a draft; return its invoice item."""
    product = store.add(objects.product(store, active=False, name=description))
    price = store.add(
        objects.price(
            store,
            product=product["id"],
            currency=draft["currency"],
            recurring=None,
            active=False,
            unit_amount=amount,
            tax_behavior=tax_behavior,
        )
    )
    entry = objects.line(
        store,
        price=price,
        amount=amount,
        quantity=1,
        start=store.time,
        end=store.time,
        text=description,
        taxed=draft["automatic_tax"]["enabled"],
        invoice_item=new_id("invoiceitem"),
    )
    item = objects.invoice_item_of_draft(store, draft, entry, metadata=metadata)
    store.add(item, event_type="invoiceitem.created")
    customer = store.get("customer", draft["customer"])
    store.change(draft, **objects.sums(customer, draft["id"], [*draft["lines"]["data"], entry]))
    return item


def intent_of(store: ObjectStore, invoice: Obj) -> Obj | None:
    """Return the payment intent that pays the invoice."""
    for paying in store.find("invoice_payment", invoice=invoice["id"]):
        return store.get("payment_intent", paying["payment"]["payment_intent"])
    return None


def invoice_of(store: ObjectStore, intent: Obj) -> Obj | None:
    """Return the invoice that the payment intent pays."""
    wanted = {"type": "payment_intent", "payment_intent": intent["id"]}
    for paying in store.find("invoice_payment", payment=wanted):
        return store.get("invoice", paying["invoice"])
    return None


def open_intent(store: ObjectStore, invoice: Obj, **given: object) -> Obj:
    """Return the invoice's payment intent, made when it has none."""
    intent = intent_of(store, invoice)
    if intent is None:
        texts = {"subscription_create": "Subscription creation", "manual": f"Payment for Invoice {invoice['number']}"}
        text = texts.get(invoice["billing_reason"], "Subscription update")
        fields = {"description": text, "setup_future_usage": "off_session", **given}
        made = objects.payment_intent(
            store, amount=invoice["amount_due"], currency=invoice["currency"], customer=invoice["customer"], **fields
        )
        intent = store.add(made, event_type="payment_intent.created")
        store.add(objects.invoice_payment(store, invoice, intent["id"]))
    return intent


def collect(
    store: ObjectStore, invoice: Obj, card: Obj | None, *, absent: bool = True, authenticated: bool = False
) -> str:
    """Try to collect an open invoice; return "paid", "failed", "requires_action" or, by a debit, "processing"."""
    if invoice["amount_due"] == 0:
        mark_paid(store, invoice)
        return "paid"
    intent = open_intent(store, invoice)
    if intent["status"] == "processing":
        raise ApiError("This invoice has a payment that is processing.", code="payment_intent_unexpected_state")
    if card is None:
        return mark_failed(store, invoice)
    failure = payments.confirm(store, intent, card, absent=absent, authenticated=authenticated)
    if intent["status"] == "succeeded":
        mark_paid(store, invoice)
        return "paid"
    if intent["status"] == "processing":
        store.change(invoice, next_payment_attempt=None)
        store.due(invoice, None)
        return "processing"
    code = failure.code if failure else "authentication_required"
    mark_failed(store, invoice)
    if code == "authentication_required":
        store.emit("invoice.payment_action_required", invoice)
    return "failed" if failure else "requires_action"


def mark_paid(store: ObjectStore, invoice: Obj) -> None:
    """Mark the invoice as paid; the intent that paid it must be saved already."""
    attempts = invoice["attempt_count"] + (0 if invoice["amount_due"] == 0 else 1)
    before = store.change(
        invoice,
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        attempt_count=attempts,
        auto_advance=False,
        next_payment_attempt=None,
        status_transitions=invoice["status_transitions"] | {"paid_at": store.time},
    )
    store.due(invoice, None)
    store.emit("invoice.updated", invoice, before)
    for paying in store.find("invoice_payment", invoice=invoice["id"]):
        transitions = {"canceled_at": None, "paid_at": store.time}
        store.change(paying, status="paid", amount_paid=invoice["amount_due"], status_transitions=transitions)
        store.emit("invoice_payment.paid", paying)
    store.emit("invoice.paid", invoice)
    store.emit("invoice.payment_succeeded", invoice)


def mark_failed(store: ObjectStore, invoice: Obj) -> str:
    """Record a failed attempt and when the next one is due."""
    attempts = invoice["attempt_count"] + 1
    again = _next_attempt(store, invoice, attempts)
    store.change(invoice, attempted=True, attempt_count=attempts, next_payment_attempt=again)
    store.due(invoice, again)
    store.emit("invoice.payment_failed", invoice)
    return "failed"


def _next_attempt(store: ObjectStore, invoice: Obj, attempts: int) -> int | None:
    """Return when the invoice is tried again: renewals only, a few times. An attempt by hand changes nothing."""
    if invoice["billing_reason"] != "subscription_cycle" or attempts > len(RETRY_DAYS):
        return None
    due: int | None = invoice["next_payment_attempt"]
    return due if due and due > store.time else store.time + RETRY_DAYS[attempts - 1] * DAY


def end(store: ObjectStore, invoice: Obj, status: str) -> None:
    """Void an open invoice or write it off as uncollectible."""
    if invoice["status"] != "open":
        raise ApiError(f"You can only do this to open invoices. This invoice is {invoice['status']}.")
    moment = {"void": "voided_at", "uncollectible": "marked_uncollectible_at"}[status]
    transitions = invoice["status_transitions"] | {moment: store.time}
    store.change(invoice, status=status, next_payment_attempt=None, status_transitions=transitions)
    store.due(invoice, None)
    store.emit({"void": "invoice.voided", "uncollectible": "invoice.marked_uncollectible"}[status], invoice)
    intent = intent_of(store, invoice)
    if intent and intent["status"] not in ("succeeded", "processing", "canceled"):
        payments.cancel(store, intent, reason="void_invoice")


def credit(store: ObjectStore, invoice: Obj, *, amount: int, refund_amount: int, reason: str | None, memo: str) -> Obj:
    """Write a credit note over a paid invoice and refund so much of it."""
    left = invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"]
    if invoice["status"] != "paid" or not 0 < amount <= left:
        raise ApiError(f"The credit note's amount must be within the {left} cents that were paid.", param="amount")
    refunds = []
    if refund_amount:
        intent = intent_of(store, invoice)
        assert intent is not None
        made = payments.refund(store, store.get("charge", intent["latest_charge"]), amount=refund_amount)
        refunds = [
            {"amount_refunded": refund_amount, "refund": made["id"], "type": "refund", "payment_record_refund": None}
        ]
    before = len(store.find("credit_note", invoice=invoice["id"]))
    number = f"{invoice['number']}-CN-{before + 1:02d}"
    note = objects.credit_note(store, invoice, amount=amount, refunds=refunds, reason=reason, memo=memo, number=number)
    store.change(invoice, post_payment_credit_notes_amount=invoice["post_payment_credit_notes_amount"] + amount)
    return store.add(note, event_type="credit_note.created")


def default_card(store: ObjectStore, customer: Obj, subscription: Obj | None = None) -> Obj | None:
    """Return the card that is charged when the customer is away."""
    id = (subscription or {}).get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]
    return cards.find_card(store, id) if id else None


INCLUDES["invoice", "payments"] = lambda store, invoice: listing(
    [dict(paying) for paying in store.find("invoice_payment", invoice=invoice["id"])], "/v1/invoice_payments"
)


def _secret(store: ObjectStore, invoice: Obj) -> Obj | None:
    intent = intent_of(store, invoice)
    return intent and {"client_secret": intent["client_secret"], "type": "payment_intent"}


INCLUDES["invoice", "confirmation_secret"] = _secret
