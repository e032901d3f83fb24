"""Milepost's own money code on the sandbox: the very code that talks to Stripe, events and all."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from licensing.queries import standing
from marketplace import actions as money
from marketplace import inbox, tasks
from marketplace.gateway import client as gateway_client
from marketplace.models import Order, PaidSubscription, Payment
from marketplace.sandbox import delivery
from marketplace.sandbox.engine import cards
from plans.queries import entitlements
from tests.conftest import Person
from tests.marketplace.sandbox import contract
from tests.marketplace.sandbox.shop import Recorder, Shop, violations
from tests.marketplace.sandbox.test_delivery import mine
from tokens.queries import entries, position


@pytest.fixture
def opened(
    business: Callable[..., Person],
    monkeypatch: pytest.MonkeyPatch,
    sandbox_mode: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """An organization on the free plan whose Milepost speaks to the sandbox."""
    recorder = Recorder()
    monkeypatch.setattr(gateway_client, "_transport", lambda: recorder)
    monkeypatch.setattr(tasks, "wake", lambda event_pk: None)
    gateway_client.client.cache_clear()
    made = Shop(business("starter"), recorder)
    yield made
    gateway_client.client.cache_clear()
    if contract.folder():
        assert not violations(made, str(tmp_path_factory.getbasetemp()))


def deliver(shop: Shop) -> None:
    """Deliver every event to the webhook address and have it handled."""

    web = Client()

    def post(body: bytes, signature: str) -> int:
        headers = {"Stripe-Signature": signature}
        return int(web.post("/webhooks/stripe", body, "application/json", headers=headers).status_code)

    while waiting := mine(shop):
        for id in waiting:
            assert delivery.deliver(id, post)
        inbox.work(events=1000)


def subscribe(shop: Shop, plan: str) -> None:
    """Choose a plan and pay for it."""
    with shop.owner.acting():
        outcome = money.subscribe(caller=shop.owner.caller, plan_key=plan)
    assert "/sandbox/checkout/cs_sandbox_" in outcome.url
    shop.pay(shop.v1.checkout.sessions.retrieve(outcome.url.rpartition("/")[2]))
    deliver(shop)


def test_subscribe_buy_fall_behind_and_recover(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        assert entitlements(owner.organization_id).ask().plan.key == "pro"
        assert position().available == 200
        order = money.buy_pack(caller=owner.caller, pack_key="pack_500")
    deliver(shop)
    with owner.acting():
        assert Order.objects.get(id=order.id).status == "paid"
        assert position().available == 700
        sub = shop.v1.subscriptions.retrieve(PaidSubscription.objects.get().subscription_id)

    shop.act("payment_method", sub.default_payment_method, cards.set_behaviour, behaviour="declines")
    shop.wait(days=31)
    deliver(shop)
    with owner.acting():
        assert standing().state == "grace"
    shop.wait(days=14)
    deliver(shop)
    with owner.acting():
        assert standing().state == "offline"
    shop.act("payment_method", sub.default_payment_method, cards.set_behaviour, behaviour="works")
    with owner.acting():
        assert money.fix_payment(caller=owner.caller).paid
    deliver(shop)
    with owner.acting():
        assert standing().state == "active"
        assert position().available == 700


def test_upgrade_downgrade_and_cancel(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        preview = money.preview(caller=owner.caller, plan_key="enterprise")
        assert money.change_plan(caller=owner.caller, plan_key="enterprise", at=preview.at).status == "applied"
    deliver(shop)
    with owner.acting():
        assert entitlements(owner.organization_id).ask().plan.key == "enterprise"
        assert position().available == 200 + preview.change.tokens_now
        assert money.change_plan(caller=owner.caller, plan_key="pro").status == "scheduled"
    deliver(shop)
    shop.wait(days=31)
    deliver(shop)
    with owner.acting():
        assert entitlements(owner.organization_id).ask().plan.key == "pro"
        assert position().available == 200
        money.cancel(caller=owner.caller)
    deliver(shop)
    shop.wait(days=31)
    deliver(shop)
    with owner.acting():
        assert entitlements(owner.organization_id).ask().plan.key == "starter"


def test_several_renewals_at_once_grant_the_present_month_only(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    shop.wait(days=100)
    deliver(shop)
    with owner.acting():
        assert standing().state == "active"
        assert position().available == 200
        assert Payment.objects.count() == 4, "each month is paid"
        grants = [entry.tokens for entry in entries() if entry.kind == "grant"]
        assert grants == [200, 200], "months that ended meanwhile are not made up for"
