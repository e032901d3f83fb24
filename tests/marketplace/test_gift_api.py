"""Gifts over HTTP, on the sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from marketplace.stripe.gateway import client as gateway_client
from saas.team.actions import create_api_key
from tests.conftest import Person
from tests.marketplace.giving import kinds, offer
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope
from tokens.verification import verify

PACK = {"pack": "pack_500", "to": {"email": "friend@example.org"}, "note": "Welcome!"}


@pytest.fixture(autouse=True)
def on_fake_stripe(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


def limited(boss: Person, member: Person, tokens: int = 5) -> str:
    """Give the member a quota; return their id."""
    with boss.acting():
        ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=member.user.pk, tokens=tokens)
    return str(member.user.pk)


def test_a_pack_is_ordered_once_per_key_and_shown_without_its_link_until_paid(alice: Person) -> None:
    key = str(uuid4())
    first = alice.post("/gifts", PACK, key=key)
    assert first.status_code == 201, first.content
    made = first.json()
    assert (made["status"], made["kind"], made["tokens"], made["to"]) == (
        "unpaid",
        "pack",
        500,
        {"email": "friend@example.org"},
    )
    assert made["checkout_url"] and made["link"] is None
    again = alice.post("/gifts", PACK, key=key)
    assert again.json() == made and again["Idempotent-Replayed"] == "true"
    for other in ({**PACK, "note": "Bye"}, {**PACK, "to": {"email": "b@example.org"}}):
        assert alice.post("/gifts", other, key=key).json()["code"] == "idempotency_key_reused"
    assert alice.post("/purchases", {"pack": "pack_500"}, key=key).json()["code"] == "idempotency_key_reused"
    assert alice.get(f"/gifts/{made['id']}").json() == made
    assert [each["id"] for each in alice.get("/purchases").json()["data"]] == [made["purchase"]]
    withdrawn = alice.post(f"/gifts/{made['id']}/withdraw")
    assert withdrawn.json()["status"] == "withdrawn"


def test_quota_is_given_and_accepted_once_per_key(alice: Person, bob: Person) -> None:
    body, key = {"to": {"user": limited(alice, bob)}, "tokens": 4}, str(uuid4())
    made = alice.post("/gifts", body, key=key)
    assert made.status_code == 201 and made.json()["to"] == {"user": str(bob.user.pk), "name": str(bob.user)}
    assert alice.post("/gifts", body, key=key).json() == made.json()
    path, accept = f"/gifts/{made.json()['id']}", str(uuid4())
    assert alice.post(f"{path}/accept").status_code == 403
    accepted = bob.post(f"{path}/accept", key=accept)
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert bob.post(f"{path}/accept", key=accept)["Idempotent-Replayed"] == "true"
    assert bob.post(f"{path}/accept").json()["code"] == "conflict"
    assert alice.post(f"{path}/withdraw").json()["code"] == "conflict"
    assert [each["id"] for each in alice.get("/gifts", kind="quota", status="accepted").json()["data"]] == [
        made.json()["id"]
    ]
    assert kinds(alice) == ["gift.offered", "gift.accepted"]


def test_what_milepost_gives_is_accepted_by_an_owner(alice: Person, bob: Person, mallory: Person) -> None:
    gift = offer(alice, 50)
    for path in ("", "/accept", "/decline", "/withdraw"):
        asked = mallory.get(f"/gifts/{gift.id}") if not path else mallory.post(f"/gifts/{gift.id}{path}")
        assert asked.status_code == 404, path
    assert bob.post(f"/gifts/{gift.id}/accept").json()["code"] == "forbidden"
    assert alice.post(f"/gifts/{gift.id}/accept").json()["from"] == "Milepost"
    balance = alice.get("/tokens/balance").json()
    assert (balance["available"], [each["source"] for each in balance["buckets"]]) == (250, ["plan", "gift"])
    assert alice.get("/tokens/ledger", kind="gift").json()["data"][0]["tokens"] == 50
    with alice.acting():
        assert verify().breaches == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": {}},
        {"to": "bob", "tokens": 1},
        {"to": {"user": "STRAY", "department": "STRAY"}, "tokens": 1},
        {"to": {"user": "STRAY"}},
        {"to": {"user": "STRAY"}, "pack": "pack_500"},
        {"to": {"user": "STRAY"}, "tokens": 0},
        {"to": {"user": "STRAY"}, "tokens": 2**31},
        {"to": {"user": "STRAY"}, "tokens": 1, "note": "a" * 281},
        {"to": {"email": "nobody"}, "pack": "pack_500"},
        {"to": {"email": "a@example.org"}, "tokens": 5},
        {"to": {"email": ["a@example.org"]}, "pack": "pack_500"},
        {"to": {"email": "a@example.org"}, "pack": "pack_500", "price": "1.00"},
    ],
)
def test_a_gift_names_one_recipient_and_what_fits_it(alice: Person, body: Any) -> None:
    if isinstance(body.get("to"), dict):
        body = {**body, "to": {k: str(uuid4()) if v == "STRAY" else v for k, v in body["to"].items()}}
    refused = alice.post("/gifts", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "validation_error"), refused.content


def test_refusals_have_the_codes_of_their_reasons(alice: Person, bob: Person, business: Any) -> None:
    user = limited(alice, bob)
    assert alice.post("/gifts", PACK, **{"Idempotency-Key": ""}).json()["code"] == "idempotency_key_required"
    assert bob.post("/gifts", PACK).json()["code"] == "scope_missing"
    assert alice.post("/gifts", {**PACK, "pack": "pack_of_wolves"}).status_code == 404
    assert business("starter").post("/gifts", PACK).json()["code"] == "feature_not_in_plan"
    assert alice.post("/gifts", {"to": {"user": str(uuid4())}, "tokens": 1}).status_code == 404
    capped = alice.post("/gifts", {"to": {"user": user}, "tokens": 1001}).json()
    assert (capped["code"], capped["limit"], capped["allowed"]) == ("validation_error", "quota_gift_tokens_max", 1000)
    assert alice.post("/gifts", {"to": {"user": user}, "tokens": 201}).json()["code"] == "insufficient_tokens"
    free = alice.post("/gifts", {"to": {"user": str(alice.user.pk)}, "tokens": 1}).json()
    assert free["code"] == "conflict" and "everything already" in free["detail"]


def test_the_link_is_for_owners_whose_key_may_spend(alice: Person, bob: Person, superuser: Any) -> None:
    made = alice.post("/gifts", PACK).json()
    superuser.execute(
        "UPDATE marketplace_gift SET status = 'offered', expires_at = now() + interval '1 day' WHERE id = %s",
        [made["id"]],
    )
    with alice.acting():
        reading = create_api_key(name="reads", scopes=["read"], by=alice.user).secret
    only_reads = Person(alice.organization_id, alice.user, "owner", reading)
    links = [person.get(f"/gifts/{made['id']}").json()["link"] for person in (alice, bob, only_reads)]
    assert links[0].startswith("http") and links[1:] == [None, None]
