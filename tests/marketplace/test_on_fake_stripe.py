"""The core on the sandbox: the same actions, no double."""

from typing import Any

import pytest

from marketplace.models import OrderStatus
from marketplace.packs import checkouts, orders
from marketplace.stripe.gateway import client as gateway_client
from marketplace.subscriptions import changes
from tests.conftest import Person


@pytest.fixture(autouse=True)
def on_fake_stripe(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY = "sandbox", ""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


def test_pay_pages_open(alice: Person, business: Any) -> None:
    with alice.acting():
        order = orders.buy_pack(caller=alice.caller, pack_key="pack_500")
        assert order.status == OrderStatus.PENDING
        assert order.checkout_url
        assert checkouts.confirm_order(order.id).status == OrderStatus.PENDING
    carol = business("starter")
    with carol.acting():
        assert changes.subscribe(caller=carol.caller, plan_key="pro").url
