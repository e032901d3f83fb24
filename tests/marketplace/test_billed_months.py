"""The months follow the bills: moved cycles, trials, bills that nobody pays, and customers deleted at Stripe."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from licensing.queries import license_status
from marketplace.models import Customer, EventStatus, Payment, StripeEvent, StripeSubscription
from marketplace.stripe import gateway, inbox, reconciliation
from marketplace.stripe.customers import ensure_customer
from marketplace.subscriptions import changes
from marketplace.subscriptions.sync import sync_subscription
from plans.actions import allowance_key, refresh
from plans.models import Subscription
from plans.periods import period_at
from plans.queries import entitlements
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict
from tests.conftest import Person
from tests.marketplace.double import MONTH, Body, Double, event, invoice, price
from tests.marketplace.life import DAY, Life, deliver, open_life, paid_by_intent
from tests.notifications.recorded import events_after, require_declared
from tokens.models import Bucket
from tokens.queries import balance, position
from tokens.verification import verify as verify_ledger

pytestmark = pytest.mark.own_database


@pytest.fixture
def carol(business: Any) -> Person:
    """The owner of an organization on the free plan."""
    made: Person = business("starter")
    return made


def look(person: Person, life: Life) -> int:
    """Have Milepost ask Stripe how the subscription stands, and run its job; return what can be spent."""
    with person.acting():
        sync_subscription(life.sub["id"])
        for present in Subscription.objects.filter(ended_at=None):
            refresh(subscription=present, now=database_now())
        assert verify_ledger().breaches == 0
        return position().available


def recorded(person: Person, kind: str) -> list[dict[str, Any]]:
    found = [each for each in events_after(0, person.organization_id) if each.kind == kind]
    require_declared(found)
    return [each.data for each in found]


def whole(bill: Body) -> Body:
    """Make a bill's plan line one for a whole month, as where the cycle begins anew."""
    bill["lines"]["data"][-1]["parent"] = {"subscription_item_details": {"proration": False}}
    return bill


def period(life: Life, start: int, end: int) -> None:
    life.sub["items"]["data"][0].update(current_period_start=start, current_period_end=end)


def ago(days: int) -> int:
    return int(time.time()) - days * DAY


def reset_cycle(life: Life, at: int) -> Body:
    """Reset the billing cycle in the dashboard: a new month is billed and paid at once."""
    life.sub["billing_cycle_anchor"] = at
    period(life, at, at + MONTH)
    return whole(life.bill(reason="subscription_update", status="paid", at=at))


def test_a_cycle_that_is_reset_brings_the_month_that_it_bills(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=15)
    assert look(carol, life) == 200
    at = ago(5)
    bill = reset_cycle(life, at)
    for _ in range(2):
        assert look(carol, life) == 400, "two months are paid"
    with carol.acting():
        present = Subscription.objects.get(ended_at=None)
        assert int(present.anchor_at.timestamp()) == at
    [moved] = recorded(carol, "subscription.months_moved")
    assert datetime.fromisoformat(moved["to"]) == datetime.fromtimestamp(at, UTC)
    paid, link = paid_by_intent(life, bill, 14900)
    deliver(link)
    with carol.acting():
        key = allowance_key(present.id, period_at(present.anchor_at, database_now()))
        assert (Payment.objects.get().business_key, Payment.objects.get().tokens) == (key, 200)
    stripe_double.put("refund", payment_intent=paid["id"], amount=14900, status="succeeded")
    deliver(event("charge.refunded", {"object": "charge", "id": "ch_1", "payment_intent": paid["id"]}))
    assert look(carol, life) == 200, "the refund takes the month that was refunded"


def test_a_payment_heard_of_before_its_new_months_waits_for_them(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=15)
    look(carol, life)
    first = next(o for o in stripe_double.objects.values() if o.get("billing_reason") == "subscription_create")
    deliver(paid_by_intent(life, first, 14900)[1])
    paid, link = paid_by_intent(life, reset_cycle(life, ago(5)), 14900)
    assert deliver(link) == EventStatus.RECEIVED, "the subscription is not followed yet"
    with carol.acting():
        assert Payment.objects.count() == 1
    assert look(carol, life) == 400
    with tenancy.system():
        waiting = StripeEvent.objects.get(event_id=link["id"])
    assert inbox.handle(waiting.id) == EventStatus.DONE
    with carol.acting():
        assert len(set(Payment.objects.values_list("business_key", flat=True))) == 2
    stripe_double.put("refund", payment_intent=paid["id"], amount=14900, status="succeeded")
    deliver(event("charge.refunded", {"object": "charge", "id": "ch_1", "payment_intent": paid["id"]}))
    assert look(carol, life) == 200, "each refund takes its own month"


