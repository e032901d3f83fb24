"""Buy packs: write the order, charge it at Stripe, apply the result.

Note [An attempt is repeatable]
    An attempt is written into the order before Stripe is called, and the call is made from the order alone
    under a key made of its id and the attempt's number. When the answer is lost, the order stays pending and
    the same call is made again: Stripe answers what it answered before, and charges nothing twice. Only a
    decline, which is an answer, ends an attempt; the next one is a visit to Stripe's pay page.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from audit.actions import record
from licensing.queries import AiOff, license_status
from marketplace.models import OPEN, Customer, OrderMethod, OrderStatus, Origin, PackOrder
from marketplace.packs import topup
from marketplace.packs.events import PurchaseBounced, PurchaseFailed, PurchaseProcessing, PurchaseStarted
from marketplace.stripe import gateway, return_urls
from marketplace.stripe.customers import ensure_customer, require_payer
from marketplace.stripe.objects import CHECKOUT, SALE
from plans.price_book import PackTerms
from plans.queries import FeatureNotInPlan, entitlements
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.lock import serialized
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, NotFound
from tokens import queries as ledger

UNKNOWN_FOR = timedelta(hours=23)
"""How long an attempt may be repeated under its key: Stripe remembers keys for 24 hours."""

BY_CARD = (OrderMethod.CARD, OrderMethod.INVOICE)


def buy_pack(*, caller: Caller, pack_key: str, request_key: str | None = None, new_card: bool = False) -> PackOrder:
    """Buy a pack: charged to the saved card at once, or with `checkout_url` to send the person to.

    `request_key` makes it the same order however often it is called. The order comes back `paid`, or `pending`
    with a `checkout_url`, or `pending` without one while the outcome is unknown.
    Raises NotPayer, NotFound, FeatureNotInPlan, AiOff while payment is overdue, PaymentsUnavailable.
    """
    order = place_order(caller=caller, pack_key=pack_key, request_key=request_key)
    return pay(caller=caller, order_id=order.id, new_card=new_card)


def place_order(*, caller: Caller, pack_key: str, request_key: str | None = None) -> PackOrder:
    """Save an order of a pack at today's price, unpaid. See `buy_pack` for what it raises.

    While Stripe is left alone nothing is saved: it would be charged when nobody expects it any more.
    """
    require_payer(caller)
    existing = PackOrder.of_all_modes.filter(request_key=request_key).first() if request_key else None
    if existing is not None:
        return existing
    pack, version = require_pack(pack_key)
    gateway.require_answering()
    email = User.objects.values_list("email", flat=True).get(id=caller.user_id)
    with serialized():
        return _write_order(pack, version, Origin.PERSON, user_id=caller.user_id, request_key=request_key, email=email)


def _write_order(
    pack: PackTerms,
    version: int,
    origin: Origin,
    *,
    user_id: UUID | None,
    request_key: str | None = None,
    email: str = "",
    quantity: int = 1,
) -> PackOrder:
    """Write an order; a request key that somebody took a moment ago returns the order it stands for."""
    taken = PackOrder.of_all_modes.filter(request_key=request_key).first() if request_key else None
    if taken is not None:
        return taken
    accounts.require_open()
    order = PackOrder.objects.create(
        origin=origin,
        user_id=user_id,
        request_key=request_key,
        price_book_version=version,
        pack_key=pack.key,
        pack_name=pack.name if quantity == 1 else f"{quantity} x {pack.name}",
        quantity=quantity,
        tokens=pack.tokens * quantity,
        amount=pack.price * quantity,
        receipt_email=email,
        created_at=database_now(),
    )
    record(PurchaseStarted(order=order.id, pack=pack.key, quantity=quantity, amount=order.amount, origin=origin))
    return order


def require_pack(pack_key: str) -> tuple[PackTerms, int]:
    """Return a pack that the organization may buy now, with the price book's version.

    Raises NotFound, FeatureNotInPlan, and AiOff while payment is overdue.
    """
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    pack = entitled.book.packs.get(pack_key)
    if pack is None:
        raise NotFound(f"There is no pack {pack_key!r}. Choose one of {', '.join(entitled.book.packs)}.")
    entitled.require("packs")
    license_status().require("ai")
    return pack, entitled.book.version


def order_for_topup(*, pack_key: str, quantity: int) -> PackOrder:
    """Write the order of an auto top-up; one at a time is open, which the database sees to."""
    pack, version = require_pack(pack_key)
    with serialized():
        if topup.in_flight():
            raise Conflict("A top-up is on its way already.")
        return _write_order(pack, version, Origin.TOPUP, user_id=None, quantity=quantity)


def pay(*, caller: Caller, order_id: UUID, new_card: bool = False) -> PackOrder:
    """Pay an order: by the saved card if there is one and it was not tried yet, else on the pay page.

    An order whose outcome is unknown is asked for again, never charged again. Raises NotPayer, NotFound,
    PaymentsUnavailable when no pay page could be opened.
    """
    require_payer(caller)
    order = _order(order_id)
    if order.status != OrderStatus.PENDING or order.checkout_url:
        return order
    customer = ensure_customer()
    if _awaits_answer(order):
        return settle(order=order, customer=customer)
    if order.attempt == 0 and customer.payment_method_id and not new_card:
        return settle(order=_begin(order, OrderMethod.INVOICE, customer.payment_method_id), customer=customer)
    return _open_checkout(order, customer)


def settle(*, order: PackOrder, customer: Customer) -> PackOrder:
    """Make or repeat the card attempt of an order, and apply its result."""
    assert customer.customer_id is not None
    if order.method == OrderMethod.CARD:
        return order  # the release before charged it without an invoice: events and the comparison say how it ended
    try:
        if not order.invoice_id:
            order = _billed(order, gateway.bill_order(order=order, customer_id=customer.customer_id))
        gateway.pay_order(order=order)
    except gateway.CardDeclined as declined:
        declined_order = _declined(order, str(declined.details["reason"]))
        return declined_order if order.origin == Origin.TOPUP else _open_checkout(declined_order, customer)
    except gateway.PaymentsUnavailable:
        return order  # the outcome is unknown: `settle_orders` asks again under the same key
    SALE.sync(order.invoice_id)
    return _order(order.id)


def _billed(order: PackOrder, invoice_id: str) -> PackOrder:
    """Save which invoice is about to be paid: with it the outcome can always be asked for."""
    with serialized():
        PackOrder.objects.filter(id=order.id, attempt=order.attempt).update(invoice_id=invoice_id)
    return _order(order.id)


def _begin(order: PackOrder, method: OrderMethod, payment_method_id: str = "") -> PackOrder:
    """Write a new attempt into the order; see Note [An attempt is repeatable]."""
    with serialized():
        begun = PackOrder.objects.filter(id=order.id, attempt=order.attempt, status=OrderStatus.PENDING).update(
            attempt=order.attempt + 1,
            method=method,
            payment_method_id=payment_method_id,
            invoice_id="",
            failure_code="",
            attempted_at=database_now(),
        )
    if not begun:
        raise Conflict("This order is being paid in another window.")
    return _order(order.id)


def top_up() -> PackOrder | None:
    """Buy the packs that the auto top-up needs now, in one charge, and return the order.

    None when nothing is to be done: enough tokens, a guard of `topup.wanted`, no saved card, no good standing.
    """
    wanted = topup.wanted(available=ledger.position().prepaid, now=database_now())
    customer = Customer.objects.exclude(payment_method_id="").first()
    if wanted is None or customer is None:
        return None
    gateway.require_answering()
    try:
        order = order_for_topup(pack_key=wanted.pack_key, quantity=wanted.quantity)
    except (FeatureNotInPlan, AiOff, Conflict):
        return None
    return settle(order=_begin(order, OrderMethod.INVOICE, customer.payment_method_id), customer=customer)


def _open_checkout(order: PackOrder, customer: Customer) -> PackOrder:
    """Send the person to the pay page of this very order; an interrupted attempt is repeated."""
    assert customer.customer_id is not None
    if order.invoice_id and not gateway.end_invoice(order.invoice_id):
        SALE.sync(order.invoice_id)
        return _order(order.id)
    if order.method != OrderMethod.CHECKOUT:
        order = _begin(order, OrderMethod.CHECKOUT)
    visit = gateway.open_pack_checkout(
        order=order,
        customer_id=customer.customer_id,
        success_url=return_urls.purchase(order.id),
        cancel_url=return_urls.packs(),
    )
    with serialized():
        PackOrder.objects.filter(id=order.id, attempt=order.attempt).update(
            checkout_session_id=visit.session_id, checkout_url=visit.url
        )
    return _order(order.id)


def _declined(order: PackOrder, reason: str) -> PackOrder:
    """Record a decline: a person's order stays open for the pay page, a top-up's ends."""
    status = OrderStatus.FAILED if order.origin == Origin.TOPUP else OrderStatus.PENDING
    with serialized():
        PackOrder.objects.filter(id=order.id, attempt=order.attempt, status=OrderStatus.PENDING).update(
            failure_code=reason[:80], status=status
        )
        record(PurchaseFailed(order=order.id, reason=reason))
        if order.origin == Origin.TOPUP:
            topup.declined(order)
    return _order(order.id)


def _awaits_answer(order: PackOrder) -> bool:
    return order.method in BY_CARD and not order.failure_code


def expire(order_id: UUID) -> None:
    """Close an order whose pay page was left unpaid; the caller holds the organization's lock."""
    if PackOrder.of_all_modes.filter(id=order_id, status=OrderStatus.PENDING).update(
        status=OrderStatus.EXPIRED, checkout_url=""
    ):
        record(PurchaseFailed(order=order_id, reason="expired"))


