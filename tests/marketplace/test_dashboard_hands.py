"""What people do by hand in Stripe's dashboard, and money that comes too late: followed, or told to staff."""

import time
from datetime import timedelta
from typing import Any

import pytest

from licensing.queries import license_status
from marketplace.models import EventStatus, Payment, StripeEvent, StripeSubscription
from marketplace.stripe import inbox
from marketplace.subscriptions import overdue
from marketplace.subscriptions.sync import UnknownPlan, sync_subscription
from plans.queries import entitlements
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from tests.conftest import Person
from tests.marketplace.double import Body, Double, event, price
from tests.marketplace.life import (
    Life,
    deliver,
    open_life,
    paid_by_intent,
    renewal_fails,
    renewal_is_paid,
)
from tests.notifications.recorded import events_after, require_declared
from tokens.queries import position

pytestmark = pytest.mark.own_database


@pytest.fixture
def carol(business: Any) -> Person:
    """The owner of an organization on the free plan."""
    made: Person = business("starter")
    return made


def begun(person: Person, double: Double, *, ago: int = 40) -> Life:
    """Begin a subscription that Milepost knows."""
    life = open_life(person, double, ago=ago)
    look(person, life)
    return life


def look(person: Person, life: Life) -> None:
    """Have Milepost ask Stripe how the subscription stands."""
    with person.acting():
        sync_subscription(life.sub["id"])


def count(person: Person, kind: str) -> int:
    found = [each for each in events_after(0, person.organization_id) if each.kind == kind]
    require_declared(found)
    return len(found)


def hand_made(life: Life, **values: Any) -> None:
    """Give the subscription a price as somebody makes it in the dashboard."""
    by_hand = {**price("pro", 12345), "id": "price_by_hand", "lookup_key": None, "metadata": {}, **values}
    life.sub["items"]["data"][0]["price"] = by_hand


@pytest.mark.parametrize("metadata", [{}, {"plan": "gold"}, {"plan": "Pro"}])
def test_a_price_that_names_no_plan_keeps_the_last_one_and_dunning_goes_on(
    carol: Person, stripe_double: Double, metadata: dict[str, str]
) -> None:
    life = begun(carol, stripe_double)
    hand_made(life, metadata=metadata)
    life.emit("customer.subscription.updated", life.sub, int(time.time()))
    renewal_fails(life, days_ago=3)
    look(carol, life)
    with carol.acting():
        assert entitlements(carol.organization_id).fetch().plan.key == "pro"
        assert license_status().state == "grace"
        assert StripeSubscription.objects.get().plan_key == "pro"
    for again in range(2):
        look(carol, life)
        assert count(carol, "subscription.unknown_price") == 1, f"told once ({again})"


def test_a_new_subscription_whose_price_names_no_plan_begins_nothing_and_is_told(
    carol: Person, stripe_double: Double
) -> None:
    life = begun(carol, stripe_double)
    other = {**life.sub, "id": "sub_by_hand", "items": {"object": "list", "data": [dict(life.sub["items"]["data"][0])]}}
    other["items"]["data"][0]["price"] = {**price("pro", 1), "id": "price_x", "lookup_key": None, "metadata": {}}
    stripe_double.put("subscription", **{k: v for k, v in other.items() if k != "object"})
    with carol.acting(), pytest.raises(UnknownPlan, match="metadata `plan`"):
        sync_subscription("sub_by_hand")
    with carol.acting():
        assert not StripeSubscription.objects.filter(subscription_id="sub_by_hand").exists()


def test_a_subscription_that_bills_usage_only_fails_by_name(carol: Person, stripe_double: Double) -> None:
    life = begun(carol, stripe_double)
    life.sub["items"]["data"][0]["price"]["recurring"] = {"usage_type": "metered"}
    stripe_event = event("customer.subscription.updated", life.sub)
    assert deliver(stripe_event) == EventStatus.RECEIVED
    with tenancy.system():
        assert "paid ahead" in StripeEvent.objects.get(event_id=stripe_event["id"]).error


