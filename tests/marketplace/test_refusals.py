"""With dangerous settings no process starts."""

import subprocess
import sys
from os import environ
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from marketplace.models import Customer
from marketplace.stripe import checks, queries
from marketplace.stripe.gateway import client as gateway_client
from saas.kernel import startup
from tests.conftest import Person

LIVE = {"BILLING_MODE": "live", "STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRETS": ["whsec_x"]}
TEST = {"BILLING_MODE": "test", "STRIPE_SECRET_KEY": "rk_test_x", "STRIPE_WEBHOOK_SECRETS": ["whsec_x"]}
SANDBOX = {"BILLING_MODE": "sandbox", "STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRETS": []}

DANGEROUS: dict[str, dict[str, Any]] = {
    "no mode": LIVE | {"BILLING_MODE": ""},
    "a mode that is none": LIVE | {"BILLING_MODE": "true"},
    "a mode in capitals": SANDBOX | {"BILLING_MODE": "Sandbox"},
    "sandbox in production": SANDBOX | {"PRODUCTION": True},
    "sandbox beside a secret key": SANDBOX | {"STRIPE_SECRET_KEY": "sk_test_x"},
    "sandbox beside a restricted key": SANDBOX | {"STRIPE_SECRET_KEY": "rk_live_x"},
    "test with a live key": TEST | {"STRIPE_SECRET_KEY": "sk_live_x"},
    "live with a test key": LIVE | {"STRIPE_SECRET_KEY": "rk_test_x"},
    "live without a key": LIVE | {"STRIPE_SECRET_KEY": ""},
    "test without a webhook secret": TEST | {"STRIPE_WEBHOOK_SECRETS": []},
    "live with an empty webhook secret": LIVE | {"STRIPE_WEBHOOK_SECRETS": ["whsec_x", " "]},
    "sandbox money at another server": SANDBOX | {"STRIPE_API_BASE": "http://localhost:12121"},
    "live money to another server": LIVE | {"STRIPE_API_BASE": "http://localhost:12121"},
    "a library of another version": TEST | {"STRIPE_API_VERSION": "2027-01-01.fugu"},
}


def configure(settings: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


@pytest.mark.parametrize("case", DANGEROUS)
def test_a_process_refuses_to_start(case: str, settings: Any) -> None:
    configure(settings, DANGEROUS[case])
    refused = list(checks.problems())
    assert refused
    with pytest.raises(ImproperlyConfigured) as raised:
        startup.refuse_to_start()
    assert all(problem in str(raised.value) for problem in refused)


@pytest.mark.parametrize("values", [LIVE, TEST, SANDBOX])
def test_and_starts_with_safe_ones(values: dict[str, Any], settings: Any) -> None:
    configure(settings, values)
    assert list(checks.problems()) == []


def test_live_refuses_a_database_with_play_money(alice: Person, settings: Any) -> None:
    configure(settings, LIVE)
    with alice.acting():
        Customer.objects.create(mode="sandbox", customer_id=f"cus_sandbox_{alice.organization_id}")
    assert list(checks.no_sandbox_money()) == [queries.SANDBOX_MONEY]
    gateway_client.client.cache_clear()
    with pytest.raises(ImproperlyConfigured):
        gateway_client.client()


@pytest.mark.fast
def test_every_query_of_money_names_the_present_mode(settings: Any) -> None:
    settings.BILLING_MODE = "live"
    models: list[Any] = [each for each in apps.get_app_config("marketplace").get_models() if hasattr(each, "mode")]
    money = [each for each in models if not each._meta.get_field("mode").primary_key]
    assert len(money) == 11
    for model in money:
        assert '"mode" = live' in str(model.objects.all().query), f"{model.__name__} is no BilledModel"
        assert '"mode" =' not in str(model._default_manager.all().query), "what Django reads by itself has all modes"


def test_a_real_process_without_a_webhook_secret_does_not_start() -> None:
    asked = {"BILLING_MODE": "test", "STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRETS": ""}
    code = "import saas.wsgi"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ | asked, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "needs STRIPE_WEBHOOK_SECRETS" in done.stderr
