"""Money over HTTP, on the sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from marketplace.stripe.gateway import client as gateway_client
from tests.conftest import Person


@pytest.fixture(autouse=True)
def on_fake_stripe(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


def test_a_purchase_is_made_once_per_key(alice: Person) -> None:
    key = str(uuid4())
    first = alice.post("/purchases", {"pack": "pack_500"}, key=key)
    assert first.status_code == 201, first.content
    made = first.json()
    assert {name: made[name] for name in ("pack", "tokens", "price", "status")} == {
        "pack": "pack_500",
        "tokens": 500,
        "price": "29.00",
        "status": "pending",
    }
    assert made["checkout_url"] and "Idempotent-Replayed" not in first
    again = alice.post("/purchases", {"pack": "pack_500"}, key=key)
    assert again.json() == made and again["Idempotent-Replayed"] == "true"
    other = alice.post("/purchases", {"pack": "pack_2000"}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert [row["id"] for row in alice.get("/purchases").json()["data"]] == [made["id"]]
    assert alice.get(f"/purchases/{made['id']}").json() == made


@pytest.mark.parametrize("body", [{}, {"pack": 500}, {"pack": "pack_500", "price": "1.00"}])
def test_a_purchase_names_one_pack(alice: Person, body: Any) -> None:
    assert alice.post("/purchases", body).json()["code"] == "validation_error"


def test_a_purchase_needs_a_key_a_known_pack_and_a_paid_plan(alice: Person, business: Any) -> None:
    assert alice.post("/purchases", {"pack": "pack_500"}, **{"Idempotency-Key": ""}).status_code == 400
    assert alice.post("/purchases", {"pack": "pack_of_wolves"}).status_code == 404
    assert business("starter").post("/purchases", {"pack": "pack_500"}).json()["code"] == "feature_not_in_plan"


def test_only_owners_pay_and_only_keys_with_the_scope(alice: Person, bob: Person) -> None:
    from saas.team.actions import create_api_key

    for path, body in (
        ("/purchases", {"pack": "pack_500"}),
        ("/subscription/preview", {"plan": "enterprise"}),
        ("/subscription/change", {"plan": "enterprise"}),
        ("/subscription/pause", {}),
        ("/subscription/resume", {}),
        ("/subscription/cancel", {}),
    ):
        assert bob.post(path, body).json()["code"] == "scope_missing", "a member's key cannot have the scope"
        headers = {"Idempotency-Key": path}
        refused = bob.browser().post(f"/api/v1{path}", body, "application/json", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), path
    with alice.acting():
        reading = create_api_key(name="reads", scopes=["read"], by=alice.user).secret
    only_reads = Person(alice.organization_id, alice.user, "owner", reading)
    assert only_reads.post("/purchases", {"pack": "pack_500"}).json()["code"] == "scope_missing"
    assert only_reads.get("/purchases").status_code == 200


def test_another_organizations_purchase_is_not_there(alice: Person, mallory: Person) -> None:
    made = alice.post("/purchases", {"pack": "pack_500"}, key="the-same").json()
    assert mallory.get(f"/purchases/{made['id']}").status_code == 404
    own = mallory.post("/purchases", {"pack": "pack_500"}, key="the-same")
    assert own.status_code == 201 and own.json()["id"] != made["id"] and "Idempotent-Replayed" not in own


def test_a_plan_is_previewed_and_paid_on_the_pay_page(business: Any) -> None:
    carol: Person = business("starter")
    seen = carol.post("/subscription/preview", {"plan": "pro"}).json()
    assert (seen["due_now"], seen["tokens_now"], seen["immediate"]) == ("149.00", 200, True)
    key = str(uuid4())
    change = carol.post("/subscription/change", {"plan": "pro", "at": seen["at"]}, key=key)
    assert change.status_code == 200 and change.json()["status"] == "pay" and change.json()["url"]
    again = carol.post("/subscription/change", {"plan": "pro", "at": seen["at"]}, key=key)
    assert again.json() == change.json() and again["Idempotent-Replayed"] == "true"
    assert carol.post("/subscription/change", {"plan": "enterprise"}, key=key).status_code == 422
    assert carol.post("/subscription/cancel").status_code == 409


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_nobody_chooses_the_instant_that_makes_a_change_cheap(alice: Person, at: str) -> None:
    refused = alice.post("/subscription/change", {"plan": "enterprise", "at": at})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_an_unknown_plan_is_a_validation_error(alice: Person) -> None:
    for path in ("/subscription/preview", "/subscription/change"):
        assert alice.post(path, {"plan": "platinum"}).json()["code"] == "validation_error"


def test_an_overdue_payment_stops_packs(alice: Person) -> None:
    from licensing.actions import payment_failed
    from saas.kernel.clock import database_now

    with alice.acting():
        payment_failed(at=database_now(), reason="test")
    refused = alice.post("/purchases", {"pack": "pack_500"})
    assert (refused.status_code, refused.json()["code"]) == (402, "license_ai_off")