def settle_unknown() -> int:
    """Ask again about this organization's card attempts without an answer; return how many there were.

    The invoice of money that was on its way and did not arrive is ended: its order was.
    """
    now = database_now()
    customer = ensure_customer()
    waiting = list(unanswered().filter(attempted_at__lt=now - timedelta(minutes=1)))
    for order in waiting:
        if order.attempted_at is not None and order.attempted_at > now - UNKNOWN_FOR:
            settle(order=order, customer=customer)
        elif not order.invoice_id or gateway.end_invoice(order.invoice_id):
            _declined(order, "no_answer")
        else:
            SALE.sync(order.invoice_id)
    for order in bounced():
        _end_bounced(order)
    return len(waiting)


def unanswered() -> QuerySet[PackOrder]:
    """Return the orders with a card attempt of which nobody knows yet how it ended."""
    return PackOrder.objects.filter(status=OrderStatus.PENDING, method__in=BY_CARD, failure_code="")


def look_at_processing() -> int:
    """Ask Stripe about the organization's orders whose money is on its way, however long; return how many there are."""
    waiting = list(PackOrder.objects.filter(status=OrderStatus.PROCESSING))
    for order in waiting:
        if order.invoice_id:
            SALE.sync(order.invoice_id)
        elif order.checkout_session_id:
            CHECKOUT.sync(order.checkout_session_id)
    return len(waiting)


