"""Reads of Stripe: one function for each kind of snapshot."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.stripe.gateway.bills import address_lines, attempt_at, bill_of_payment, bills, plan_named, read_bill
from marketplace.stripe.gateway.client import asking
from marketplace.stripe.gateway.methods import read_method, saved_method
from marketplace.stripe.gateway.snapshots import (
    CheckoutSnapshot,
    Contact,
    CustomerSnapshot,
    EventSnapshot,
    InvoiceSnapshot,
    PaymentAttempt,
    PaymentSnapshot,
    SaleSnapshot,
    SubscriptionSnapshot,
)
from marketplace.stripe.gateway.standings import ABOUT, Standing, standing_of
from marketplace.stripe.gateway.values import at
from marketplace.stripe.gateway.values import id_of as _id
from marketplace.stripe.gateway.values import order_id_of as _order_id
from saas.kernel.errors import NotFound

UNREVERSED = ("failed", "canceled")
"""Refunds in these states gave nothing back."""

LOST = ("lost", "appeal_needs_response", "appeal_under_review")
"""Disputes in these states took the money; an appeal does not give it back yet."""
UNDISPUTED = (*LOST, "won", "prevented")
INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed")
"""An inquiry moves no money."""

TYPES_A_CALL = 20
"""How many types Stripe's list of events filters by in one call."""

FAILURES = ("invoice.payment_failed", "invoice.payment_action_required")
"""Kinds of event whose time is when a bill became unpayable."""


def customer(customer_id: str) -> CustomerSnapshot:
    """Return the customer's saved payment method, and what stands on their bills."""
    with asking() as c:
        found = c.v1.customers.retrieve(customer_id, {"expand": ["tax_ids"]})
        if getattr(found, "deleted", False):
            return CustomerSnapshot(customer_id, None, deleted=True)
        methods = c.v1.customers.payment_methods.list(customer_id, {"limit": 100}).data
    default = _id(found.invoice_settings.default_payment_method) if found.invoice_settings else ""
    tax_ids = getattr(found, "tax_ids", None)
    return CustomerSnapshot(
        customer_id,
        saved_method(methods, default),
        name=getattr(found, "name", None) or "",
        email=getattr(found, "email", None) or "",
        address=address_lines(getattr(found, "address", None)),
        tax_ids=", ".join(each.value for each in tax_ids.data) if tax_ids else "",
    )


def contacts_at(email: str) -> list[Contact]:
    """Return our customers whose bills go to this address."""
    with asking() as c:
        found = list(c.v1.customers.list({"email": email, "limit": 100}).auto_paging_iter())
    return [Contact(customer.id, whose) for customer in found if (whose := _organization_id(customer.metadata))]


def _organization_id(metadata: Any) -> UUID | None:
    return UUID(metadata["organization_id"]) if metadata and "organization_id" in metadata else None


def is_milepost_customer(customer_id: str) -> bool:
    """Return whether Milepost made this customer; others are those of another product on the same Stripe account."""
    with asking() as c:
        found = c.v1.customers.retrieve(customer_id)
    return _organization_id(getattr(found, "metadata", None)) is not None


def payment(payment_intent_id: str) -> PaymentSnapshot:
    """Return a payment with all its refunds and disputes, and the bill it paid, if any."""
    with asking() as c:
        intent = c.v1.payment_intents.retrieve(payment_intent_id, {"expand": ["latest_charge"]})
        refunds = c.v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100}).data
        disputes = c.v1.disputes.list({"payment_intent": payment_intent_id, "limit": 100}).data
    bill = bill_of_payment(payment_intent_id)
    order_id = _order_id(intent.metadata) or (bill.order_id if bill else None)
    asked, tax = _asked(bill) if bill or not order_id else _asked_on_pay_page(payment_intent_id)
    return _payment(intent, refunds, disputes, order_id, bill, {intent.amount_received or 0, *asked}, tax)


def _asked(bill: InvoiceSnapshot | None) -> tuple[set[int], int]:
    """Return what a bill asked for, and the tax in it."""
    document = bill.document if bill else None
    return ({document.subtotal_cents, document.total_cents}, document.tax_cents) if document else (set(), 0)


