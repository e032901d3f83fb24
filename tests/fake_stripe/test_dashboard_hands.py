"""A billing cycle that is reset, a trial, a deleted customer: done at the fake Stripe, followed by Milepost."""

from datetime import timedelta

import pytest

from licensing.queries import license_status
from marketplace.models import Customer, StripeSubscription
from plans.actions import refresh_due
from plans.queries import entitlements
from saas.kernel.clock import database_now
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tests.notifications.recorded import events_after
from tokens.queries import position

pytestmark = pytest.mark.own_database


def known(shop: Shop) -> str:
    with shop.owner.acting():
        return str(StripeSubscription.objects.get(ended_at=None).subscription_id)


def available(shop: Shop) -> int:
    refresh_due()
    deliver(shop)
    with shop.owner.acting():
        return position().available


def kinds(shop: Shop) -> list[str]:
    return [each.kind for each in events_after(0, shop.owner.organization_id)]


def test_each_paid_month_brings_its_tokens_after_the_cycle_was_reset(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    shop.wait(days=10)
    changes = {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    shop.v1.subscriptions.update(known(shop), changes)
    assert available(shop) == 400
    shop.wait(days=25)
    assert available(shop) == 200, "the first month is over"
    shop.wait(days=7)
    assert available(shop) == 200, "the third one"
    assert kinds(shop).count("subscription.months_moved") == 1


def test_a_trial_brings_nothing_until_it_is_paid(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    shop.wait(days=29)
    with shop.owner.acting():
        end = int((database_now() + timedelta(days=14)).timestamp())
    shop.v1.subscriptions.update(known(shop), {"trial_end": end, "proration_behavior": "none"})
    deliver(shop)
    shop.wait(days=5)
    assert available(shop) == 0, "what was paid is over, and the trial brings nothing"
    assert kinds(shop).count("subscription.held_back") == 1
    shop.wait(days=10)
    assert available(shop) == 200
    with shop.owner.acting():
        assert license_status().state == "active"


def test_a_deleted_customer_can_pay_again(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        first = str(Customer.objects.get().customer_id)
    shop.v1.customers.delete(first)
    deliver(shop)
    with shop.owner.acting():
        assert entitlements(shop.owner.organization_id).fetch().plan.key == "starter"
        assert (Customer.objects.get().customer_id, Customer.objects.get().former_ids) == (None, [first])
    subscribe(shop, "pro")
    with shop.owner.acting():
        assert entitlements(shop.owner.organization_id).fetch().plan.key == "pro"
        assert Customer.objects.get().customer_id not in (None, first)
    assert kinds(shop).count("customer.deleted") == 1
