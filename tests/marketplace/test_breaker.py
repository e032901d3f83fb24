"""Stripe hangs: after a few time-outs nobody waits for it, jobs go on later, one trial finds out that it is back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as RedisAway

from marketplace.models import Customer, EventCursor, EventStatus, PackOrder, StripeEvent, TopUp
from marketplace.models.modes import present_mode
from marketplace.packs import orders, sweeps
from marketplace.stripe import gateway, inbox, reconciliation, tasks
from marketplace.stripe.gateway import breaker
from marketplace.stripe.gateway import client as gateway_client
from marketplace.stripe.gateway.client import PaymentsResting
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.items import for_each, set_aside_by
from tests.conftest import Person
from tests.marketplace.double import event, send
from tests.marketplace.hanging import (
    BROKEN,
    DECLINED,
    FORBIDDEN,
    FOUND,
    GONE,
    REFUSED,
    TOO_MANY,
    Answer,
    HangingStripe,
    hanging_stripe,
)

pytestmark = pytest.mark.own_database
READ_SECONDS = 0.3
SENTENCE = "The payment service did not answer."


@pytest.fixture
def stripe(test_mode: None, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingStripe]:
    """A Stripe that hangs, asked with short patience."""
    monkeypatch.setattr(gateway_client, "READ_SECONDS", READ_SECONDS)
    monkeypatch.setattr(gateway_client, "CONNECT_SECONDS", READ_SECONDS / 2)
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *args, **kwargs: 0)
    with hanging_stripe() as server:
        settings.STRIPE_API_BASE = server.address
        gateway_client.client.cache_clear()
        yield server


def ask() -> None:
    gateway.subscriptions_of("cus_1")


def kept(event_id: str) -> StripeEvent | None:
    with tenancy.system():
        return StripeEvent.objects.filter(event_id=event_id).first()


def hang(times: int = breaker.FAILURES_MAX) -> None:
    for _ in range(times):
        with pytest.raises(gateway.PaymentsUnavailable):
            ask()


def let_pause_pass() -> None:
    """Move the end of the pause to now, as its seconds would."""
    get_redis_connection("default").hincrby(breaker.key(), "retry_at", -breaker.OPEN_SECONDS * 1000)


def test_after_some_time_outs_nobody_asks_and_the_refusal_comes_at_once(stripe: HangingStripe) -> None:
    hang()
    assert stripe.requests == breaker.FAILURES_MAX, "what timed out is not sent again at once"
    began = monotonic()
    for _ in range(20):
        with pytest.raises(PaymentsResting, match=SENTENCE) as refused:
            ask()
        assert (refused.value.code, refused.value.status) == ("payments_unavailable", 503)
        assert 1 <= (refused.value.retry_after or 0) <= breaker.OPEN_SECONDS
    assert monotonic() - began < READ_SECONDS * 5
    assert stripe.requests == breaker.FAILURES_MAX


def test_other_processes_know_it(stripe: HangingStripe) -> None:
    hang()
    gateway_client.client.cache_clear()
    with ThreadPoolExecutor(1) as other, pytest.raises(PaymentsResting):
        other.submit(ask).result()
    assert stripe.requests == breaker.FAILURES_MAX


def test_one_trial_at_a_time_follows_the_pause_and_an_answer_closes_it(stripe: HangingStripe) -> None:
    hang()
    let_pause_pass()
    with ThreadPoolExecutor(8) as many:
        ended = [each.exception() for each in [many.submit(ask) for _ in range(8)]]
    assert stripe.requests == breaker.FAILURES_MAX + 1, "one trial, which hung"
    assert sum(isinstance(error, PaymentsResting) for error in ended) == 7
    let_pause_pass()
    stripe.answer = FOUND
    ask()
    assert not gateway.is_resting()
    hang_once_is_nothing(stripe)


def hang_once_is_nothing(stripe: HangingStripe) -> None:
    """Failures count anew after an answer."""
    stripe.answer = None
    hang(breaker.FAILURES_MAX - 1)
    assert not gateway.is_resting()


@pytest.mark.parametrize("answer", [DECLINED, REFUSED, GONE, TOO_MANY, FORBIDDEN])
def test_an_answer_is_an_answer_also_when_it_is_no(stripe: HangingStripe, answer: Answer) -> None:
    stripe.answer = answer
    for _ in range(breaker.FAILURES_MAX * 2):
        with pytest.raises(Exception):  # noqa: B017, PT011 - which, the gateway's own tests say
            ask()
        assert not gateway.is_resting()


def test_errors_of_the_server_count_each_time_they_are_met(stripe: HangingStripe) -> None:
    stripe.answer = BROKEN
    with pytest.raises(gateway.PaymentsUnavailable):
        ask()
    assert stripe.requests == 1 + gateway_client.RETRIES
    for _ in range(2):
        with pytest.raises(gateway.PaymentsUnavailable):
            ask()
    assert gateway.is_resting()
    assert stripe.requests == breaker.FAILURES_MAX


def test_without_redis_everybody_may_ask(stripe: HangingStripe, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise RedisAway("away")

    hang()
    monkeypatch.setattr(breaker, "get_redis_connection", away)
    stripe.answer = FOUND
    ask()
    assert not gateway.is_resting()


# What it means for those who ask.


def test_readiness_and_metrics_say_it(stripe: HangingStripe) -> None:
    def said() -> tuple[Any, str]:
        page = Client().get("/metrics").content.decode()
        [line] = [line for line in page.splitlines() if line.startswith("milepost_payments_resting ")]
        return Client().get("/readyz").json(), line.split()[-1]

    assert said() == ({"status": "ok"}, "0.0")
    hang()
    assert said() == ({"status": "ok", "resting": ["payments"]}, "1.0")


@pytest.fixture
def customer(alice: Person, stripe: HangingStripe) -> Customer:
    """Alice's organization with a saved card, known without asking."""
    with alice.acting():
        return Customer.objects.create(
            organization_id=alice.organization_id,
            customer_id=f"cus_{uuid4().hex}",
            payment_method_id="pm_1",
            card_brand="visa",
            card_last4="4242",
            card_expires="12/2030",
        )


