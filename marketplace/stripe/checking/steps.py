"""The table of `manage.py check_stripe`: what each step does, and what is expected to be seen of it at Stripe.

A step returns what it has seen, in words; it is right when these are the expected ones. Each makes customers of its
own, so that one that fails spoils no other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from marketplace.stripe import gateway
from marketplace.stripe.checking.stage import (
    ASKING,
    DEBIT,
    DISPUTED,
    ENTERPRISE,
    FAILING,
    GOOD,
    NO_ORGANIZATION,
    PRO,
    CheckStage,
    NeedsSetup,
)
from marketplace.stripe.gateway import OveragePrice, clocks
from marketplace.stripe.gateway.permissions import PERMISSIONS
from marketplace.stripe.gateway.snapshots import InvoiceSnapshot, SubscriptionSnapshot
from marketplace.stripe.handlers import HANDLERS
from saas.kernel.ids import uuid7

TOKENS = 25
OVERAGE = OveragePrice("pro", "Pro (check_stripe)", Decimal("0.12"), is_custom=True)
CALIFORNIA = {
    "line1": "1 Market Street",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94105",
    "country": "US",
}


@dataclass(frozen=True)
class CheckStep:
    """A line of the table. `in_sandbox` is False where the sandbox does not play what Stripe does here."""

    name: str
    expected: str
    take: Callable[[CheckStage], str]
    in_sandbox: bool = True


def _billed(bills: tuple[InvoiceSnapshot, ...]) -> str:
    cents = sum(bill.document.total_cents for bill in bills)
    return f"{len(bills)} bill{'' if len(bills) == 1 else 's'} of ${Decimal(cents) / 100:.2f}"


def _paid(subscription: SubscriptionSnapshot) -> str:
    return f"{subscription.status} on {subscription.plan_key}, {_billed(subscription.paid_bills)} paid"


def subscribe(stage: CheckStage) -> str:
    """Begin a subscription."""
    return _paid(stage.buyer().subscribe(PRO))


def renew(stage: CheckStage) -> str:
    """Let a month pass."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    second = buyer.renew(first)
    follows = second.period_starts_at == first.period_ends_at and second.paid_bills[-1].begins_period
    return f"{_paid(second)}{' for the month that follows' if follows else ''}"


def draft_hour(stage: CheckStage) -> str:
    """Look at a renewal within the hour after its period has begun."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    buyer.pass_time(first.period_ends_at + timedelta(minutes=5))
    second = gateway.subscription(first.subscription_id)
    return f"{_paid(second)}, {'a new' if second.period_starts_at > first.period_starts_at else 'the same'} period"


def decline(stage: CheckStage) -> str:
    """Let a renewal be declined, then pay it with another card."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    buyer.change_card(first, FAILING)
    failed = buyer.renew(first)
    bill = failed.open_invoices[-1]
    buyer.change_card(failed, GOOD)
    gateway.pay_invoice(invoice_id=bill.invoice_id, card=buyer.card, key=stage.key(f"pay:{bill.invoice_id}"))
    then = gateway.subscription(first.subscription_id)
    since = "a failure known" if failed.first_failed_at else "no failure known"
    return f"{failed.status}, {_billed(failed.open_invoices)} open, {since}; paid with a new card: {_paid(then)}"


