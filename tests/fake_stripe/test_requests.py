"""Keys, versions and parameters that the fake Stripe accepts, and what it does not support."""

from typing import Any

import pytest
import stripe
from django.conf import settings
from django.db import transaction

from fake_stripe import actions, delivery, tasks
from fake_stripe.mode import FakeStripeDisabled, webhook_secret
from fake_stripe.models import FakeAnswer, FakeDelivery, FakeEvent, FakeObject
from fake_stripe.routes.registry import ROUTES
from fake_stripe.transport import FakeTransport
from fake_stripe.wire import parameters_of
from saas.kernel.transactions import OpenTransaction
from tests.conftest import Person
from tests.fake_stripe.shop import Shop

pytestmark = [pytest.mark.fast, pytest.mark.own_database]


@pytest.mark.parametrize("mode", ["test", "live", ""])
def test_nothing_works_unless_the_mode_is_sandbox(
    shop: Shop, alice: Person, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = shop.customer()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(settings, "BILLING_MODE", mode)
        for attempt in (
            lambda: shop.v1.customers.retrieve(customer.id),
            webhook_secret,
            delivery.due,
            actions.organizations_with_something_due,
            lambda: actions.pass_time(alice.organization_id),
            lambda: delivery.release(alice.organization_id),
        ):
            with pytest.raises(FakeStripeDisabled):
                attempt()
        assert tasks.tick() == 0


def test_a_call_inside_a_transaction_is_refused_like_the_network_would_suffer(shop: Shop) -> None:
    with transaction.atomic(), pytest.raises(OpenTransaction):
        shop.v1.customers.retrieve("cus_x")


def test_live_keys_and_other_versions_are_refused() -> None:
    live = stripe.StripeClient("sk_live_x", http_client=FakeTransport())
    with pytest.raises(stripe.AuthenticationError):
        live.v1.customers.retrieve("cus_x")
    old = stripe.StripeClient("sandbox", http_client=FakeTransport(), stripe_version="2024-06-20")
    with pytest.raises(stripe.InvalidRequestError, match="API version"):
        old.v1.customers.retrieve("cus_x")


def test_what_is_not_there_is_a_404_in_stripes_words(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as caught:
        shop.v1.customers.retrieve("cus_sandbox_none")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "id")
    with pytest.raises(stripe.InvalidRequestError, match="not in the sandbox") as caught:
        shop.v1.coupons.list()
    assert (caught.value.http_status, caught.value.code) == (404, "not_in_sandbox")


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 2900}, "parameter_missing", "currency"),
        ({"amount": "many", "currency": "usd"}, "parameter_invalid", "amount"),
        ({"amount": 2900, "currency": "usd", "payment_method_types": ["card"]}, "parameter_unknown", None),
        ({"amount": 2900, "currency": "usd", "transfer_group": "x"}, "not_in_sandbox", None),
        ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
        (
            {"amount": 2900, "currency": "usd", "automatic_payment_methods": {"enabled": True, "x": 1}},
            "parameter_unknown",
            "automatic_payment_methods.x",
        ),
    ],
)
def test_wrong_parameters_are_refused(shop: Shop, params: dict[str, Any], code: str, param: str | None) -> None:
    with shop.owner.acting(), pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.payment_intents.create(params)
    assert caught.value.code == code and (param is None or caught.value.param == param)


def test_a_malformed_call_does_not_use_its_key_up(shop: Shop) -> None:
    key = {"idempotency_key": f"c:{shop.owner.organization_id}"}
    with shop.owner.acting():
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.customers.create({"nonsense": 1}, key)
        assert shop.v1.customers.create({"name": "Juniper"}, key).name == "Juniper"


def test_every_endpoint_takes_only_what_the_sdk_has() -> None:
    for route in ROUTES:
        known = set(parameters_of(route.declared)) | {"expand"}
        assert route.takes <= known, (route.path, route.takes - known)


def test_lists_are_paged_filtered_and_expanded(shop: Shop) -> None:
    customer = shop.customer()
    made = [shop.session(customer, "payment").id for _ in range(5)]
    listed = shop.v1.checkout.sessions.list({"customer": customer.id, "limit": 2, "expand": ["data.customer"]})
    assert [session.id for session in listed.data] == made[:2:-1] and listed.has_more
    assert listed.data[0].customer.id == customer.id
    assert [session.id for session in listed.auto_paging_iter()] == made[::-1]
    assert not shop.v1.checkout.sessions.list({"customer": customer.id, "created": {"gt": 2**33}}).data


def test_metadata_merges_and_empty_values_remove(shop: Shop) -> None:
    customer = shop.customer(metadata={"a": "1", "b": "2"})
    shop.v1.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    assert shop.v1.customers.retrieve(customer.id).metadata.to_dict() == {"b": "2", "c": "3"}


def test_the_portal_needs_a_configuration(shop: Shop) -> None:
    customer = shop.customer()
    features = {
        "payment_method_update": {"enabled": True},
        "invoice_history": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
    }
    made = shop.v1.billing_portal.configurations.create({"features": features})
    assert made.features.subscription_cancel.mode == "at_period_end" and not made.features.subscription_update.enabled
    session = shop.v1.billing_portal.sessions.create(
        {"customer": customer.id, "configuration": made.id, "flow_data": {"type": "payment_method_update"}}
    )
    assert "/sandbox/portal/" in session.url


def test_an_endpoint_is_registered_with_this_installations_secret(shop: Shop) -> None:
    made = shop.v1.webhook_endpoints.create(
        {"url": "https://x.example/webhooks/stripe", "enabled_events": ["*"], "api_version": "2026-10-28.endive"}
    )
    assert made.secret == webhook_secret()
    assert shop.v1.webhook_endpoints.delete(made.id).deleted


def test_what_is_kept_is_only_its_organizations(shop: Shop, mallory: Person) -> None:
    sub = shop.subscription(shop.customer())
    with mallory.acting():
        for model in (FakeObject, FakeEvent, FakeDelivery, FakeAnswer):
            assert not model._default_manager.exists()
            assert not model._base_manager.exists()
        assert shop.v1.subscriptions.retrieve(sub.id).id == sub.id  # Stripe itself knows every customer
    with shop.owner.acting():
        assert FakeObject.objects.filter(stripe_id=sub.id).exists()
