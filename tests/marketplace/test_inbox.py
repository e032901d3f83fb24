"""The webhook's door: what is believed, what is kept, and what happens once."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from audit.actions import PLATFORM
from marketplace.models import Customer, EventStatus, PackOrder, Payment, StripeEvent
from marketplace.packs import orders
from marketplace.stripe import inbox
from marketplace.stripe.gateway import signature_of
from saas.kernel import tenancy
from saas.kernel.errors import Conflict
from tests.conftest import Person
from tests.marketplace.double import OLD_SECRET, SECRET, VERSION, Body, Double, event, intent, send
from tests.notifications.recorded import events_after, read, require_declared
from tokens.queries import position

pytestmark = pytest.mark.own_database


def kept(event_id: str) -> StripeEvent | None:
    with tenancy.system():
        return StripeEvent.objects.filter(event_id=event_id).first()


def stamped(body: bytes, at: int, secret: str = SECRET) -> str:
    """Sign as Stripe would have at another time."""
    import hashlib
    import hmac

    mac = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


@pytest.fixture
def order(alice: Person, customer: Customer) -> PackOrder:
    with alice.acting():
        return orders.place_order(caller=alice.caller, pack_key="pack_500")


@pytest.fixture
def paid(order: PackOrder, customer: Customer, stripe_double: Double) -> Body:
    return stripe_double.put("payment_intent", **intent(order, str(customer.customer_id)))


DEEP = b'{"a":' * 7_000 + b"1" + b"}" * 7_000


def raw(body: Body) -> bytes:
    return json.dumps(body).encode()


REFUSED: dict[str, Callable[[Body], Any]] = {
    "no signature": lambda e: send(e, signature=""),
    "nonsense for a signature": lambda e: send(e, signature="t=x,v1=y"),
    "another secret": lambda e: send(e, secret="whsec_of_somebody_else"),
    "an empty secret": lambda e: send(e, signature=stamped(raw(e), int(time.time()), "")),
    "301 seconds old": lambda e: send(e, signature=stamped(raw(e), int(time.time()) - 301)),
    "310 seconds ahead": lambda e: send(e, signature=stamped(raw(e), int(time.time()) + 310)),
    "one byte changed": lambda e: send(raw(e) + b" ", signature=signature_of(raw(e).decode(), SECRET)),
    "encoded anew": lambda e: send(json.dumps(e, indent=1).encode(), signature=signature_of(raw(e).decode(), SECRET)),
    "the other mode": lambda e: send({**e, "livemode": True}),
    "another version": lambda e: send({**e, "api_version": "2020-08-27"}),
    "another account": lambda e: send({**e, "account": "acct_somebody"}),
    "no event": lambda e: send({**e, "object": "list"}),
    "no body": lambda e: send(b""),
    "no JSON": lambda e: send(b"{"),
    "no text": lambda e: send(b"\xff\xfe", signature=stamped(b"\xff\xfe", int(time.time()))),
    "an array": lambda e: send(b"[1]"),
    "an event without its object": lambda e: send({k: v for k, v in e.items() if k != "data"}),
    "a time that is none": lambda e: send({**e, "created": "yesterday"}),
    "a time out of range": lambda e: send({**e, "created": 10**30}),
    "NUL in its text": lambda e: send({**e, "data": {"object": {**e["data"]["object"], "description": "a\x00b"}}}),
    "a lone surrogate": lambda e: send({**e, "data": {"object": {**e["data"]["object"], "description": "\ud800"}}}),
    "an id of 100 kB": lambda e: send({**e, "id": "evt_" + "x" * 100_000}),
    "an object's id of 100 kB": lambda e: send({**e, "data": {"object": {**e["data"]["object"], "id": "x" * 100_000}}}),
    "nested 7,000 deep": lambda e: send(DEEP, signature=stamped(DEEP, int(time.time()))),
    "too large": lambda e: send({**e, "padding": "x" * 300_000}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_from_stripe_changes_nothing(case: str, alice: Person, paid: Body) -> None:
    stripe_event = event("payment_intent.succeeded", paid)
    answer = REFUSED[case](stripe_event)
    assert answer.status_code == (413 if case == "too large" else 400)
    assert kept(stripe_event["id"]) is None
    with alice.acting():
        assert position().available == 200


def test_without_a_secret_nothing_is_accepted(paid: Body, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert send(event("payment_intent.succeeded", paid)).status_code == 400
    settings.STRIPE_WEBHOOK_SECRETS = [""]
    stripe_event = event("payment_intent.succeeded", paid)
    assert send(stripe_event, signature=stamped(raw(stripe_event), int(time.time()), "")).status_code == 400


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_a_paid_pack_is_credited(secret: str, alice: Person, order: PackOrder, paid: Body) -> None:
    stripe_event = event("payment_intent.succeeded", paid)
    assert send(stripe_event, secret=secret).json() == {"received": True, "duplicate": False}
    event_kept = kept(stripe_event["id"])
    assert event_kept is not None
    assert inbox.handle(event_kept.id) == EventStatus.DONE
    with alice.acting():
        assert position().available == 700
        order.refresh_from_db()
        assert order.status == "paid"


def test_unknown_events_are_kept_and_ignored(stripe_double: Double) -> None:
    stripe_event = event("tax.settings.updated", {"object": "tax.settings"})
    assert send(stripe_event).status_code == 200
    event_kept = kept(stripe_event["id"])
    assert event_kept is not None
    assert inbox.handle(event_kept.id) == EventStatus.IGNORED


def test_fifty_duplicates_at_once_credit_once(alice: Person, paid: Body) -> None:
    stripe_event = event("payment_intent.succeeded", paid)

    def deliver(_: int) -> int:
        try:
            status = int(send(stripe_event).status_code)
            event_kept = kept(stripe_event["id"])
            assert event_kept is not None
            inbox.handle(event_kept.id)
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as crowd:
        assert set(crowd.map(deliver, range(50))) == {200}
    event_kept = kept(stripe_event["id"])
    assert event_kept is not None
    assert event_kept.status == EventStatus.DONE
    with alice.acting():
        assert position().available == 700
        assert Payment.objects.count() == 1


def test_different_events_of_one_payment_credit_once(
    alice: Person, customer: Customer, paid: Body, order: PackOrder
) -> None:
    visit = {
        "object": "checkout.session",
        "id": "cs_test_1",
        "customer": customer.customer_id,
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": paid["id"],
        "subscription": None,
        "metadata": {"order_id": str(order.id)},
    }
    from marketplace.stripe.gateway import client as gateway_client

    double: Any = gateway_client._transport()
    double.put(visit.pop("object"), **visit)
    for stripe_event in (
        event("checkout.session.completed", {**visit, "object": "checkout.session"}),
        event("payment_intent.succeeded", paid),
        event("charge.refunded", {"object": "charge", "id": "ch_1", "payment_intent": paid["id"], "customer": None}),
    ):
        send(stripe_event)
        event_kept = kept(stripe_event["id"])
        assert event_kept is not None
        assert inbox.handle(event_kept.id) == EventStatus.DONE
    with alice.acting():
        assert position().available == 700


def test_an_event_that_keeps_failing_is_parked_and_can_be_replayed(
    alice: Person, order: PackOrder, customer: Customer, stripe_double: Double
) -> None:
    wrong = stripe_double.put("payment_intent", **intent(order, str(customer.customer_id), amount_received=100))
    stripe_event = event("payment_intent.succeeded", wrong)
    send(stripe_event)
    event_kept = kept(stripe_event["id"])
    assert event_kept is not None
    for _ in range(inbox.ATTEMPTS_MAX):
        status = inbox.handle(event_kept.id)
    assert status == EventStatus.PARKED
    parked = kept(stripe_event["id"])
    assert parked is not None and "costs 2900 usd, paid were 100 usd" in parked.error
    [alert] = [each for each in events_after(0, PLATFORM) if each.data.get("event") == stripe_event["id"]]
    require_declared([alert])
    assert read(alert).title == "An event of Stripe failed too often: payment_intent.succeeded"
    with alice.acting():
        assert position().available == 200
    wrong["amount_received"] = order.cents
    with tenancy.system():
        inbox.replay(event_pk=event_kept.id, reason="the amount was corrected")
        with pytest.raises(Conflict):
            inbox.replay(event_pk=event_kept.id, reason="again")
    assert inbox.handle(event_kept.id) == EventStatus.DONE
    with alice.acting():
        assert position().available == 700


def test_somebody_elses_customer_is_never_credited(alice: Person, mallory: Person, paid: Body) -> None:
    """The order named in the metadata must belong to the customer who paid."""
    from marketplace.stripe.gateway import client as gateway_client
    from tests.marketplace.conftest import known

    double: Any = gateway_client._transport()
    paid["customer"] = known(mallory, double).customer_id
    stripe_event = event("payment_intent.succeeded", paid)
    send(stripe_event)
    event_kept = kept(stripe_event["id"])
    assert event_kept is not None
    assert inbox.handle(event_kept.id) == EventStatus.RECEIVED
    for person in (alice, mallory):
        with person.acting():
            assert position().available == 200


def test_lost_events_are_caught_up_with(alice: Person, paid: Body, stripe_double: Double) -> None:
    lost = event("payment_intent.succeeded", paid)
    stripe_double.objects[lost["id"]] = lost
    assert inbox.catch_up() == 1
    assert inbox.catch_up() == 0
    event_kept = kept(lost["id"])
    assert event_kept is not None
    assert inbox.handle(event_kept.id) == EventStatus.DONE
    with alice.acting():
        assert position().available == 700


def test_the_inbox_is_for_the_system_only(alice: Person, stripe_double: Double) -> None:
    stripe_event = event("tax.settings.updated", {"object": "tax.settings"})
    send(stripe_event)
    with alice.acting():
        assert not StripeEvent.objects.filter(event_id=stripe_event["id"]).exists()
    assert kept(stripe_event["id"]) is not None
    assert stripe_event["api_version"] == VERSION