def void(stage: CheckStage) -> str:
    """Void a renewal that was declined."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    buyer.change_card(first, FAILING)
    failed = buyer.renew(first)
    for bill in failed.open_invoices:
        gateway.void_bill(invoice_id=bill.invoice_id)
    then = gateway.subscription(first.subscription_id)
    return f"{failed.status}; voided: {then.status}, {len(then.open_invoices)} open"


def bank_asks(stage: CheckStage) -> str:
    """Buy a pack with a card whose bank wants the customer to confirm (3D Secure)."""
    order = stage.buyer(ASKING).order()
    try:
        gateway.pay_order(order=order)
        said = "not declined"
    except gateway.CardDeclined as declined:
        said = str(declined.details["reason"])
    return f"{said}, the invoice is {gateway.sale(order.invoice_id).invoice.status}"


def upgrade(stage: CheckStage) -> str:
    """Change to a dearer plan within a month: first with a card that fails, then with one that works."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    buyer.pass_time(first.period_starts_at + timedelta(days=10))
    dearer = gateway.ensure_price(ENTERPRISE)
    quote = gateway.quote_change(snapshot=first, price_id=dearer, at=buyer.clock.now)
    buyer.change_card(first, FAILING)
    gateway.upgrade(snapshot=first, price_id=dearer, at=buyer.clock.now, key=stage.key("upgrade:1"))
    waiting = gateway.subscription(first.subscription_id)
    gateway.void_bill(invoice_id=waiting.open_invoices[-1].invoice_id)
    buyer.change_card(first, GOOD)
    gateway.upgrade(snapshot=first, price_id=dearer, at=buyer.clock.now, key=stage.key("upgrade:2"))
    then = gateway.subscription(first.subscription_id)
    paid = sum(bill.document.total_cents for bill in then.paid_bills if bill.is_upgrade)
    as_quoted = "as quoted" if paid == quote.due_now * 100 else f"${Decimal(paid) / 100} and not ${quote.due_now}"
    pending = f"{waiting.pending_plan_key or 'nothing'} waits to be paid"
    return f"on {waiting.plan_key} while {pending}; then {then.status} on {then.plan_key}, paid {as_quoted}"


def downgrade(stage: CheckStage) -> str:
    """Change to a cheaper plan at the period's end, with a coupon and a quantity of 2 set in the dashboard."""
    buyer = stage.buyer()
    first = buyer.subscribe(ENTERPRISE)
    coupon = clocks.make_coupon(50)
    stage.at_the_end(lambda: clocks.delete_coupon(coupon))
    clocks.change_by_hand(first.subscription_id, discounts=[{"coupon": coupon}])
    clocks.change_quantity(first.subscription_id, item_id=first.item_id, quantity=2)
    before = gateway.subscription(first.subscription_id)
    gateway.downgrade_later(snapshot=before, price_id=gateway.ensure_price(PRO), key=stage.key("downgrade"))
    waiting = gateway.subscription(first.subscription_id)
    then = buyer.renew(waiting)
    return (
        f"{waiting.quantity} of {waiting.plan_key} until {waiting.scheduled_plan_key or 'nothing'} follows;"
        f" then {then.quantity}: {_paid(then)}"
    )


def cancel(stage: CheckStage) -> str:
    """End a subscription with its period, keep it after all, end it now."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    gateway.cancel_later(snapshot=first, key=stage.key("cancel"))
    ending = gateway.subscription(first.subscription_id)
    gateway.undo_scheduled_change(snapshot=ending, key=stage.key("keep"))
    kept = gateway.subscription(first.subscription_id)
    gateway.cancel_now(subscription_id=first.subscription_id, schedule_id="", key=stage.key("now"))
    over = gateway.subscription(first.subscription_id)
    ends = "with its period" if ending.cancels_at == first.period_ends_at else f"at {ending.cancels_at}"
    return f"ends {ends}; {'kept' if kept.cancels_at is None else 'not kept'}; {over.status}"


def pause(stage: CheckStage) -> str:
    """Pause the collection of bills in the dashboard for a month, then go on."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    clocks.change_by_hand(first.subscription_id, pause_collection={"behavior": "void"})
    paused = buyer.renew(first)
    clocks.change_by_hand(first.subscription_id, pause_collection="")
    then = buyer.renew(paused)
    return f"paused: {_paid(paused)}; then {_paid(then)}"


def partial_refunds(stage: CheckStage) -> str:
    """Buy a pack with the saved card, and give parts of the money back twice."""
    sale = stage.buyer().buy()
    assert sale.payment is not None
    for cents in (1000, 500):
        gateway.refund(
            payment_intent_id=sale.payment.payment_intent_id,
            invoice_id=sale.invoice.invoice_id,
            cents=cents,
            organization_id=NO_ORGANIZATION,
            key=stage.key(f"refund:{cents}:{sale.invoice.invoice_id}"),
        )
    again = gateway.sale(sale.invoice.invoice_id)
    assert again.payment is not None
    paid, back = again.payment.received_cents, again.payment.refunded_cents
    notes = len(again.invoice.document.credit_notes)
    number = "with a number" if again.invoice.document.number else "without a number"
    return f"${paid / 100:.2f} paid {number}, ${back / 100:.2f} back by {notes} credit notes"


