"""Stripe hangs, over real TCP: what asks it waits in a queue of its own, and nothing else is late."""

from collections.abc import Iterator
from time import monotonic, sleep
from uuid import uuid4

import psycopg
import pytest
from celery import current_app
from django.db.models.functions import Now
from kombu import Connection
from redis import Redis as RedisClient

from marketplace.models import Customer, EventStatus, StripeEvent
from marketplace.stripe.gateway import breaker
from marketplace.stripe.gateway.client import CONNECT_SECONDS, READ_SECONDS
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from tests.conftest import Person
from tests.machinery import Redis, Web, at_once, redis, until, web, worker
from tests.marketplace.hanging import HangingStripe, hanging_stripe
from tokens import actions as ledger_actions
from tokens import queries as ledger

pytestmark = [pytest.mark.own_database, pytest.mark.slow]

BUYERS = 6
PACE_SECONDS = 10
"""What a job of a second may take on a busy machine; one that waited for Stripe would take 23 s and more."""


@pytest.fixture
def stripe() -> Iterator[HangingStripe]:
    with hanging_stripe() as server:
        yield server


@pytest.fixture
def store() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.fixture
def environment(stripe: HangingStripe, store: Redis) -> dict[str, str]:
    return {
        "BILLING_MODE": "test",
        "STRIPE_SECRET_KEY": "sk_test_hanging",
        "STRIPE_WEBHOOK_SECRETS": "whsec_test",
        "STRIPE_API_BASE": stripe.address,
        "REDIS_URL": store.url,
    }


def send(store: Redis, task: str, *arguments: str) -> None:
    """Publish a task to its queue, as beat does."""
    address = store.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    with Connection(address) as broker:
        current_app.send_task(task, list(arguments), connection=broker)


def known(person: Person) -> None:
    """Make the person's organization a customer without asking Stripe."""
    with tenancy.system():
        Customer(
            organization_id=person.organization_id, mode="test", customer_id=f"cus_{uuid4().hex}", compare_at=Now()
        ).save()


def waiting_event() -> StripeEvent:
    thing = {"object": "customer", "id": f"cus_{uuid4().hex}"}
    with tenancy.system():
        return StripeEvent.of_all_modes.create(
            mode="test",
            event_id=f"evt_{uuid4().hex}",
            type="customer.updated",
            object_id=thing["id"],
            created_at=database_now(),
            payload={"data": {"object": thing}},
        )


def late_hold(person: Person, superuser: psycopg.Connection) -> None:
    """Leave a hold that the sweeper should have ended."""
    with person.acting():
        ledger_actions.hold(
            transaction_id=uuid4(),
            tokens=5,
            operation="own",
            price_book_version=None,
            seconds=60,
            user_id=person.user.pk,
            department_id=None,
        )
    superuser.execute(
        "UPDATE tokens_hold SET expires_at = now() - interval '1 second' WHERE organization_id = %s",
        [person.organization_id],
    )


def held(person: Person) -> int:
    with person.acting():
        return ledger.position().held


@pytest.mark.timeout(400)
def test_other_jobs_and_pages_keep_their_pace_while_stripe_hangs(
    alice: Person,
    mallory: Person,
    superuser: psycopg.Connection,
    stripe: HangingStripe,
    store: Redis,
    environment: dict[str, str],
) -> None:
    known(alice)
    events = [waiting_event() for _ in range(30)]
    with worker(environment, queues="celery"), worker(environment, queues="money"), web(environment) as server:
        for event in events:
            send(store, "marketplace.tasks.handle_event", str(event.id))
        until(lambda: stripe.requests >= 2)  # both children of money's worker hang
        for _ in range(3):
            late_hold(mallory, superuser)
            began = monotonic()
            send(store, "tokens.tasks.sweep")
            until(lambda: held(mallory) == 0, seconds=PACE_SECONDS)
            assert server.ask(mallory, "GET", "/tokens/balance").status == 200
            assert monotonic() - began < PACE_SECONDS
        purchases(server, alice)
        assert stripe.requests <= breaker.FAILURES_MAX + BUYERS + 2, "and calls that were under way when it opened"
        stripe.answer = (200, {"object": "customer", "id": "cus_x", "metadata": {}})
        until(lambda: is_healed(store, events), seconds=120)


def is_healed(store: Redis, events: list[StripeEvent]) -> bool:
    """Move the pause's end to now, let the inbox be worked, and return whether all was handled."""
    with RedisClient.from_url(store.url) as client:
        for key in client.keys("*stripe-breaker*"):
            client.hincrby(key, "retry_at", -breaker.OPEN_SECONDS * 1000)
    send(store, "marketplace.tasks.work_inbox")
    sleep(1)
    return all_handled(events)


def purchases(server: Web, person: Person) -> None:
    """Buy with many at once: each is refused within the bound of one call, and at once as soon as enough were."""
    body = {"plan": "enterprise"}

    def change() -> tuple[int, float]:
        began = monotonic()
        reply = server.ask(person, "POST", "/subscription/change", body)
        assert reply.code == "payments_unavailable", reply.body
        return reply.status, monotonic() - began

    answers = [each for each in at_once([change] * BUYERS) if not isinstance(each, Exception)]
    assert len(answers) == BUYERS and {status for status, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < CONNECT_SECONDS + READ_SECONDS + PACE_SECONDS
    status, seconds = change()
    assert (status, seconds < 3) == (503, True)


def all_handled(events: list[StripeEvent]) -> bool:
    with tenancy.system():
        rows = StripeEvent.of_all_modes.filter(id__in=[event.id for event in events])
        return set(rows.values_list("status", flat=True)) == {EventStatus.IGNORED}