def _asked_on_pay_page(payment_intent_id: str) -> tuple[set[int], int]:
    """Return what a pay page asked for, and the tax in it: a moment after it is paid its invoice is not there yet."""
    with asking() as c:
        sessions = c.v1.checkout.sessions.list({"payment_intent": payment_intent_id, "limit": 1}).data
    for session in sessions:
        amounts = (getattr(session, "amount_subtotal", None), getattr(session, "amount_total", None))
        details = getattr(session, "total_details", None)
        return {cents for cents in amounts if cents is not None}, details.amount_tax if details else 0
    return set(), 0


def sale(invoice_id: str) -> SaleSnapshot:
    """Return an invoice with the payment it was paid by, or of an order the one that is being made."""
    with asking() as c:
        bill = read_bill(c.v1.invoices.retrieve(invoice_id))
        made = c.v1.invoice_payments.list({"invoice": invoice_id, "limit": 10}).data
    is_open = bill.order_id is not None and bill.status == "open"
    intents = {each.status: _id(getattr(each.payment, "payment_intent", None)) for each in reversed(made)}
    intent = intents.get("paid") or (intents.get("open") if is_open else "")
    if intent:
        return SaleSnapshot(bill, payment(intent))
    paid_by_credit = bill.order_id is not None and bill.status == "paid"
    return SaleSnapshot(bill, _nothing_charged(bill) if paid_by_credit else None)


def invoice_pdf(invoice_id: str) -> str:
    """Return the address of an invoice's PDF as of now, or nothing before it is final."""
    with asking() as c:
        return c.v1.invoices.retrieve(invoice_id).invoice_pdf or ""


def _nothing_charged(bill: InvoiceSnapshot) -> PaymentSnapshot:
    """Return the payment of a pack that a credit or a discount paid in full."""
    return PaymentSnapshot(
        payment_intent_id=bill.invoice_id,
        customer_id=bill.customer_id,
        status="succeeded",
        order_id=bill.order_id,
        amount_cents=0,
        received_cents=0,
        asked_cents=frozenset(_asked(bill)[0]),
        tax_cents=0,
        refunds=0,
        refunded_cents=0,
        withdrawn_cents=0,
        disputed=False,
        currency=bill.document.currency,
        charge_id="",
        receipt_url="",
        failure_code="",
        created_at=bill.finalized_at,
        invoice=bill,
    )


def payment_of_charge(charge_id: str) -> str:
    """Return the payment intent of a charge, or nothing for a charge without one."""
    with asking() as c:
        return _id(c.v1.charges.retrieve(charge_id).payment_intent)


def subscription(subscription_id: str) -> SubscriptionSnapshot:
    """Return a subscription with its schedule and its open bills."""
    with asking() as c:
        expand: Any = ["schedule", "default_payment_method", "latest_invoice"]
        found = c.v1.subscriptions.retrieve(subscription_id, {"expand": expand})
    unpaid = bills(subscription_id, status="open")
    paid = bills(subscription_id, status="paid", since=at(found.items.data[0].current_period_start) - ABOUT)
    standing = standing_of(found)
    failed_at = _first_failed_at(found, unpaid) if standing.is_overdue else None
    return _subscription(found, unpaid, paid, attempt_at(unpaid[-1]) if unpaid else None, failed_at, standing)


def subscription_of_invoice(invoice_id: str) -> str:
    """Return the subscription that an invoice bills, or nothing for the invoice of a pack."""
    with asking() as c:
        return read_bill(c.v1.invoices.retrieve(invoice_id)).subscription_id


def checkout(session_id: str) -> CheckoutSnapshot:
    """Return a visit to the pay page with its payment or subscription."""
    with asking() as c:
        session = c.v1.checkout.sessions.retrieve(session_id)
    intent, subscribed = _id(session.payment_intent), _id(session.subscription)
    return CheckoutSnapshot(
        session_id=session.id,
        customer_id=_id(session.customer),
        status=session.status or "",
        payment_status=session.payment_status,
        order_id=_order_id(session.metadata),
        payment=payment(intent) if intent else None,
        subscription=subscription(subscribed) if subscribed else None,
    )


