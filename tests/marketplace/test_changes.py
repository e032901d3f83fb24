"""Changing plans: what is said to Stripe, what it costs, and when it holds."""

import time
from decimal import Decimal
from typing import Any

import pytest

from marketplace.models import StripeSubscription
from marketplace.stripe import customers
from marketplace.stripe.customers import NotPayer
from marketplace.subscriptions import changes, overdue
from plans.models import Subscription
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, Invalid
from tests.conftest import Person
from tests.marketplace.conftest import known
from tests.marketplace.double import MONTH, Body, Double, invoice, price, subscription
from tokens.queries import position

pytestmark = pytest.mark.own_database

DAY = 86_400


class Plan:
    """A subscription half a month old that answers to changes as Stripe would."""

    def __init__(self, person: Person, double: Double, plan: str = "pro") -> None:
        self.person, self.double = person, double
        customer_id = str(known(person, double).customer_id)
        for key, cents in {"pro": 14900, "enterprise": 39900}.items():
            double.put("price", **price(key, cents))
        start = int(time.time()) - 15 * DAY
        self.sub = double.put("subscription", **subscription(customer_id, plan, start=start))
        self.path = f"/v1/subscriptions/{self.sub['id']}"
        double.on_post |= {
            self.path: self.update,
            "/v1/invoices/create_preview": lambda *_: self.preview(),
            "/v1/subscription_schedules": self.schedule,
            "/v1/subscription_schedules/sub_sched_1": self.phases,
            "/v1/subscription_schedules/sub_sched_1/release": self.release,
        }
        self.card_works = True
        with person.acting():
            from marketplace.subscriptions.sync import sync_subscription

            sync_subscription(self.sub["id"])

    @property
    def item(self) -> Body:
        item: Body = self.sub["items"]["data"][0]
        return item

    def update(self, path: str, params: Body) -> Body:
        if "cancel_at" in params:
            self.sub["cancel_at"] = self.item["current_period_end"] if params["cancel_at"] else None
        if new := params.get("items[0][price]"):
            if self.card_works:
                self.item["price"] = self.double.objects[new]
            else:
                self.sub["pending_update"] = {"subscription_items": [{"price": self.double.objects[new]}]}
                bill = invoice(
                    self.sub["id"],
                    self.sub["customer"],
                    reason="subscription_update",
                    status="open",
                    at=int(time.time()),
                )
                self.double.put("invoice", **bill)
        return self.sub

    def preview(self) -> Body:
        lines = [{"object": "line_item", "description": "Remaining time", "amount": 12550}]
        return {
            "object": "invoice",
            "amount_due": 12550,
            "currency": "usd",
            "total_taxes": [{"amount": 2008, "tax_behavior": "exclusive"}, {"amount": 5, "tax_behavior": "inclusive"}],
            "lines": {"object": "list", "data": lines, "has_more": False, "url": "/"},
        }

    def schedule(self, path: str, params: Body) -> Body:
        coupon = {"discount": "di_coupon", "coupon": None, "promotion_code": None}
        present = {"start_date": self.item["current_period_start"], "items": [], "discounts": [coupon]}
        self.sub["schedule"] = self.double.put("subscription_schedule", id="sub_sched_1", phases=[present])
        return self.double.objects["sub_sched_1"]

    def phases(self, path: str, params: Body) -> Body:
        self.sub["schedule"]["phases"] = [
            {
                "start_date": int(params["phases[0][start_date]"]),
                "items": [{"price": params["phases[0][items][0][price]"]}],
            },
            {
                "start_date": int(params["phases[0][end_date]"]),
                "items": [{"price": params["phases[1][items][0][price]"]}],
            },
        ]
        assert self.item["current_period_end"] - self.item["current_period_start"] == MONTH
        return self.double.objects["sub_sched_1"]

    def release(self, path: str, params: Body) -> Body:
        self.sub["schedule"] = None
        return self.double.objects["sub_sched_1"]


@pytest.fixture
def carol(business: Any) -> Person:
    """The owner of an organization that pays for Pro."""
    person: Person = business("starter")
    return person


