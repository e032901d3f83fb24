"""The SDK on the fake Stripe, with every call, answer and event checked against the SDK's own contract."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from marketplace.stripe import tasks
from marketplace.stripe.gateway import client as gateway_client
from tests.conftest import Person
from tests.fake_stripe.shop import Recorder, Shop, violations


@pytest.fixture(autouse=True)
def fake_stripe_mode(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use the fake Stripe, with a webhook secret of its own and without a broker."""
    monkeypatch.setattr(settings, "BILLING_MODE", "sandbox", raising=False)
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path_factory.getbasetemp())
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)


@pytest.fixture
def shop(alice: Person) -> Iterator[Shop]:
    """Alice's shop; at the end everything that was said must keep the contract."""
    made = Shop(alice, Recorder())
    yield made
    found = violations(made)
    assert not found, "\n".join(found[:20])


@pytest.fixture
def connected(
    business: Callable[..., Person],
    monkeypatch: pytest.MonkeyPatch,
    fake_stripe_mode: None,
) -> Iterator[Shop]:
    """An organization on the free plan whose Milepost talks to the fake Stripe."""
    recorder = Recorder()
    monkeypatch.setattr(gateway_client, "_transport", lambda: recorder)
    monkeypatch.setattr(tasks, "wake", lambda event_pk: None)
    gateway_client.client.cache_clear()
    yield Shop(business("starter"), recorder)
    gateway_client.client.cache_clear()


@pytest.fixture
def opened(connected: Shop) -> Iterator[Shop]:
    """The same; at the end everything that was said must keep the contract."""
    yield connected
    assert not violations(connected)
