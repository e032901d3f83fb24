"""A subscription at the double, and the events that its changes make."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from marketplace.models import EventStatus, StripeEvent
from marketplace.stripe import inbox
from saas.kernel import tenancy
from tests.conftest import Person
from tests.marketplace.conftest import known
from tests.marketplace.double import MONTH, Body, Double, event, invoice, price, subscription

DAY = 86_400


@dataclass
class Life:
    """One subscription at the double, and the events its changes made."""

    double: Double
    customer_id: str
    sub: Body
    events: list[Body] = field(default_factory=list)

    def emit(self, kind: str, thing: Body, at: int) -> None:
        stripe_event = event(kind, {k: v for k, v in thing.items() if k != "secret"}, created=at)
        self.double.objects[stripe_event["id"]] = stripe_event
        self.events.append(stripe_event)

    def bill(self, *, reason: str, status: str, at: int) -> Body:
        return self.double.put(
            "invoice", **invoice(self.sub["id"], self.customer_id, reason=reason, status=status, at=at)
        )


def open_life(person: Person, double: Double, plan: str = "pro", *, ago: int = 40) -> Life:
    """Begin a subscription some days ago, of which nothing has been told yet."""
    customer_id = str(known(person, double).customer_id)
    start = int(time.time()) - ago * DAY
    sub = double.put("subscription", **subscription(customer_id, plan, start=start))
    life = Life(double, customer_id, sub)
    double.put("price", **price(plan, {"pro": 14900, "enterprise": 39900}[plan]))
    bill = life.bill(reason="subscription_create", status="paid", at=start)
    life.emit("customer.subscription.created", sub, start)
    life.emit("invoice.paid", bill, start)
    return life


def deliver(stripe_event: Body) -> EventStatus:
    from marketplace.stripe.gateway.snapshots import EventSnapshot

    snapshot = EventSnapshot(
        stripe_event["id"],
        stripe_event["type"],
        datetime.fromtimestamp(stripe_event["created"], UTC),
        stripe_event["data"]["object"]["id"],
        stripe_event,
    )
    inbox.receive(snapshot)
    with tenancy.system():
        row = StripeEvent.objects.get(event_id=stripe_event["id"])
    return inbox.handle(row.id)


def renewal_fails(life: Life, *, days_ago: int, tries: int = 2) -> Body:
    at = int(time.time()) - days_ago * DAY
    life.sub["status"] = "past_due"
    item = life.sub["items"]["data"][0]
    item.update(current_period_start=at, current_period_end=at + MONTH)
    bill = life.bill(reason="subscription_cycle", status="open", at=at)
    for n in range(tries):
        life.emit("invoice.payment_failed", bill, at + 100 + n * DAY)
    life.emit("customer.subscription.updated", life.sub, at + 100)
    return bill


def renewal_is_paid(life: Life, bill: Body) -> None:
    bill["status"] = "paid"
    life.sub["status"] = "active"
    life.emit("invoice.paid", bill, int(time.time()))
    life.emit("customer.subscription.updated", life.sub, int(time.time()))


def paid_by_intent(life: Life, bill: Body, cents: int) -> tuple[Body, Body]:
    """Have a bill paid by a payment of its own; return the payment, and the event that links them."""
    paid = life.double.put(
        "payment_intent",
        customer=life.customer_id,
        amount=cents,
        amount_received=cents,
        currency="usd",
        status="succeeded",
        latest_charge=None,
        last_payment_error=None,
        metadata={},
    )
    paying = {"type": "payment_intent", "payment_intent": paid["id"]}
    link = life.double.put("invoice_payment", invoice=bill["id"], payment=paying)
    return paid, event("invoice_payment.paid", link)
