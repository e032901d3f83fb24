"""The webhook endpoint at Stripe: made once, with exactly the handled events; its secret replaced without a gap."""

import json
import subprocess
import sys
from decimal import Decimal
from io import StringIO
from os import environ
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from marketplace.stripe import gateway, webhook_registration
from marketplace.stripe.gateway import client as gateway_client
from marketplace.stripe.gateway import configurations
from marketplace.stripe.handlers import HANDLERS
from saas.kernel.errors import Conflict
from tests.conftest import Person
from tests.fake_stripe.conftest import fake_stripe_mode as fake_stripe_mode
from tests.fake_stripe.conftest import shop as shop
from tests.fake_stripe.shop import Shop
from tests.marketplace.double import VERSION, Body, Double

SECRET = "whsec_of_the_new_endpoint"


@pytest.fixture
def url() -> str:
    return f"https://milepost.example/{uuid4()}/webhooks/stripe"


@pytest.fixture
def on_fake_stripe(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is said is recorded, and must keep the SDK's contract."""
    monkeypatch.setattr(gateway_client, "_transport", lambda: shop.recorder)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


@pytest.mark.usefixtures("on_fake_stripe")
def test_it_is_made_once_and_kept_up_to_date(url: str, shop: Shop) -> None:
    made, done = webhook_registration.ensure(url)
    assert (done, made.url, made.api_version, made.events) == ("made", url, VERSION, frozenset(HANDLERS))
    assert made.secret.startswith("whsec_")
    assert webhook_registration.ensure(url)[1] == "unchanged"
    assert webhook_registration.ensure(url)[0].secret == ""
    shop.v1.webhook_endpoints.update(made.endpoint_id, {"enabled_events": ["charge.refunded"], "disabled": True})
    assert webhook_registration.ensure(url)[1] == "updated"
    [found] = gateway.endpoints_at(url)
    assert (found.endpoint_id, found.events, found.enabled) == (made.endpoint_id, frozenset(HANDLERS), True)


def done() -> list[str]:
    return [what for _, what in webhook_registration.ensure_pages().values()]


@pytest.mark.usefixtures("on_fake_stripe")
def test_the_pages_are_set_up_once_and_what_a_release_or_a_hand_changed_is_brought_up_to_date(shop: Shop) -> None:
    pages = webhook_registration.ensure_pages()
    assert done() == ["unchanged", "unchanged"]
    methods, portal = pages["ways to pay"][0], pages["customer portal"][0]
    assert configurations.methods() == methods and configurations.portal() == portal
    offered = shop.v1.payment_method_configurations.list().data[0]
    assert [getattr(offered, kind).display_preference.value for kind in ("card", "link", "klarna")] == [
        "on",
        "on",
        "off",
    ]
    shop.v1.payment_method_configurations.update(methods, {"klarna": {"display_preference": {"preference": "on"}}})
    shop.v1.billing_portal.configurations.update(portal, {"features": {"invoice_history": {"enabled": False}}})
    older = shop.v1.billing_portal.configurations.create(
        {"features": {"payment_method_update": {"enabled": True}}, "metadata": {"milepost": "1"}}
    )
    assert done() == ["updated", "updated"]
    assert done() == ["unchanged", "unchanged"]
    listed = {one.id: one.active for one in shop.v1.billing_portal.configurations.list({"limit": 100}).data}
    assert (listed[portal], listed[older.id]) == (True, False)
    updated = shop.v1.billing_portal.configurations.list({"active": True}).data
    features = next(one for one in updated if one.id == portal).features
    assert features.invoice_history.enabled and features.payment_method_update.payment_method_configuration == methods
    assert "name" in features.customer_update.allowed_updates


@pytest.mark.usefixtures("on_fake_stripe")
def test_plans_made_before_say_on_a_statement_which_they_are(shop: Shop) -> None:
    plan = gateway.PlanPrice("pro", "Pro", Decimal(149))
    price = shop.v1.prices.retrieve(gateway.ensure_price(plan))
    shop.v1.products.update(price.product, {"statement_descriptor": ""})
    assert (gateway.name_on_statements([plan]), gateway.name_on_statements([plan])) == (1, 0)
    assert shop.v1.products.retrieve(price.product).statement_descriptor == "MILEPOST PRO"


@pytest.mark.usefixtures("on_fake_stripe")
def test_a_secret_is_replaced_with_two_endpoints_for_a_while(url: str) -> None:
    first, _ = webhook_registration.ensure(url)
    with pytest.raises(Conflict):
        webhook_registration.retire_older(url)
    second = webhook_registration.add(url)
    assert {one.endpoint_id for one in gateway.endpoints_at(url)} == {first.endpoint_id, second.endpoint_id}
    assert [one.endpoint_id for one in webhook_registration.retire_older(url)] == [first.endpoint_id]
    assert [one.endpoint_id for one in gateway.endpoints_at(url)] == [second.endpoint_id]


@pytest.mark.usefixtures("on_fake_stripe")
def test_it_stays_out_of_the_endpoints_of_others(url: str, alice: Person) -> None:
    other, _ = webhook_registration.ensure(f"{url}/other")
    webhook_registration.ensure(url)
    webhook_registration.add(url)
    webhook_registration.retire_older(url)
    assert gateway.endpoints_at(f"{url}/other") == [gateway.WebhookRegistration(**{**other.__dict__, "secret": ""})]


def played(double: Double, **values: Any) -> None:
    """Let the double make endpoints as Stripe does."""

    def make(path: str, params: Body) -> Body:
        events = [value for name, value in params.items() if name.startswith("enabled_events")]
        return double.put(
            "webhook_endpoint",
            url=params["url"],
            api_version=params["api_version"],
            enabled_events=events,
            status="enabled",
            secret=SECRET,
            **values,
        )

    double.on_post["/v1/webhook_endpoints"] = make
    double.on_post["/v1/payment_method_configurations"] = lambda path, params: double.put(
        "payment_method_configuration", name=params["name"], active=True
    )
    double.on_post["/v1/billing_portal/configurations"] = lambda path, params: double.put(
        "billing_portal.configuration", metadata={"milepost": params["metadata[milepost]"]}, features={}
    )


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("stripe_webhook", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_shows_the_secret_once_and_says_what_to_set(stripe_double: Double, url: str, settings: Any) -> None:
    played(stripe_double)
    settings.STRIPE_WEBHOOK_SECRETS = []
    printed = said("--url", url)
    assert SECRET in printed and "Set STRIPE_WEBHOOK_SECRETS to it" in printed and f"{len(HANDLERS)} events" in printed
    [made] = [thing for thing in stripe_double.objects.values() if thing["object"] == "webhook_endpoint"]
    del made["secret"]
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    printed = said("--url", url)
    assert SECRET not in printed and "is there already" in printed
    assert "the present value and, after a comma, the new one" in said("--url", url, "--rotate")


@pytest.mark.usefixtures("stripe_double")
def test_the_command_refuses_where_stripe_could_not_reach_us(settings: Any, url: str) -> None:
    with pytest.raises(CommandError, match="public https addresses"):
        said("--url", "http://localhost:8000/webhooks/stripe")
    settings.BILLING_MODE = "sandbox"
    with pytest.raises(CommandError, match="sandbox delivers"):
        said("--url", url)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (["stripe_webhook", "--url", "http://localhost"], "public https addresses"),
        (["sweep_holds"], "needs STRIPE_WEBHOOK_SECRETS"),
        (["check"], "needs STRIPE_WEBHOOK_SECRETS"),
    ],
)
def test_only_what_makes_the_first_secret_starts_without_one(command: list[str], answer: str) -> None:
    asked = {"BILLING_MODE": "test", "STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRETS": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        env=environ | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 and answer in done.stderr
    assert done.stderr.count("needs STRIPE_WEBHOOK_SECRETS") == answer.count("needs STRIPE_WEBHOOK_SECRETS")


def test_a_refused_key_is_an_outage_and_no_crash(stripe_double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = json.dumps({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})
    monkeypatch.setattr(stripe_double, "request", lambda *_, **__: (answer, 401, {}))
    with pytest.raises(gateway.PaymentsUnavailable):
        gateway.endpoints_at("https://milepost.example")