def test_a_late_payment_for_a_month_before_the_reset_is_that_months(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=15)
    look(carol, life)
    first = next(o for o in stripe_double.objects.values() if o.get("billing_reason") == "subscription_create")
    with carol.acting():
        before = Subscription.objects.get(ended_at=None)
        key = allowance_key(before.id, period_at(before.anchor_at, before.anchor_at))
    reset_cycle(life, ago(5))
    look(carol, life)
    deliver(paid_by_intent(life, first, 14900)[1])
    with carol.acting():
        assert Payment.objects.get().business_key == key


def test_a_trial_set_at_stripe_brings_no_tokens_until_it_is_paid_and_staff_know(
    carol: Person, stripe_double: Double
) -> None:
    life = open_life(carol, stripe_double, ago=4)
    start, end = ago(4), ago(-10)
    life.sub.update(status="trialing", billing_cycle_anchor=end)
    period(life, start, end)
    for _ in range(2):
        assert look(carol, life) == 0
    with carol.acting():
        assert entitlements(carol.organization_id).fetch().plan.key == "pro"
        assert license_status().state == "active"
    assert [each["why"] for each in recorded(carol, "subscription.held_back")] == ["trial"]

    now = int(time.time())  # its end, as it comes about
    life.sub.update(status="active", billing_cycle_anchor=now)
    period(life, now, now + MONTH)
    life.bill(reason="subscription_cycle", status="paid", at=now)
    for _ in range(2):
        assert look(carol, life) == 200
    with carol.acting():
        [bucket] = balance().buckets
        assert bucket.expires_at is not None and bucket.expires_at > database_now() + timedelta(days=27)


@pytest.mark.parametrize(("status", "why"), [("void", "bill_voided"), ("uncollectible", "bill_written_off")])
def test_a_month_whose_bill_nobody_pays_brings_nothing(
    carol: Person, stripe_double: Double, status: str, why: str
) -> None:
    life = open_life(carol, stripe_double, ago=45)
    start = life.sub["billing_cycle_anchor"]
    second = int(period_at(datetime.fromtimestamp(start, UTC), datetime.now(UTC)).starts_at.timestamp())
    period(life, second, second + MONTH)
    life.sub["latest_invoice"] = life.bill(reason="subscription_cycle", status=status, at=second)
    for _ in range(2):
        assert look(carol, life) == 0
    assert [each["why"] for each in recorded(carol, "subscription.held_back")] == [why]
    with carol.acting():
        assert license_status().state == "active"
    paid = life.bill(reason="subscription_cycle", status="paid", at=second)
    life.sub["latest_invoice"] = paid
    assert look(carol, life) == 200, "paid after all"


def test_an_upgrade_that_is_paid_does_not_bring_the_month_whose_bill_is_void(
    carol: Person, stripe_double: Double
) -> None:
    life = open_life(carol, stripe_double, ago=45)
    start = life.sub["billing_cycle_anchor"]
    second = int(period_at(datetime.fromtimestamp(start, UTC), datetime.now(UTC)).starts_at.timestamp())
    period(life, second, second + MONTH)
    life.sub["latest_invoice"] = life.bill(reason="subscription_cycle", status="void", at=second)
    assert look(carol, life) == 0
    life.sub["items"]["data"][0]["price"] = price("enterprise", 0)
    change = {"reason": "subscription_update", "plan": "enterprise", "instead_of": "pro"}
    paid = invoice(life.sub["id"], life.customer_id, status="paid", at=int(time.time()), **change)
    life.sub["latest_invoice"] = stripe_double.put("invoice", **paid)
    for _ in range(2):
        look(carol, life)
    with carol.acting():
        keys = list(Bucket.objects.filter(expired_at=None).values_list("business_key", flat=True))
        assert [key.partition(":")[0] for key in keys] == ["upgrade"], "what was paid came, and no more"
        assert StripeSubscription.objects.get().held_back == "bill_voided"


def test_a_void_bill_of_months_that_begin_anew_brings_nothing(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=15)
    assert look(carol, life) == 200
    life.sub["latest_invoice"] = bill = reset_cycle(life, ago(5))
    bill["status"] = "void"
    for _ in range(2):
        assert look(carol, life) == 200, "what was paid"
    assert [each["why"] for each in recorded(carol, "subscription.held_back")] == ["bill_voided"]


def test_an_upgrade_on_trial_brings_no_tokens_and_is_refused_here(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=4)
    start, end = ago(4), ago(-10)
    life.sub.update(status="trialing", billing_cycle_anchor=end)
    period(life, start, end)
    assert look(carol, life) == 0
    with carol.acting():
        for change in (changes.preview, changes.change_plan):
            with pytest.raises(Conflict, match="on trial"):
                change(caller=carol.caller, plan_key="enterprise")
    life.sub["items"]["data"][0]["price"] = price("enterprise", 0)  # in the dashboard
    for _ in range(2):
        assert look(carol, life) == 0
    with carol.acting():
        assert entitlements(carol.organization_id).fetch().plan.key == "enterprise"


