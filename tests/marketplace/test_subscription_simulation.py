"""Whole lives of subscriptions: whatever arrives, how late, how often and in whatever order, they end the same.

A life is a script made from a seed. Its customer's clock moves through it, its events arrive as they like: late, twice,
in any order, or not at all. In the end the hourly catch-up alone finds what was lost; then everything is delivered
once more. What
must have come of it is computed here from the script alone.

    LIVES=1000 python3 manage.py test tests/marketplace/test_subscription_simulation.py -n 2
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from django.db.models import F

from audit.verification import verify as verify_audit
from licensing.models import License
from marketplace.models import EventStatus, Origin, StripeEvent
from marketplace.packs.orders import _write_order
from marketplace.stripe import inbox
from marketplace.subscriptions.sync import sync_subscription
from plans.actions import refresh
from plans.models import Subscription
from plans.periods import nth_period
from plans.queries import current_book, entitlements
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.transactions import transaction
from tests.conftest import Person
from tests.marketplace.conftest import known
from tests.marketplace.double import Body, Double, event, intent, invoice, price, subscription
from tests.marketplace.life import deliver
from tokens.queries import balance, position
from tokens.verification import verify as verify_ledger

pytestmark = [pytest.mark.own_database, pytest.mark.slow]


SEED = os.environ.get("LIVES_SEED", "20261126")
LIVES = int(os.environ.get("LIVES", "16"))
SECOND = timedelta(seconds=1)
MONTHLY = {"pro": 200, "enterprise": 2000}
CENTS = {"pro": 14900, "enterprise": 39900}
ROUNDS_MAX = 5
"""How often what still waits is tried: an event may need another one handled before it."""
PACK_TOKENS, PACK_CENTS = 500, 2900


@dataclass
class Life:
    """A customer, what Stripe knows of them, and what must come of it."""

    person: Person
    double: Double
    chance: random.Random
    events: list[Body] = field(default_factory=list)
    plan: str = ""
    month: int = 0
    granted: int = 0
    bought: int = 0
    failed_at: int | None = None
    is_paused: bool = False
    bill: Body = field(default_factory=dict)

    # Time

    def now(self) -> datetime:
        with self.person.acting():
            return database_now().replace(microsecond=0)

    def wait(self, until: datetime) -> None:
        with self.person.acting():
            by = until - database_now() + timedelta(seconds=1)
            Organization.objects.filter(id=self.person.organization_id).update(clock_offset=F("clock_offset") + by)

    def into_the_month(self, share: float) -> None:
        period = nth_period(self.anchor, self.month)
        self.wait(period.starts_at + (period.ends_at - period.starts_at) * share)

    # Stripe

    def emit(self, kind: str, thing: Body) -> None:
        at = int(self.now().timestamp())
        stripe_event = event(kind, {**thing}, created=at)
        self.double.objects[stripe_event["id"]] = stripe_event
        self.events.append(stripe_event)

    def put_bill(self, reason: str, status: str, *, plan: str, instead_of: str = "") -> Body:
        made = invoice(
            self.sub["id"],
            self.customer_id,
            reason=reason,
            status=status,
            at=int(self.now().timestamp()),
            plan=plan,
            instead_of=instead_of,
        )
        bill = self.double.put("invoice", **made)
        self.sub["latest_invoice"] = bill
        return bill

    def pay(self, bill: Body, cents: int) -> Body:
        """Have a bill paid by a payment intent of its own."""
        bill["status"] = "paid"
        paid = self.double.put("payment_intent", **plan_payment(self.customer_id, cents))
        paying = {"type": "payment_intent", "payment_intent": paid["id"]}
        link = self.double.put("invoice_payment", invoice=bill["id"], payment=paying, customer=self.customer_id)
        for kind, thing in (("invoice.paid", bill), ("invoice_payment.paid", link), ("payment_intent.succeeded", paid)):
            self.emit(kind, thing)
        return paid

    # What happens, in words of the customer

    def begin_on_trial(self) -> None:
        """Begin on a trial that somebody set in the dashboard, and pay when it ends."""
        now = self.open(trial=timedelta(days=self.chance.randint(3, 40)))
        item = self.sub["items"]["data"][0]
        item.update(current_period_start=int(now.timestamp()), current_period_end=int(self.anchor.timestamp()))
        self.emit("customer.subscription.created", self.sub)
        self.put_bill("subscription_create", "paid", plan=self.plan)
        self.arrive(0.4)
        self.wait(self.anchor)
        self.sub["status"] = "active"
        self.set_period()
        self.emit("customer.subscription.updated", self.sub)
        self.paid = self.pay(self.put_bill("subscription_cycle", "open", plan=self.plan), CENTS[self.plan])
        self.granted = MONTHLY[self.plan]

    def open(self, *, trial: timedelta) -> datetime:
        """Open the subscription, with a trial of a length; return when that was."""
        self.customer_id = str(known(self.person, self.double).customer_id)
        self.plan = self.chance.choice(["pro", "pro", "enterprise"])
        now = self.now()
        self.anchor = now + trial
        self.sub = self.double.put(
            "subscription", **subscription(self.customer_id, self.plan, start=int(self.anchor.timestamp()))
        )
        self.sub["status"] = "trialing" if trial else "active"
        return now

    def begin(self) -> None:
        self.open(trial=timedelta(0))
        self.set_period()
        self.emit("customer.subscription.created", self.sub)
        self.paid = self.pay(self.put_bill("subscription_create", "open", plan=self.plan), CENTS[self.plan])
        self.granted = MONTHLY[self.plan]

    def set_period(self) -> None:
        period = nth_period(self.anchor, self.month)
        item = self.sub["items"]["data"][0]
        item.update(
            current_period_start=int(period.starts_at.timestamp()), current_period_end=int(period.ends_at.timestamp())
        )

    def renew(self, *, succeeds: bool = True) -> None:
        self.month += 1
        self.wait(nth_period(self.anchor, self.month).starts_at)
        if self.sub["schedule"]:
            self.sub["schedule"], self.plan = None, "pro"
            self.sub["items"]["data"][0]["price"] = price("pro", 0)
        self.set_period()
        self.emit("customer.subscription.updated", self.sub)
        self.bill = self.put_bill("subscription_cycle", "open", plan=self.plan)
        if succeeds:
            self.paid = self.pay(self.bill, CENTS[self.plan])
            self.granted = MONTHLY[self.plan]
            return
        self.sub["status"], self.failed_at, self.granted = "past_due", int(self.now().timestamp()), 0
        self.emit("invoice.payment_failed", self.bill)
        self.emit("customer.subscription.updated", self.sub)

    def recover(self) -> None:
        self.into_the_month(0.3)
        self.emit("invoice.payment_failed", self.bill)  # tried again, in vain
        self.into_the_month(0.6)
        self.sub["status"], self.failed_at = "active", None
        self.paid = self.pay(self.bill, CENTS[self.plan])
        self.emit("customer.subscription.updated", self.sub)
        self.granted = MONTHLY[self.plan]

    def void(self) -> None:
        """Void the unpaid bill in the dashboard: its month brings nothing, and the next one its own."""
        self.into_the_month(0.5)
        self.bill["status"] = "void"
        self.sub["status"], self.failed_at = "active", None
        self.emit("invoice.voided", self.bill)
        self.emit("customer.subscription.updated", self.sub)
        self.arrive(0.4)
        self.renew()

    def pause(self) -> None:
        """Pause it in Milepost, which looks at once at what became of it."""
        self.into_the_month(self.chance.uniform(0.91, 0.94))  # after all that Milepost has not heard of yet
        paused = {"type": "subscription", "subscription": {"type": "pause_requested"}}
        details = {"paused": {**paused, "transitioned_at": int(self.now().timestamp())}}
        self.sub.update(status="paused", status_details=details)
        self.emit("customer.subscription.paused", self.sub)
        self.look()
        self.is_paused = True

    def resume(self) -> None:
        """Resume it in Milepost: in the month that is paid, or later with a new one, and with what was left."""
        if self.chance.random() < 0.5:
            self.into_the_month(0.95)
        else:
            self.wait(nth_period(self.anchor, self.month + self.chance.randint(1, 3)).starts_at + timedelta(days=5))
            self.begin_anew()
            self.granted += MONTHLY[self.plan]
        self.sub.update(status="active", status_details=None)
        self.emit("customer.subscription.resumed", self.sub)
        self.look()
        self.is_paused = False

    def begin_anew(self) -> None:
        """Bill a new month from now on, at once."""
        self.anchor, self.month = self.now(), 0
        self.sub["billing_cycle_anchor"] = int(self.anchor.timestamp())
        self.set_period()
        bill = self.put_bill("subscription_update", "open", plan=self.plan)
        bill["lines"]["data"][-1]["parent"] = {"subscription_item_details": {"proration": False}}
        self.paid = self.pay(bill, CENTS[self.plan])

    def reset_cycle(self) -> None:
        """Reset the billing cycle in the dashboard, and let the month that begins then go by."""
        self.into_the_month(self.chance.uniform(0.1, 0.9))
        self.begin_anew()
        self.emit("customer.subscription.updated", self.sub)
        self.arrive(0.4)
        self.renew()

    def delete_customer(self) -> None:
        """Delete the customer in the dashboard, which cancels what it had."""
        self.into_the_month(0.96)
        self.look()
        self.sub.update(status="canceled", ended_at=int(self.now().timestamp()), schedule=None)
        gone = {"id": self.customer_id, "object": "customer", "deleted": True, "created": 1}
        self.double.objects[self.customer_id] = gone
        self.emit("customer.deleted", gone)
        self.emit("customer.subscription.deleted", self.sub)
        self.plan, self.failed_at = "starter", None

    def look(self) -> None:
        with self.person.acting():
            sync_subscription(self.sub["id"])

    def upgrade(self) -> None:
        self.into_the_month(self.chance.uniform(0.1, 0.9))
        at, period = self.now(), nth_period(self.anchor, self.month)
        self.sub["items"]["data"][0]["price"] = price("enterprise", 0)
        self.pay(self.put_bill("subscription_update", "open", plan="enterprise", instead_of="pro"), 10000)
        self.emit("customer.subscription.updated", self.sub)
        left = Fraction(
            (period.ends_at - at) // timedelta(seconds=1), (period.ends_at - period.starts_at).days * 86_400
        )
        self.plan = "enterprise"
        self.granted += ceil(1800 * left)

    def upgrade_if_pro(self) -> None:
        if self.plan == "pro":
            self.upgrade()

    def downgrade_if_enterprise(self) -> None:
        if self.plan == "enterprise":
            self.downgrade()

    def downgrade(self) -> None:
        """Plan it in Milepost, which looks at once at what became of it."""
        end = self.sub["items"]["data"][0]["current_period_end"]
        phases = [{"start_date": end, "items": [{"price": price("pro", 0)}]}]
        self.sub["schedule"] = {"id": "sub_sched_1", "object": "subscription_schedule", "phases": phases}
        with self.person.acting():
            sync_subscription(self.sub["id"])

    def buy(self) -> None:
        self.into_the_month(0.2)
        with self.person.acting(), transaction():
            pack = current_book().packs["pack_500"]
            order = _write_order(pack, current_book().version, Origin.PERSON, user_id=self.person.user.pk)
        paid = self.double.put("payment_intent", **intent(order, self.customer_id))
        self.emit("payment_intent.succeeded", paid)
        self.bought += PACK_TOKENS - self.give_back(paid)

    def give_back(self, paid: Body) -> int:
        """Perhaps refund a pack, in one or two parts, or dispute it; return the tokens that are gone."""
        what = self.chance.choice(["nothing", "part", "parts", "all", "won", "lost"])
        charge = {"object": "charge", "id": f"ch_{paid['id']}", "payment_intent": paid["id"], "customer": None}
        cents = {"part": [999], "parts": [1450, 1450], "all": [PACK_CENTS]}.get(what, [])
        for some in cents:
            self.double.put("refund", payment_intent=paid["id"], amount=some, status="succeeded")
            self.emit("charge.refunded", charge)
            self.arrive(0.4)
        if what in ("won", "lost"):
            dispute = self.double.put("dispute", payment_intent=paid["id"], amount=PACK_CENTS, status="needs_response")
            self.emit("charge.dispute.created", dispute)
            self.arrive(0.4)
            dispute["status"] = what
            self.emit("charge.dispute.closed", dispute)
        gone = PACK_CENTS if what == "lost" else sum(cents)
        return ceil(Fraction(PACK_TOKENS * gone, PACK_CENTS))

    def refund_the_month(self) -> None:
        cents = self.paid["amount"]
        self.double.put("refund", payment_intent=self.paid["id"], amount=cents, status="succeeded")
        charge = {"object": "charge", "id": f"ch_{self.paid['id']}", "payment_intent": self.paid["id"]}
        self.emit("charge.refunded", {**charge, "customer": None})
        self.granted -= MONTHLY[self.billed]

    @property
    def billed(self) -> str:
        """The plan of the present month's own bill."""
        return "pro" if self.paid["amount"] == CENTS["pro"] else "enterprise"

    def cancel(self) -> None:
        """Plan it in Milepost, which looks at once at what became of it."""
        self.sub["cancel_at"] = self.sub["items"]["data"][0]["current_period_end"]
        self.emit("customer.subscription.updated", self.sub)
        with self.person.acting():
            sync_subscription(self.sub["id"])
        self.wait(nth_period(self.anchor, self.month + 1).starts_at)
        self.sub.update(status="canceled", ended_at=int(self.now().timestamp()))
        self.emit("customer.subscription.deleted", self.sub)
        self.plan, self.granted, self.failed_at = "starter", 0, None

    # What arrives

    def arrive(self, likely: float) -> None:
        """Deliver some of what was told so far, some of it twice, in any order; jobs run or do not."""
        stripe_event = [one for one in self.events if self.chance.random() < likely / 2]
        stripe_event += self.chance.sample(stripe_event, len(stripe_event) // 2)
        self.chance.shuffle(stripe_event)
        for one in stripe_event:
            deliver(one)
        if self.failed_at is None and self.chance.random() < 0.5:
            with self.person.acting():
                present = Subscription.objects.filter(ended_at=None).first()
                if present is not None and self.chance.random() < 0.5:
                    refresh(subscription=present, now=database_now())

    def make_up(self) -> None:
        """Catch up with what was lost, and nothing else; then deliver everything once more, to no effect."""
        inbox.catch_up()
        lost = {stripe_event["id"] for stripe_event in self.events}
        for _ in range(ROUNDS_MAX):
            with tenancy.system():
                waiting = StripeEvent.objects.filter(event_id__in=lost, status=EventStatus.RECEIVED)
                events = list(waiting.order_by("created_at").values_list("id", flat=True))
            for event_pk in events:
                inbox.handle(event_pk)
        for stripe_event in self.chance.sample(self.events, len(self.events)):
            assert deliver(stripe_event) == EventStatus.DONE

    def found(self) -> dict[str, Any]:
        with self.person.acting():
            license = License.objects.get()
            past_due_at = license.past_due_at
            in_use = past_due_at is None and license.paused_at is None
            held, allowances = position(), sum(is_present_allowance(bucket) for bucket in balance().buckets)
            return {
                "plan": entitlements(self.person.organization_id).fetch().plan.key,
                "available": held.available if in_use else None,
                "frozen": held.frozen if in_use else 0,
                "paused": license.paused_at is not None,
                "debt": held.debt,
                "past_due_at": past_due_at,
                "allowances": allowances if in_use else None,
                "ledger": verify_ledger().breaches,
                "audit": verify_audit().breaches,
            }

    def expected(self) -> dict[str, Any]:
        """Return what must have come of it; an unpaid month may have brought its tokens, which nobody can spend."""
        overdue = self.failed_at is not None or self.is_paused
        return {
            "plan": self.plan,
            "available": None if overdue else self.bought + self.granted,
            "frozen": 0,
            "paused": self.is_paused,
            "debt": 0,
            "past_due_at": datetime.fromtimestamp(self.failed_at, UTC) if self.failed_at is not None else None,
            "allowances": None if overdue else int(self.granted > 0),
            "ledger": 0,
            "audit": [],
        }


def is_present_allowance(bucket: Any) -> bool:
    return bool(bucket.business_key.startswith("allowance:") and bucket.expires_at > database_now())


def plan_payment(customer_id: str, cents: int) -> Body:
    return {
        "customer": customer_id,
        "amount": cents,
        "amount_received": cents,
        "currency": "usd",
        "status": "succeeded",
        "latest_charge": None,
        "last_payment_error": None,
        "metadata": {},
    }


def script(life: Life) -> list[Callable[[], None]]:
    """Return what happens in a life: everything that can, in an order that Stripe would allow."""
    chance = life.chance
    steps: list[Callable[[], None]] = [life.begin if chance.random() < 0.8 else life.begin_on_trial]
    if chance.random() < 0.5:
        steps.append(life.buy)
    if chance.random() < 0.5:
        steps += [lambda: life.renew(succeeds=False), life.recover]
    if chance.random() < 0.2:
        steps += [lambda: life.renew(succeeds=False), life.void]
    if chance.random() < 0.2:
        steps.append(life.reset_cycle)
    if chance.random() < 0.6:
        steps += [life.upgrade_if_pro]
    if chance.random() < 0.4:
        steps += [life.pause, life.resume]
    if chance.random() < 0.5:
        steps += [life.downgrade_if_enterprise, life.renew]
    if chance.random() < 0.5:
        steps += [life.renew, life.buy]
    endings: list[list[Callable[[], None]]] = [
        [],
        [life.renew],
        [life.cancel],
        [life.renew, life.refund_the_month],
        [life.pause],
        [life.delete_customer],
        [lambda: life.renew(succeeds=False)],
    ]
    return steps + chance.choice(endings)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(4))
def test_any_life_ends_the_same_however_its_news_arrive(part: int, business: Any, stripe_double: Double) -> None:
    for number in range(part, LIVES, 4):
        seed = f"{SEED}:{number}"
        kept = dict(stripe_double.objects)
        life = Life(business("starter"), stripe_double, random.Random(seed))
        for step in script(life):
            step()
            life.arrive(life.chance.choice([0.0, 0.4, 1.0]))
        life.make_up()
        assert life.found() == life.expected(), f"LIVES_SEED={SEED}, life {number}"
        stripe_double.objects.clear()
        stripe_double.objects.update(kept)
