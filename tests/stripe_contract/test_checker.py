"""The checker finds what breaks the contract of Stripe's library, which it reads from the one that is installed."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe
from django.conf import settings

from tests.stripe_contract import rules
from tests.stripe_contract.checker import checker, unflatten
from tests.stripe_contract.specification import OBJECTS

PAGE = {
    "mode": "payment",
    "customer": "cus_1",
    "success_url": "https://milepost.example",
    "line_items[0][price]": "price_1",
    "line_items[0][quantity]": "2",
}


def broken(path: str, params: dict[str, str], *, key: str = "order:1") -> list[str]:
    """Return what is wrong with a POST."""
    operation, decoded, errors = checker().request("post", path, urlencode(params), "")
    assert operation is not None
    return errors or list(rules.breaches(operation.name, decoded, key=key, needs_own_key=True))


def test_the_contract_is_that_of_the_installed_library() -> None:
    spec = checker().spec
    assert spec.version == settings.STRIPE_API_VERSION == stripe.api_version
    assert (
        {"subscription", "invoice", "payment_intent", "event"}
        <= spec.schemas.keys()
        <= {*OBJECTS, "checkout.line_item"}
    )


def test_a_request_that_keeps_the_contract_is_let_through() -> None:
    assert broken("/v1/checkout/sessions", PAGE) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"sucess_url": "https://milepost.example"}, ".sucess_url: unknown parameter"),
        ({"mode": "gift"}, ".mode: 'gift' is none of"),
        ({"line_items[0][quantity]": "two"}, ".line_items[0].quantity: expected integer"),
        ({"line_items": "one"}, "line_items"),
        ({"success_url": ""}, "success_url: required"),
        ({"subscription_data[description]": "a plan"}, "subscription_data: in mode subscription only"),
        ({"metadata[why]": "x" * 501}, "longer than 500"),
        ({"expires_at": "1"}, "expires_at: 30 minutes"),
    ],
)
def test_a_request_that_breaks_it_is_found(change: dict[str, str], error: str) -> None:
    [found, *_] = broken("/v1/checkout/sessions", {**PAGE, **change})
    assert error in found


def test_money_moves_under_a_key_of_our_own_only() -> None:
    random = "0b9f8e6c-3b1f-4d4e-9a5e-0c7d7a3f2b11"
    for key in ("", random):
        [found] = broken("/v1/refunds", {"payment_intent": "pi_1"}, key=key)
        assert "one of our own" in found


def test_an_operation_that_is_unknown_is_found() -> None:
    assert checker().request("post", "/v1/gifts", "", "")[2] == ["post /v1/gifts: no such operation in the contract"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"api_version": "2020-01-01"}, "api_version"),
        ({"type": "customer.forgotten"}, "customer.forgotten"),
        ({"data": {"object": {"object": "customer", "id": 5}}}, "customer.id: expected string"),
        ({"livemode": None}, "event.livemode: null not allowed"),
    ],
)
def test_an_event_that_breaks_it_is_found(change: dict[str, Any], error: str) -> None:
    customer = {"object": "customer", "id": "cus_1", "created": 1, "livemode": False}
    event = {
        "object": "event",
        "id": "evt_1",
        "api_version": settings.STRIPE_API_VERSION,
        "type": "customer.updated",
        "created": 1,
        "livemode": False,
        "pending_webhooks": 1,
        "request": None,
        "data": {"object": customer},
    }
    assert [each for each in checker().event(event) if "customer" not in each] == []
    assert any(error in each for each in checker().event({**event, **change}))


def test_names_of_a_form_that_contradict_each_other_are_refused() -> None:
    for pairs in ([("a", "1"), ("a[b]", "2")], [("a", "1"), ("a", "2")]):
        with pytest.raises(ValueError, match="a"):
            unflatten(pairs)


def test_nothing_outside_the_repository_is_read() -> None:
    folder = Path(__file__).parent
    texts = [path.read_text() for path in folder.glob("*.py") if path.name != Path(__file__).name]
    assert texts and not [text for text in texts if "environ" in text or "shared" in text]