def events_since(since: datetime, types: Collection[str]) -> Iterator[EventSnapshot]:
    """Return the events of these types since then, also those that were never delivered to us.

    Stripe filters at most TYPES_A_CALL types in one call, so the newest come first only within each such part.
    """
    wanted = sorted(types)
    for start in range(0, len(wanted), TYPES_A_CALL):
        params: Any = {
            "created": {"gte": int(since.timestamp())},
            "limit": 100,
            "types": wanted[start : start + TYPES_A_CALL],
        }
        yield from _pages(lambda c, page, params=params: c.v1.events.list(params | page), _event)


def subscriptions_of(customer_id: str) -> list[str]:
    """Return the ids of all subscriptions of a customer, ended ones too."""
    with asking() as c:
        return [s.id for s in c.v1.subscriptions.list({"customer": customer_id, "status": "all", "limit": 100}).data]


def payments_of(customer_id: str, since: datetime) -> list[str]:
    """Return the ids of a customer's payment intents of the last days."""
    params: Any = {"customer": customer_id, "created": {"gte": int(since.timestamp())}, "limit": 100}
    return list(_pages(lambda c, page: c.v1.payment_intents.list(params | page), lambda intent: str(intent.id)))


def _pages(ask: Any, read: Any) -> Iterator[Any]:
    """Yield from all pages of a list; no connection is held between pages."""
    page: dict[str, str] = {}
    while True:
        with asking() as c:
            answer = ask(c, page)
        yield from map(read, answer.data)
        if not answer.has_more:
            return
        page = {"starting_after": answer.data[-1].id}


def _event(event: Any) -> EventSnapshot:
    # The SDK reads amounts like `unit_amount_decimal` as Decimal; on the wire they are strings, and so here.
    body = json.loads(json.dumps(event.to_dict(), default=str))
    return EventSnapshot(event.id, event.type, at(event.created), body["data"]["object"].get("id") or "", body)


def _payment(
    intent: Any,
    refunds: list[Any],
    disputes: list[Any],
    order_id: UUID | None,
    bill: InvoiceSnapshot | None,
    asked_cents: set[int],
    tax_cents: int,
) -> PaymentSnapshot:
    charge = intent.latest_charge
    error = intent.last_payment_error
    return PaymentSnapshot(
        payment_intent_id=intent.id,
        customer_id=_id(intent.customer),
        status=intent.status,
        order_id=order_id,
        amount_cents=intent.amount,
        received_cents=intent.amount_received or 0,
        asked_cents=frozenset(asked_cents),
        tax_cents=min(tax_cents, intent.amount_received or 0),
        refunds=len(refunds),
        refunded_cents=sum(refund.amount for refund in refunds if refund.status not in UNREVERSED),
        withdrawn_cents=sum(dispute.amount for dispute in disputes if dispute.status in LOST),
        disputed=any(d.status not in UNDISPUTED and d.status not in INQUIRIES for d in disputes),
        currency=intent.currency,
        charge_id=_id(charge),
        receipt_url=getattr(charge, "receipt_url", None) or "",
        failure_code=(getattr(error, "decline_code", None) or getattr(error, "code", None) or "") if error else "",
        created_at=at(intent.created),
        invoice=bill,
        dispute_fee_cents=_dispute_fees(disputes),
    )


def _dispute_fees(disputes: list[Any]) -> int:
    """Return the fees of disputes; one that is given back is a negative fee of the second movement."""
    moved = [each for dispute in disputes for each in getattr(dispute, "balance_transactions", None) or ()]
    return max(0, sum(int(each.fee) for each in moved))


def _first_failed_at(found: Any, bills: tuple[InvoiceSnapshot, ...]) -> datetime:
    """Return when an open renewal first failed, by Stripe's list of events, which also has undelivered ones.

    Events older than 30 days are forgotten there: then the bill's own time stands in, as it does when the
    subscription is overdue without a bill.
    """
    renewals = {bill.invoice_id: bill.finalized_at for bill in bills if bill.is_renewal}
    if not renewals:
        return at(_plan_item(found.items.data).current_period_start)
    since = min(renewals.values())
    failed_at = [event.created_at for event in events_since(since, types=FAILURES) if event.object_id in renewals]
    return min(failed_at, default=since)