def bounced() -> QuerySet[PackOrder]:
    """Return the failed orders whose invoice may still be open at Stripe."""
    since = Now() - timedelta(days=30)
    return PackOrder.objects.filter(
        status=OrderStatus.FAILED, method=OrderMethod.INVOICE, attempted_at__gt=since
    ).exclude(invoice_id="")


def _end_bounced(order: PackOrder) -> None:
    """End the invoice, or credit the order where somebody has paid it by its link meanwhile."""
    with suppress(NotFound):  # a draft is deleted, not voided
        if not gateway.end_invoice(order.invoice_id):
            SALE.sync(order.invoice_id)
            return
    with serialized():
        PackOrder.objects.filter(id=order.id, status=OrderStatus.FAILED).update(invoice_id="")


def _order(order_id: UUID) -> PackOrder:
    order = PackOrder.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such purchase.")
    return order


def await_money(order_id: UUID) -> None:
    """Note that Stripe has the order and the money is on its way; the caller holds the organization's lock."""
    if PackOrder.objects.filter(id=order_id, status=OrderStatus.PENDING).update(status=OrderStatus.PROCESSING):
        record(PurchaseProcessing(order=order_id))


def bounce(order_id: UUID, reason: str) -> None:
    """End an order whose money was on its way and did not arrive; the caller holds the organization's lock."""
    if PackOrder.objects.filter(id=order_id, status__in=OPEN).update(
        status=OrderStatus.FAILED, failure_code=reason[:80], checkout_url=""
    ):
        order = PackOrder.objects.get(id=order_id)
        if order.origin == Origin.TOPUP:
            record(PurchaseFailed(order=order.id, reason=reason))
            topup.declined(order)
        else:
            record(PurchaseBounced(**event_payload(order), reason=reason))


def event_payload(order: PackOrder) -> dict[str, Any]:
    """Return the event payload of an order."""
    return {
        "order": order.id,
        "what": order.pack_name,
        "tokens": order.tokens,
        "amount": order.amount,
        "currency": order.currency,
        "origin": order.origin,
    }
