"""Milepost's own billing code on the fake Stripe, with its events."""

from decimal import Decimal

import pytest

from fake_stripe.engine import cards, payments
from licensing.queries import license_status
from marketplace.models import EventStatus, PackOrder, Payment, StripeEvent, StripeSubscription, TopUp
from marketplace.packs import orders, topup
from marketplace.stripe import inbox
from marketplace.stripe.handlers import HANDLERS
from marketplace.subscriptions import changes, overdue
from plans.queries import entitlements
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tokens.queries import entries, position

pytestmark = [pytest.mark.slow, pytest.mark.own_database]


def test_subscribe_buy_fall_behind_and_recover(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        assert entitlements(owner.organization_id).fetch().plan.key == "pro"
        assert position().available == 200
        order = orders.buy_pack(caller=owner.caller, pack_key="pack_500")
    deliver(shop)
    with owner.acting():
        assert PackOrder.objects.get(id=order.id).status == "paid"
        assert position().available == 700
        sub = shop.v1.subscriptions.retrieve(StripeSubscription.objects.get().subscription_id)

    shop.act("payment_method", sub.default_payment_method, cards.set_behaviour, behaviour="declines")
    shop.wait(days=31)
    deliver(shop)
    with owner.acting():
        assert license_status().state == "grace"
    shop.wait(days=14)
    deliver(shop)
    with owner.acting():
        assert license_status().state == "offline"
    shop.act("payment_method", sub.default_payment_method, cards.set_behaviour, behaviour="works")
    with owner.acting():
        assert overdue.fix_payment(caller=owner.caller).paid
    deliver(shop)
    with owner.acting():
        assert license_status().state == "active"
        assert position().available == 700


def test_upgrade_downgrade_and_cancel(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        preview = changes.preview(caller=owner.caller, plan_key="enterprise")
        assert changes.change_plan(caller=owner.caller, plan_key="enterprise", at=preview.at).status == "applied"
    deliver(shop)
    with owner.acting():
        assert entitlements(owner.organization_id).fetch().plan.key == "enterprise"
        assert position().available == 200 + preview.change.tokens_now
        assert changes.change_plan(caller=owner.caller, plan_key="pro").status == "scheduled"
    deliver(shop)
    shop.wait(days=31)
    deliver(shop)
    with owner.acting():
        assert entitlements(owner.organization_id).fetch().plan.key == "pro"
        assert position().available == 200
        changes.cancel(caller=owner.caller)
    deliver(shop)
    shop.wait(days=31)
    deliver(shop)
    with owner.acting():
        assert entitlements(owner.organization_id).fetch().plan.key == "starter"


def test_several_renewals_at_once_grant_the_present_month_only(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    shop.wait(days=100)
    deliver(shop)
    with owner.acting():
        assert license_status().state == "active"
        assert position().available == 200
        assert Payment.objects.count() == 4, "each month is paid"
        grants = [entry.tokens for entry in entries() if entry.kind == "grant"]
        assert grants == [200, 200], "months that ended meanwhile are not made up for"


def test_whatever_the_webhook_lost_is_caught_up_with(opened: Shop) -> None:
    """Subscribe, buy and refund with no event arriving at all: the catch-up alone brings everything."""
    shop, owner = opened, opened.owner
    with owner.acting():
        outcome = changes.subscribe(caller=owner.caller, plan_key="pro")
    shop.pay(shop.v1.checkout.sessions.retrieve(outcome.url.rpartition("/")[2]))
    with owner.acting():
        assert position().available == 0
    catch_up_alone()
    with owner.acting():
        assert position().available == 200
        order = orders.buy_pack(caller=owner.caller, pack_key="pack_500")
        intent = Payment.objects.get(order_id=order.id).payment_intent_id
    shop.v1.refunds.create({"payment_intent": intent, "amount": 2900})
    shop.wait(days=31)
    catch_up_alone()
    with owner.acting():
        assert Payment.objects.get(order_id=order.id).reversed_cents == 2900
        assert position().available == 200


def catch_up_alone() -> None:
    """Store what Stripe lists, and handle it; what has to wait for another event is tried again."""
    assert inbox.catch_up() > 0
    for _ in range(3):
        with tenancy.system():
            StripeEvent.objects.filter(status=EventStatus.RECEIVED).update(retry_at=database_now())
        inbox.work(events=1000)


def test_a_warning_of_fraud_stops_what_buys_by_itself(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        topup.set_topup(
            caller=owner.caller, enabled=True, pack_key="pack_500", below_tokens=1, monthly_cap=Decimal(100)
        )
        orders.buy_pack(caller=owner.caller, pack_key="pack_500")
        charge_id = Payment.objects.get(order__isnull=False).charge_id
    shop.act("charge", charge_id, payments.warn_of_fraud)
    deliver(shop)
    with owner.acting():
        stopped = TopUp.objects.get()
        assert (stopped.enabled, stopped.stopped_reason) == (False, "A bank warned of fraud.")
        assert position().available == 700


def test_what_every_event_is_about_is_applied_by_somebody() -> None:
    assert [name for name, handler in HANDLERS.items() if not handler.kind.appliers] == []