def _subscription(
    found: Any,
    unpaid: tuple[InvoiceSnapshot, ...],
    paid: tuple[InvoiceSnapshot, ...],
    attempt: PaymentAttempt | None,
    failed_at: datetime | None,
    standing: Standing,
) -> SubscriptionSnapshot:
    item = _plan_item(found.items.data)
    method = getattr(found, "default_payment_method", None)
    scheduled = _scheduled_price(found.schedule, item)
    overage = next((other for other in found.items.data if _is_metered(other.price)), None)
    ended = found.ended_at or (found.canceled_at if found.status == "canceled" else None)
    return SubscriptionSnapshot(
        subscription_id=found.id,
        customer_id=_id(found.customer),
        status=found.status,
        item_id=item.id,
        price_id=item.price.id,
        price_cents=getattr(item.price, "unit_amount", None),
        billed_cents=_billed_cents(item),
        plan_key=plan_named(item.price),
        anchor_at=at(found.billing_cycle_anchor),
        period_starts_at=at(item.current_period_start),
        period_ends_at=at(item.current_period_end),
        cancels_at=_cancels_at(found, item),
        ended_at=at(ended) if ended else None,
        schedule_id=_id(found.schedule),
        scheduled_plan_key=plan_named(scheduled) if scheduled else "",
        scheduled_price_id=_id(scheduled),
        pending_plan_key=_pending_plan(found.pending_update),
        open_invoices=unpaid,
        paid_bills=paid,
        attempt=attempt,
        first_failed_at=failed_at,
        overage_item_id=overage.id if overage else "",
        overage_price_id=overage.price.id if overage else "",
        overage_token_price=Decimal(overage.price.unit_amount_decimal) / 100 if overage else None,
        method_id=_id(method),
        method_kind=getattr(method, "type", None) or "",
        method=read_method(method) if hasattr(method, "type") else None,
        payment_failed=standing.payment_failed,
        paused_at=standing.paused_at,
        collection_paused=standing.collection_paused,
        held_back=standing.held_back,
        held_back_by=standing.held_back_by,
        cancel_reason=standing.cancel_reason,
    )


class NoPlanItem(NotFound):
    """A subscription bills usage only: no item of it is paid ahead, so it is for no plan."""


def _plan_item(items: Any) -> Any:
    """Return the item that is paid ahead, wherever it stands: its price names the plan. Raises NoPlanItem."""
    for item in items:
        if not _is_metered(item.price):
            return item
    raise NoPlanItem("This subscription has no item that is paid ahead. Add the plan's price to it at Stripe.")


def _billed_cents(item: Any) -> int | None:
    """Return what the item costs a period; None for a price that is not one amount for each of its quantity."""
    cents = getattr(item.price, "unit_amount", None)
    return None if cents is None else cents * (getattr(item, "quantity", None) or 1)


def _is_metered(price: Any) -> bool:
    return getattr(getattr(price, "recurring", None), "usage_type", "") == "metered"


def _cancels_at(found: Any, item: Any) -> datetime | None:
    """Return when the subscription ends: in flexible billing mode the flag stays false and only `cancel_at` is set."""
    if found.cancel_at:
        return at(found.cancel_at)
    return at(item.current_period_end) if found.cancel_at_period_end else None


def _scheduled_price(schedule: Any, item: Any) -> Any:
    """Return the plan's price, or its id, in the schedule's phase that begins when the present period ends."""
    for phase in getattr(schedule, "phases", None) or []:
        if phase.start_date >= item.current_period_end:
            return next((each.price for each in phase["items"] if plan_named(each.price)), None)
    return None


def _pending_plan(update: Any) -> str:
    items = getattr(update, "subscription_items", None) or []
    return plan_named(_plan_item(items).price) if items else ""
