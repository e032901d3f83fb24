"""A subscription's life: whatever arrives, in whatever order, ends where Stripe's objects say."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from licensing.models import License
from marketplace.models import EventStatus, StripeSubscription
from marketplace.queries import live_subscription
from marketplace.subscriptions import changes
from marketplace.subscriptions.overdue import end_unpaid
from marketplace.subscriptions.sync import sync_subscription
from plans.actions import end_override, set_override
from plans.models import OverrideKind, Subscription
from plans.periods import nth_period
from plans.queries import entitlements
from saas.kernel.errors import Conflict
from tests.conftest import Person
from tests.marketplace.double import Body, Double, event, invoice, price, subscription
from tests.marketplace.life import DAY, Life, deliver, open_life, paid_by_intent, renewal_fails, renewal_is_paid
from tokens.queries import balance, position

pytestmark = pytest.mark.own_database


def state(person: Person) -> dict[str, Any]:
    """Return everything a customer would notice."""
    with person.acting():
        license, plan = License.objects.get(), entitlements(person.organization_id).fetch().plan.key
        return {
            "plan": plan,
            "available": position().available,
            "debt": position().debt,
            "past_due_at": license.past_due_at,
            "allowances": sum(bucket.source == "plan" for bucket in balance().buckets),
        }


@pytest.fixture
def carol(business: Any) -> Person:
    """The owner of an organization on the free plan."""
    person: Person = business("starter")
    return person


def test_a_plan_begins_when_it_is_paid_and_not_before(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double)
    life.sub["status"] = "incomplete"
    assert deliver(life.events[0]) == EventStatus.DONE
    assert state(carol)["plan"] == "starter"
    life.sub["status"] = "active"
    assert deliver(life.events[1]) == EventStatus.DONE
    assert (state(carol)["plan"], state(carol)["available"]) == ("pro", 200)


def test_a_failed_renewal_is_day_0_by_stripes_time_and_paying_restores_once(
    carol: Person, stripe_double: Double
) -> None:
    life = open_life(carol, stripe_double)
    bill = renewal_fails(life, days_ago=5)
    failed = [stripe_event for stripe_event in life.events if stripe_event["type"] == "invoice.payment_failed"]
    for stripe_event in [*life.events, *life.events]:
        deliver(stripe_event)
    assert state(carol)["past_due_at"] == datetime.fromtimestamp(failed[0]["created"], UTC)
    renewal_is_paid(life, bill)
    for stripe_event in life.events:
        deliver(stripe_event)
    assert (state(carol)["past_due_at"], state(carol)["available"], state(carol)["allowances"]) == (None, 200, 1)


def test_a_failed_upgrade_is_not_an_overdue_renewal(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=3)
    life.sub["pending_update"] = {"subscription_items": [{"price": price("enterprise", 39900)}], "expires_at": 0}
    bill = life.bill(reason="subscription_update", status="open", at=int(time.time()))
    life.emit("invoice.payment_failed", bill, int(time.time()))
    for stripe_event in life.events:
        deliver(stripe_event)
    assert (state(carol)["plan"], state(carol)["past_due_at"]) == ("pro", None)
    with carol.acting():
        live = live_subscription()
        assert live is not None and live.pending_plan_key == "enterprise"


def test_an_old_bill_paid_while_a_newer_one_is_open_changes_nothing(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double)
    old = renewal_fails(life, days_ago=35)
    newer = renewal_fails(life, days_ago=5)
    for stripe_event in life.events:
        deliver(stripe_event)
    old["status"] = "paid"
    life.emit("invoice.paid", old, int(time.time()))
    deliver(life.events[-1])
    assert state(carol)["past_due_at"] is not None
    renewal_is_paid(life, newer)
    deliver(life.events[-1])
    assert state(carol)["past_due_at"] is None


def test_a_new_failure_is_a_new_day_0_though_the_payment_before_it_was_never_heard_of(
    carol: Person, stripe_double: Double
) -> None:
    life = open_life(carol, stripe_double, ago=70)
    old = renewal_fails(life, days_ago=40)
    for stripe_event in life.events:
        deliver(stripe_event)
    assert state(carol)["past_due_at"] < datetime.now(UTC) - timedelta(days=39)
    old["status"], heard = "paid", len(life.events)
    renewal_fails(life, days_ago=5)
    deliver(life.events[-1])
    first = next(
        stripe_event for stripe_event in life.events[heard:] if stripe_event["type"] == "invoice.payment_failed"
    )
    assert state(carol)["past_due_at"] == datetime.fromtimestamp(first["created"], UTC)


def test_a_paid_upgrade_brings_the_difference_and_a_downgrade_waits(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=15)
    deliver(life.events[0])
    before = state(carol)["available"]
    life.sub["items"]["data"][0]["price"] = price("enterprise", 39900)
    with carol.acting():
        sync_subscription(life.sub["id"])
        assert 850 < position().available - before < 950
        life.sub["schedule"] = {
            "id": "sub_sched_1",
            "object": "subscription_schedule",
            "phases": [
                {"start_date": life.sub["billing_cycle_anchor"], "items": [{"price": price("enterprise", 39900)}]},
                {
                    "start_date": life.sub["items"]["data"][0]["current_period_end"],
                    "items": [{"price": price("pro", 14900)}],
                },
            ],
        }
        sync_subscription(life.sub["id"])
        plan = Subscription.objects.get(ended_at=None)
        assert (plan.plan_key, plan.scheduled_plan_key) == ("enterprise", "pro")
        life.sub["schedule"] = None
        sync_subscription(life.sub["id"])
        assert Subscription.objects.get(ended_at=None).scheduled_plan_key == ""
        life.sub["cancel_at"] = life.sub["items"]["data"][0]["current_period_end"]
        sync_subscription(life.sub["id"])
        assert Subscription.objects.get(ended_at=None).scheduled_plan_key == "starter"


def test_an_upgrade_heard_of_together_with_the_payment_before_it_brings_the_difference(
    carol: Person, stripe_double: Double
) -> None:
    """The overdue month was Pro's: it is granted as such, before the upgrade comes on top."""
    life = open_life(carol, stripe_double)
    bill = renewal_fails(life, days_ago=10)
    for stripe_event in life.events:
        deliver(stripe_event)
    renewal_is_paid(life, bill)
    life.sub["items"]["data"][0]["price"] = price("enterprise", 39900)
    life.emit("customer.subscription.updated", life.sub, int(time.time()))
    deliver(life.events[-1])
    assert state(carol)["plan"] == "enterprise"
    assert 200 + 1100 < state(carol)["available"] < 200 + 1300