def test_another_product_on_the_same_stripe_account_is_ignored(carol: Person, stripe_double: Double) -> None:
    stripe_double.put("customer", id="cus_of_another_product", invoice_settings=None, metadata={})
    theirs = stripe_double.put("subscription", customer="cus_of_another_product", status="active")
    assert deliver(event("customer.subscription.updated", theirs)) == EventStatus.IGNORED
    ours = stripe_double.put("customer", metadata={"organization_id": str(carol.organization_id)})
    coming = stripe_double.put("subscription", customer=ours["id"], status="active")
    assert deliver(event("customer.subscription.updated", coming)) == EventStatus.RECEIVED, (
        "ours may still be on its way"
    )


def voided(double: Double) -> list[str]:
    """Return the ids of the bills that were voided, in their order."""
    return [path.split("/")[3] for _, path, _, _ in double.calls if path.endswith("/void")]


def test_giving_up_voids_the_open_bills_and_late_money_is_told_to_staff(carol: Person, stripe_double: Double) -> None:
    life = begun(carol, stripe_double, ago=100)
    bill = renewal_fails(life, days_ago=61)
    look(carol, life)

    def cancelled(path: str, params: Body) -> Body:
        life.sub.update(status="canceled", ended_at=int(time.time()))
        return life.sub

    stripe_double.on_delete[f"/v1/subscriptions/{life.sub['id']}"] = cancelled
    with carol.acting():
        assert overdue.end_unpaid()
        assert voided(stripe_double) == [bill["id"]]
        assert StripeSubscription.objects.get().open_invoice_id == ""
        assert overdue.void_bills_of_ended() == 0
    assert count(carol, "subscription.bills_voided") == 1

    bill["status"], bill["status_transitions"]["paid_at"] = "paid", int(time.time()) + 5
    deliver(paid_by_intent(life, bill, 14900)[1])
    with carol.acting():
        assert Payment.objects.get().tokens == 0
        assert entitlements(carol.organization_id).fetch().plan.key == "starter"
    assert count(carol, "payment.bought_nothing") == 1


def test_who_comes_back_pays_the_newest_month_only(carol: Person, stripe_double: Double) -> None:
    life = begun(carol, stripe_double, ago=70)
    older = renewal_fails(life, days_ago=40)
    newest = renewal_fails(life, days_ago=10)
    look(carol, life)
    paid: list[str] = []

    def pay(path: str, params: Body) -> Body:
        paid.append(path.split("/")[3])
        renewal_is_paid(life, newest)
        return newest

    for one in (older, newest):
        stripe_double.on_post[f"/v1/invoices/{one['id']}/pay"] = pay
    with carol.acting():
        before = StripeSubscription.objects.get()
        assert overdue.fix_payment(caller=carol.caller).paid
        assert (voided(stripe_double), paid) == ([older["id"]], [newest["id"]])
        assert StripeSubscription.objects.get().anchor_at == before.anchor_at
        assert position().available == 200
    assert count(carol, "subscription.bills_voided") == 1


def test_a_long_outage_is_caught_up_with_by_the_cursor(carol: Person, stripe_double: Double) -> None:
    from marketplace.models import EventCursor

    life = begun(carol, stripe_double)
    inbox.catch_up()
    with tenancy.system():
        EventCursor.objects.update(read_until=database_now() - timedelta(days=12))
    hand_made(life)
    lost = event("customer.subscription.updated", life.sub, created=int(time.time()) - 10 * 86_400)
    foreign = event("tax.settings.updated", {"object": "tax.settings", "id": "x"})
    stripe_double.objects.update({lost["id"]: lost, foreign["id"]: foreign})
    assert inbox.catch_up() == 1
    assert inbox.catch_up() == 0
    with tenancy.system():
        assert EventCursor.objects.get().read_until > database_now() - timedelta(minutes=5)
        assert not StripeEvent.objects.filter(event_id=foreign["id"]).exists()
