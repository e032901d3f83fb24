"""Stripe's test side, played by a double or by a contract server."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.urls import get_resolver

from marketplace.models import Customer
from marketplace.stripe import tasks
from marketplace.stripe.gateway import client as gateway_client
from tests.conftest import Person
from tests.marketplace.double import OLD_SECRET, SECRET, Double, card
from tests.stripe_contract import rules
from tests.stripe_contract.checker import checker


@pytest.fixture
def test_mode(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work as with Stripe's test keys; nobody wakes a worker, tests handle events themselves."""
    get_resolver().url_patterns  # noqa: B018 - loaded in the mode that the process started in, for all tests after this
    settings.BILLING_MODE = "test"
    settings.STRIPE_SECRET_KEY = "sk_test_double"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET, OLD_SECRET]
    monkeypatch.setattr(tasks, "wake", lambda event_pk: None)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


@pytest.fixture
def stripe_double(test_mode: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """A Stripe whose objects the test holds in its hands; at the end every call must keep the contract."""
    double = Double()
    monkeypatch.setattr(gateway_client, "_transport", lambda: double)
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *args, **kwargs: 0)
    yield double
    assert breaches(double) == []


def breaches(double: Double) -> list[str]:
    """Return how what was said to Stripe breaks the SDK's own contract."""
    contract, found = checker(), []
    for method, path, body, query, key in double.said:
        operation, params, errors = contract.request(method, path, body, query)
        found += [f"{method} {path}: {error}" for error in errors]
        if operation and not errors:
            broken = rules.breaches(operation.name, params, key=key, needs_own_key=True)
            found += [f"{method} {path}: {rule}" for rule in broken]
    return found


@pytest.fixture
def customer(alice: Person, stripe_double: Double) -> Customer:
    """Alice's organization, known to Stripe, with a saved card."""
    return known(alice, stripe_double)


def known(person: Person, double: Double, **values: Any) -> Customer:
    """Make the person's organization a customer with a saved card."""
    from marketplace.stripe.customers import refresh_card

    with person.acting():
        double.on_post["/v1/customers"] = lambda path, params: double.put(
            "customer", invoice_settings={"default_payment_method": None}, **values
        )
        from marketplace.stripe.customers import ensure_customer

        made = ensure_customer()
        double.put("payment_method", **card(str(made.customer_id)))
        return refresh_card()
