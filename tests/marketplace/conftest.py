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
from tests.fake_stripe import contract
from tests.marketplace.double import OLD_SECRET, SECRET, Double, card


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
def stripe_double(
    test_mode: None, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Double]:
    """A Stripe whose objects the test holds in its hands; at the end every call must keep the contract."""
    double = Double()
    monkeypatch.setattr(gateway_client, "_transport", lambda: double)
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *args, **kwargs: 0)
    yield double
    if contract.folder():
        assert breaches(double, str(tmp_path_factory.getbasetemp())) == []


def breaches(double: Double, cache: str) -> list[str]:
    """Return how what was said to Stripe breaks the SDK's own contract."""
    spec, rules = contract.checker(cache)
    found = []
    for method, path, body, query, key in double.said:
        _, operation, params, errors = spec.check_request(method, path, body, query)
        found += [f"{method} {path}: {error}" for error in errors]
        if operation and not errors:
            found += [f"{method} {path}: {e}" for e in rules.check(operation["operationId"], params, key, True)]
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