def test_a_bill_that_cannot_be_final_is_told_and_brings_no_further_month(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=45)
    start = life.sub["billing_cycle_anchor"]
    second = int(period_at(datetime.fromtimestamp(start, UTC), datetime.now(UTC)).starts_at.timestamp())
    period(life, second, second + MONTH)
    draft = life.bill(reason="subscription_cycle", status="draft", at=second)
    draft |= {"auto_advance": True, "last_finalization_error": {"code": "customer_tax_location_invalid"}}
    life.sub["latest_invoice"] = draft
    stripe_double.objects[draft["id"]].update(draft)
    for _ in range(2):
        assert look(carol, life) == 0
    [alert] = recorded(carol, "subscription.held_back")
    assert (alert["why"], alert["bill"]) == ("bill_not_final", draft["id"])
    next_one = life.bill(reason="subscription_cycle", status="draft", at=int(time.time()))
    life.sub["latest_invoice"] = {**next_one, "auto_advance": True}
    assert look(carol, life) == 0, "a newer bill that may still be final does not hide the older one"
    draft.update(status="paid", last_finalization_error=None)
    stripe_double.objects[draft["id"]].update(draft)
    assert look(carol, life) == 200
    assert len(recorded(carol, "subscription.held_back")) == 1


def test_more_than_one_plan_billed_is_told_to_staff_once(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, ago=3)
    look(carol, life)
    item = life.sub["items"]["data"][0]
    item["price"]["unit_amount"] = 14900
    item["quantity"] = 3
    for _ in range(2):
        assert look(carol, life) == 200
    assert [each["quantity"] for each in recorded(carol, "subscription.quantity_changed")] == [3]
    with carol.acting():
        assert StripeSubscription.objects.get().billed_cents == 3 * 14900


def delete_customer(life: Life) -> Body:
    """Delete the customer in the dashboard: Stripe cancels what it had."""
    life.sub.update(status="canceled", ended_at=int(time.time()))
    gone = {"id": life.customer_id, "object": "customer", "deleted": True, "created": 1}
    life.double.objects[life.customer_id] = gone
    return gone


@pytest.mark.parametrize("by", ["event", "comparison"])
def test_a_deleted_customer_loses_the_plan_and_can_pay_again(carol: Person, stripe_double: Double, by: str) -> None:
    life = open_life(carol, stripe_double, ago=3)
    look(carol, life)
    gone = delete_customer(life)
    if by == "event":
        deliver(event("customer.deleted", {**gone}))
        deliver(event("customer.subscription.deleted", life.sub))
    else:
        with carol.acting():
            reconciliation.reconcile_organization()
    with carol.acting():
        assert entitlements(carol.organization_id).fetch().plan.key == "starter"
        known = Customer.objects.get()
        assert (known.customer_id, known.card_last4, known.former_ids) == (None, "", [life.customer_id])
        assert StripeSubscription.objects.get().ended_at is not None
        again = ensure_customer()
        assert again.customer_id not in (None, life.customer_id)
    keys = [key for _, key in stripe_double.asked("post", "/v1/customers")]
    assert keys[-1].endswith(":1") and len(set(keys)) == len(keys)
    assert len(recorded(carol, "customer.deleted")) == 1


def test_a_smaller_plan_keeps_quantity_coupon_and_tax_rates(carol: Person, stripe_double: Double) -> None:
    life = open_life(carol, stripe_double, "enterprise", ago=3)
    look(carol, life)
    item = life.sub["items"]["data"][0]
    item["price"]["unit_amount"] = 39900
    item["quantity"] = 3
    asked: list[Body] = []
    phase = {"discounts": [{"discount": "di_1"}], "default_tax_rates": [{"id": "txr_1", "object": "tax_rate"}]}

    def schedule(path: str, params: Body) -> Body:
        return stripe_double.put("subscription_schedule", id="sub_sched_1", phases=[phase])

    def phases(path: str, params: Body) -> Body:
        asked.append(params)
        return stripe_double.objects["sub_sched_1"]

    stripe_double.on_post |= {
        "/v1/subscription_schedules": schedule,
        "/v1/subscription_schedules/sub_sched_1": phases,
    }
    with carol.acting():
        snapshot = gateway.subscription(life.sub["id"])
        gateway.downgrade_later(snapshot=snapshot, price_id="price_pro_14900", key="k")
    [params] = asked
    for n in (0, 1):
        assert params[f"phases[{n}][items][0][quantity]"] == "3"
        assert params[f"phases[{n}][discounts][0][discount]"] == "di_1"
        assert params[f"phases[{n}][default_tax_rates][0]"] == "txr_1"