def test_a_second_subscription_gives_nothing_and_is_refunded(carol: Person, stripe_double: Double) -> None:
    first = open_life(carol, stripe_double, ago=3)
    deliver(first.events[0])
    start = int(time.time())
    twice = stripe_double.put("subscription", **subscription(first.customer_id, "enterprise", start=start))
    stripe_double.on_post[f"/v1/subscriptions/{twice['id']}"] = lambda path, params: twice
    with carol.acting():
        sync_subscription(twice["id"])
        assert (state(carol)["plan"], state(carol)["available"]) == ("pro", 200)
        assert StripeSubscription.objects.get(subscription_id=twice["id"]).duplicate


def test_an_unpaid_subscription_is_given_up_after_its_last_stage(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=95)
    renewal_fails(life, days_ago=61)
    for stripe_event in life.events:
        deliver(stripe_event)

    def cancelled(path: str, params: Body) -> Body:
        life.sub.update(status="canceled", ended_at=int(time.time()))
        return life.sub

    stripe_double.on_delete[f"/v1/subscriptions/{life.sub['id']}"] = cancelled
    with carol.acting():
        days: dict[str, Any] = {"kind": OverrideKind.LIMIT, "key": "ended_after_days", "reason": "they asked"}
        set_override(**days, value=62, ends_at=None, by=None)
        assert not end_unpaid(), "the price book's 60 days are data"
        end_override(**days)
        assert end_unpaid()
        assert not end_unpaid()
        assert StripeSubscription.objects.get().ended_unpaid, "it churned unpaid, not by choice"
    assert (state(carol)["plan"], state(carol)["past_due_at"]) == ("starter", None)