def dispute(stage: CheckStage) -> str:
    """Buy a pack with a card whose payment is disputed at once."""
    sale = stage.buyer(DISPUTED).buy()
    assert sale.payment is not None
    intent = sale.payment.payment_intent_id
    seen = clocks.eventually(lambda: gateway.payment(intent), lambda payment: payment.disputed)
    return "disputed" if seen.disputed else "not disputed"


def debit(stage: CheckStage) -> str:
    """Buy a pack by a debit of a bank account, whose money comes days later."""
    buyer = stage.buyer(DEBIT)
    order = buyer.order()
    gateway.pay_order(order=order)
    statuses = ", ".join(payment.status for payment in buyer.payments())
    return f"the payment is {statuses}, the invoice {gateway.sale(order.invoice_id).invoice.status}"


def tax(stage: CheckStage) -> str:
    """Bill a pack to an address in California."""
    if not settings.STRIPE_TAX:
        raise NeedsSetup("STRIPE_TAX is off: with it on, and a registration at Stripe, tax is checked, too")
    document = stage.buyer(address=CALIFORNIA).buy().invoice.document
    inclusive = settings.STRIPE_TAX_BEHAVIOR == "inclusive"
    adds_up = document.total_cents == document.subtotal_cents + (0 if inclusive else document.tax_cents)
    return f"the total is {'right' if adds_up else 'wrong'}, {'with' if document.tax_cents else 'without'} tax"


def meter(stage: CheckStage) -> str:
    """Report usage, twice under one name, and let it be billed."""
    buyer = stage.buyer()
    first = buyer.subscribe(PRO)
    gateway.add_overage(snapshot=first, price_id=gateway.ensure_overage_price(OVERAGE), key=stage.key("overage"))
    buyer.pass_time(first.period_starts_at + timedelta(hours=1))
    at, name = buyer.clock.now, str(uuid7())
    for _ in range(2):
        gateway.report_usage(customer_id=buyer.customer_id, identifier=name, tokens=TOKENS, at=at)
    since = at.replace(second=0, microsecond=0)
    counted = clocks.eventually(
        lambda: gateway.counted_use(customer_id=buyer.customer_id, since=since, until=since + timedelta(minutes=1)),
        lambda tokens: tokens >= TOKENS,
        seconds=180,
    )
    return f"{counted} tokens counted; {_paid(buyer.renew(gateway.subscription(first.subscription_id)))}"


def pages(stage: CheckStage) -> str:
    """Open the pay pages and the portal, and close what is open."""
    buyer, back = stage.buyer(), "https://example.com/"
    to = {"success_url": back, "cancel_url": back}
    visits = [
        gateway.open_subscription_checkout(
            organization_id=NO_ORGANIZATION,
            customer_id=buyer.customer_id,
            price_id=gateway.ensure_price(PRO),
            key=stage.key("page"),
            **to,
        ),
        gateway.open_pack_checkout(order=buyer.order(), customer_id=buyer.customer_id, **to),
    ]
    portal = gateway.open_portal(customer_id=buyer.customer_id, return_url=back, change_card=True)
    gateway.expire_open_checkouts(buyer.customer_id, modes=("subscription", "payment"))
    states = {gateway.checkout(visit.session_id).status for visit in visits}
    opened = all(visit.url for visit in visits) and bool(portal)
    return f"pay pages and portal {'open' if opened else 'without addresses'}, then {', '.join(sorted(states))}"


def catch_up(stage: CheckStage) -> str:
    """Read the list of events, as the hourly catch-up does."""
    sale = stage.buyer().buy()
    since = stage.began_at - timedelta(hours=1)
    found = {event.type for event in gateway.events_since(since, HANDLERS) if event.object_id}
    needed = {"invoice.paid", "payment_intent.succeeded", "payment_method.attached"}
    missing = sorted(needed - found)
    return f"{sale.invoice.status}; " + (f"missing: {', '.join(missing)}" if missing else "its events are listed")