def test_a_purchase_is_refused_at_once_and_nothing_is_left_to_be_charged_later(
    alice: Person, customer: Customer, stripe: HangingStripe
) -> None:
    hang()
    began = monotonic()
    answers = [
        alice.post("/purchases", {"pack": "pack_500"}),
        alice.post("/subscription/change", {"plan": "enterprise"}),
    ]
    assert monotonic() - began < 2
    for answer in answers:
        assert answer.status_code == 503, answer.content
        assert (answer.json()["code"], answer.json()["detail"][: len(SENTENCE)]) == ("payments_unavailable", SENTENCE)
        assert 1 <= int(answer.headers["Retry-After"]) <= breaker.OPEN_SECONDS
    page = alice.browser().post(reverse("packs"), {"pack": "pack_500", "idempotency_key": str(uuid4())}, follow=True)
    assert SENTENCE in page.content.decode()
    with alice.acting():
        assert not PackOrder.objects.exists()


def test_events_wait_without_an_attempt_and_are_handled_afterwards(alice: Person, stripe: HangingStripe) -> None:
    events = [event("customer.updated", {"object": "customer", "id": f"cus_{number}"}) for number in range(20)]
    for each in events:
        send(each)
    hang()
    assert inbox.work() == 0
    first = kept(events[0]["id"])
    assert first is not None
    assert tasks.handle_event(str(first.id)) == EventStatus.RECEIVED
    rows = [kept(each["id"]) for each in events]
    assert {(row.status, row.attempts) for row in rows if row} == {(EventStatus.RECEIVED, 0)}
    assert stripe.requests == breaker.FAILURES_MAX
    let_pause_pass()
    stripe.answer = (200, {"object": "customer", "id": "cus_1", "metadata": {}})
    assert inbox.work() >= 20, "and those of other tests"
    rows = [kept(each["id"]) for each in events]
    assert {row.status for row in rows if row} == {EventStatus.IGNORED}, "another product's customers"