def test_one_that_ended_long_ago_says_nothing_of_the_present_one(carol: Person, stripe_double: Double) -> None:
    old = open_life(carol, stripe_double, ago=95)
    deliver(old.events[0])
    old.sub.update(status="canceled", ended_at=int(time.time()))
    with carol.acting():
        sync_subscription(old.sub["id"])
        assert state(carol)["plan"] == "starter"
        start = int(time.time()) - 40 * DAY
        new = stripe_double.put("subscription", **subscription(old.customer_id, "enterprise", start=start))
        sync_subscription(new["id"])
        life = Life(stripe_double, old.customer_id, new)
        renewal_fails(life, days_ago=3)
        sync_subscription(new["id"])
        overdue = state(carol)
        assert (overdue["plan"], overdue["past_due_at"] is not None) == ("enterprise", True)
        sync_subscription(old.sub["id"])  # as the daily comparison does
    assert state(carol) == overdue


def test_one_live_subscription_at_a_time(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=3)
    with carol.acting(), pytest.raises(Conflict):
        changes.subscribe(caller=carol.caller, plan_key="enterprise")
    assert state(carol)["plan"] == "pro", "its news had not arrived, and was asked for"
    assert life.double.asked("post", "/v1/checkout/sessions") == []


def refunded(life: Life, paid: Body) -> Body:
    """Give a payment back in full; return the event."""
    life.double.put("refund", payment_intent=paid["id"], amount=paid["amount"], status="succeeded")
    return event("charge.refunded", {"object": "charge", "id": f"ch_{paid['id']}", "payment_intent": paid["id"]})


def test_a_month_that_was_granted_as_the_smaller_plan_s_is_refunded_whole(carol: Person, stripe_double: Double) -> None:
    """The hourly job granted Pro's month before it was heard that the month was billed as Enterprise."""
    life = open_life(carol, stripe_double, ago=35)
    deliver(life.events[0])
    month = nth_period(datetime.fromtimestamp(life.sub["billing_cycle_anchor"], UTC), 1)
    renewed_at = int(month.starts_at.timestamp())
    life.sub["items"]["data"][0].update(
        current_period_start=renewed_at,
        current_period_end=int(month.ends_at.timestamp()),
        price=price("enterprise", 39900),
    )
    about: dict[str, Any] = {"reason": "subscription_cycle", "status": "paid", "at": renewed_at, "plan": "enterprise"}
    bill = stripe_double.put("invoice", **invoice(life.sub["id"], life.customer_id, **about))
    assert state(carol)["available"] == 200
    paid, stripe_event = paid_by_intent(life, bill, 39900)
    deliver(event("customer.subscription.updated", life.sub))
    deliver(stripe_event)
    assert state(carol)["available"] == 2000
    assert deliver(refunded(life, paid)) == EventStatus.DONE
    assert (state(carol)["available"], state(carol)["debt"]) == (0, 0)


def test_a_refunded_month_takes_its_allowance_back(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=3)
    bill = next(thing for thing in stripe_double.objects.values() if thing["object"] == "invoice")
    paid, stripe_event = paid_by_intent(life, bill, 14900)
    assert deliver(stripe_event) == EventStatus.RECEIVED, "the subscription has not begun here: it waits"
    deliver(life.events[0])
    assert deliver(stripe_event) == EventStatus.DONE
    assert state(carol)["available"] == 200
    assert deliver(refunded(life, paid)) == EventStatus.DONE
    assert (state(carol)["available"], state(carol)["debt"]) == (0, 0)