def permissions(stage: CheckStage) -> str:
    """Ask for each line of docs/going-live.md whether the key has it."""
    refused = [f"{one.resource} ({one.level})" for one in PERMISSIONS if not clocks.may(*one.asked, params=one.params)]
    return f"refused: {', '.join(refused)}" if refused else f"all {len(PERMISSIONS)} are there"


def endpoints(stage: CheckStage) -> str:
    """Make, change and delete a webhook endpoint."""
    url = f"https://example.com/check_stripe/{stage.run}"
    made = gateway.create_endpoint(url=url, events=HANDLERS)

    def delete_all() -> None:
        for one in gateway.endpoints_at(url):
            gateway.delete_endpoint(one.endpoint_id)

    stage.at_the_end(delete_all)
    gateway.update_endpoint(endpoint_id=made.endpoint_id, events=["invoice.paid"])
    [changed] = gateway.endpoints_at(url)
    gateway.delete_endpoint(made.endpoint_id)
    secret = "with a secret" if made.secret else "without a secret"
    version = "our version" if made.api_version == settings.STRIPE_API_VERSION else made.api_version
    gone = "deleted" if not gateway.endpoints_at(url) else "not deleted"
    return f"made {secret} in {version}, changed to {', '.join(sorted(changed.events))}, {gone}"


def round_trip(stage: CheckStage) -> str:
    """Change a customer, and wait until Stripe's event about it has arrived in this installation's inbox."""
    url = stage.address or settings.BASE_URL + reverse("stripe_webhook")
    if stage.arrived is None or not gateway.endpoints_at(url):
        raise NeedsSetup(
            f"no endpoint at {url}: `manage.py stripe_webhook` makes one, which the web process must serve"
        )
    buyer = stage.buyer()
    gateway.change_contact(customer_id=buyer.customer_id, name=f"check_stripe {stage.run} moved")
    there = clocks.eventually(lambda: stage.arrived and stage.arrived(buyer.customer_id), bool, seconds=90)
    return "the event arrived" if there else "no event arrived in 90 s"


STEPS = (
    CheckStep("permissions of the key", f"all {len(PERMISSIONS)} are there", permissions),
    CheckStep("subscribe", "active on pro, 1 bill of $29.00 paid", subscribe),
    CheckStep("renew", "active on pro, 1 bill of $29.00 paid for the month that follows", renew),
    CheckStep("draft hour", "active on pro, 0 bills of $0.00 paid, a new period", draft_hour, in_sandbox=False),
    CheckStep(
        "decline",
        "past_due, 1 bill of $29.00 open, a failure known; paid with a new card: active on pro, 1 bill of $29.00 paid",
        decline,
    ),
    CheckStep("void", "past_due; voided: active, 0 open", void),
    CheckStep("the bank asks", "authentication_required, the invoice is void", bank_asks),
    CheckStep(
        "upgrade",
        "on pro while enterprise waits to be paid; then active on enterprise, paid as quoted",
        upgrade,
    ),
    CheckStep(
        "downgrade with coupon and quantity",
        "2 of enterprise until pro follows; then 1: active on pro, 1 bill of $14.50 paid",
        downgrade,
    ),
    CheckStep("cancel, keep, end", "ends with its period; kept; canceled", cancel),
    CheckStep(
        "pause", "paused: active on pro, 0 bills of $0.00 paid; then active on pro, 1 bill of $29.00 paid", pause
    ),
    CheckStep("partial refunds", "$29.00 paid with a number, $15.00 back by 2 credit notes", partial_refunds),
    CheckStep("dispute", "disputed", dispute),
    CheckStep("debit", "the payment is processing, the invoice open", debit, in_sandbox=False),
    CheckStep("tax", "the total is right, with tax", tax),
    CheckStep("meter and its bill", f"{TOKENS} tokens counted; active on pro, 1 bill of $32.00 paid", meter),
    CheckStep("pay pages and portal", "pay pages and portal open, then expired", pages),
    CheckStep("catch-up", "paid; its events are listed", catch_up),
    CheckStep("webhook endpoints", "made with a secret in our version, changed to invoice.paid, deleted", endpoints),
    CheckStep("webhook round trip", "the event arrived", round_trip),
)