def test_the_preview_is_what_is_then_done(carol: Person, stripe_double: Double) -> None:
    plan = Plan(carol, stripe_double)
    with carol.acting():
        seen = changes.preview(caller=carol.caller, plan_key="enterprise")
        before = position().available
        assert (seen.quote.due_now, seen.change.wanted) == (Decimal("125.50"), "enterprise")
        assert seen.quote.tax == Decimal("20.08"), "what prices include is no line of its own"
        outcome = changes.change_plan(caller=carol.caller, plan_key="enterprise", at=seen.at)
        assert outcome.status == "applied"
        assert abs(position().available - before - seen.change.tokens_now) <= 1
        [(asked, _)] = stripe_double.asked("post", "/v1/invoices/create_preview")
        [(done, key)] = stripe_double.asked("post", plan.path)
        assert asked["subscription_details[proration_date]"] == done["proration_date"]
        assert done["payment_behavior"] == "pending_if_incomplete"
        assert key.startswith(f"upgrade:{plan.sub['id']}:enterprise:")


def test_an_upgrade_that_is_not_paid_is_no_upgrade(carol: Person, stripe_double: Double) -> None:
    plan = Plan(carol, stripe_double)
    plan.card_works = False
    with carol.acting():
        outcome = changes.change_plan(caller=carol.caller, plan_key="enterprise")
        assert (outcome.status, outcome.url) == ("pay", "https://invoice.example/")
        assert (Subscription.objects.get(ended_at=None).plan_key, position().available) == ("pro", 200)


def test_a_downgrade_a_cancellation_and_second_thoughts(carol: Person, stripe_double: Double) -> None:
    Plan(carol, stripe_double, "enterprise")
    with carol.acting():

        def present() -> Subscription:
            return Subscription.objects.get(ended_at=None)

        assert changes.change_plan(caller=carol.caller, plan_key="pro").status == "scheduled"
        assert (present().plan_key, present().scheduled_plan_key) == ("enterprise", "pro")
        [(asked, _)] = stripe_double.asked("post", "/v1/subscription_schedules/sub_sched_1")
        assert [asked[f"phases[{n}][discounts][0][discount]"] for n in (0, 1)] == ["di_coupon"] * 2, "a coupon goes on"
        assert changes.cancel(caller=carol.caller).status == "scheduled"
        assert present().scheduled_plan_key == "starter"
        assert changes.undo_scheduled_change(caller=carol.caller).status == "applied"
        assert (present().plan_key, present().scheduled_plan_key) == ("enterprise", "")
        assert changes.undo_scheduled_change(caller=carol.caller).status == "unchanged"


def test_the_pay_page_for_a_plan(carol: Person, bob: Person, stripe_double: Double) -> None:
    known(carol, stripe_double)
    stripe_double.on_post["/v1/checkout/sessions"] = lambda *_: stripe_double.put(
        "checkout.session", url="https://pay.example/", mode="subscription"
    )
    with carol.acting():
        assert changes.change_plan(caller=carol.caller, plan_key="pro").url == "https://pay.example/"
        [(made, _)] = stripe_double.asked("post", "/v1/prices")
        assert (made["lookup_key"], made["unit_amount"], made["metadata[plan]"]) == ("milepost_pro", "14900", "pro")
        with pytest.raises(Invalid):
            changes.subscribe(caller=carol.caller, plan_key="starter")
        with pytest.raises(Conflict):
            changes.cancel(caller=carol.caller)
    with bob.acting(), pytest.raises(NotPayer):
        changes.subscribe(caller=bob.caller, plan_key="pro")


def test_the_portal_and_a_new_card_for_an_open_bill(carol: Person, stripe_double: Double) -> None:
    plan = Plan(carol, stripe_double)
    stripe_double.on_post["/v1/billing_portal/sessions"] = lambda *_: {
        "object": "billing_portal.session",
        "id": "bps_1",
        "url": "https://portal.example/",
    }
    with carol.acting():
        assert customers.open_portal(caller=carol.caller, change_card=True) == "https://portal.example/"
        plan.sub["status"] = "past_due"
        bill = stripe_double.put(
            "invoice",
            **invoice(
                plan.sub["id"], plan.sub["customer"], reason="subscription_cycle", status="open", at=int(time.time())
            ),
        )

        def pay(path: str, params: Body) -> Body:
            bill["status"], plan.sub["status"] = "paid", "active"
            return bill

        stripe_double.on_post[f"/v1/invoices/{bill['id']}/pay"] = pay
        assert overdue.fix_payment(caller=carol.caller).paid
        assert StripeSubscription.objects.get().past_due_at is None
    with tenancy.system():
        assert StripeSubscription.objects.filter(subscription_id=plan.sub["id"], past_due_at=None).exists()