def test_however_long_stripe_is_away_no_event_is_parked(alice: Person, stripe: HangingStripe) -> None:
    send(each := event("customer.updated", {"object": "customer", "id": "cus_1"}))
    for _ in range(inbox.ATTEMPTS_MAX + 2):
        row = kept(each["id"])
        assert row is not None
        assert inbox.handle(row.id) == EventStatus.RECEIVED, "a first call, or a trial, that hangs"
        get_redis_connection("default").delete(breaker.key())
    row = kept(each["id"])
    assert row is not None and row.attempts == 0
    assert row.retry_at <= database_now() + inbox.AWAY_WAIT
    assert stripe.requests == inbox.ATTEMPTS_MAX + 2
    stripe.answer = (200, {"object": "customer", "id": "cus_1", "metadata": {}})
    assert inbox.handle(row.id) == EventStatus.IGNORED


@pytest.mark.parametrize("answer", [BROKEN, (409, BROKEN[1])])
def test_a_failure_that_came_slowly_is_not_asked_for_again(
    answer: Answer, stripe: HangingStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.answer = answer
    with pytest.raises(gateway.PaymentsUnavailable):
        ask()
    assert stripe.requests == 1 + gateway_client.RETRIES, "what came quickly is asked for again"
    ticks = count(step=READ_SECONDS)
    monkeypatch.setattr(gateway_client, "monotonic", lambda: next(ticks))
    with pytest.raises(gateway.PaymentsUnavailable):
        ask()
    assert stripe.requests == 2 + gateway_client.RETRIES


def test_a_run_over_the_inbox_leaves_room_for_the_next_one(
    alice: Person, stripe: HangingStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        send(event("customer.updated", {"object": "customer", "id": f"cus_{number}"}))
    stripe.answer = (200, {"object": "customer", "id": "cus_1", "metadata": {}})
    ticks = count(step=10)
    monkeypatch.setattr(inbox, "monotonic", lambda: next(ticks))
    assert inbox.work() == 2, "begun at 10 and 20 of 25 seconds"
    monkeypatch.undo()


def test_jobs_end_early_and_set_nothing_aside(alice: Person, customer: Customer, stripe: HangingStripe) -> None:
    with alice.acting():
        TopUp.objects.create(
            organization_id=alice.organization_id,
            enabled=True,
            pack_key="pack_500",
            below_tokens=5_000,
            monthly_cap=100,
        )
        Customer.objects.update(compare_at=database_now() - timedelta(days=1))
    hang()
    assert (sweeps.top_up(), reconciliation.reconcile()) == (0, 0)
    with tenancy.system():
        cursor = EventCursor.objects.get_or_create(
            mode=present_mode(), defaults={"read_until": database_now() - timedelta(hours=3)}
        )[0]
    assert inbox.catch_up() == 0
    with tenancy.system():
        assert EventCursor.objects.get(mode=cursor.mode).read_until == cursor.read_until, "the next run reads it all"
    assert set_aside_by("top_up") == set_aside_by("reconcile") == {}
    assert stripe.requests == breaker.FAILURES_MAX
    with alice.acting():
        assert not PackOrder.objects.exists()


def test_a_loop_over_items_stops_at_the_first_that_meets_a_resting_service() -> None:
    met = []

    def work(item: int) -> int:
        met.append(item)
        if item == 2:
            raise PaymentsResting("left alone")
        return item

    assert for_each("a trial", [1, 2, 3], work, key=str, organization=lambda item: None) == [1]
    assert met == [1, 2]
    assert set_aside_by("a trial") == {}


def test_an_order_that_waits_for_its_answer_is_asked_for_again(
    alice: Person, customer: Customer, stripe: HangingStripe
) -> None:
    with alice.acting():
        order = orders.buy_pack(caller=alice.caller, pack_key="pack_500")
        assert order.status == "pending"
    hang(breaker.FAILURES_MAX - 1)
    assert gateway.is_resting()
    before = stripe.requests
    sweeps.settle_orders()
    assert stripe.requests == before
