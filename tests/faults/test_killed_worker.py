"""Money over real HTTP through a real worker: events are kept and handled; kill -9 loses and doubles none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from celery import current_app
from django.conf import LazySettings
from kombu import Connection

from audit.verification import verify as verify_audit
from fake_stripe import operator_actions
from fake_stripe.engine import cards, checkout
from fake_stripe.models import DeliveryState, FakeDelivery, FakeEvent
from marketplace.models import EventStatus, PackOrder, Payment, StripeEvent
from marketplace.packs import orders
from marketplace.stripe import tasks
from marketplace.stripe.gateway import client as gateway_client
from saas.kernel import tenancy
from tests.conftest import Person
from tests.machinery import Redis, kill_group, redis, until, web, worker
from tokens.queries import position
from tokens.verification import verify as verify_ledger

pytestmark = [pytest.mark.own_database, pytest.mark.slow]


PATIENCE = 90


@dataclass
class Scene:
    """Alice's organization on the sandbox, with a web server, and what a worker needs beside it."""

    alice: Person
    environment: dict[str, str]
    store: Redis

    def send(self, task: str, *arguments: str) -> None:
        """Give the worker something to do, as beat or the sandbox would."""
        with Connection(
            self.store.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
        ) as broker:
            current_app.send_task(task, list(arguments), connection=broker)

    def pay_for_a_pack(self) -> PackOrder:
        with self.alice.acting():
            order = orders.buy_pack(caller=self.alice.caller, pack_key="pack_500", new_card=True)
        operator_actions.change(
            self.alice.organization_id,
            "checkout.session",
            order.checkout_session_id,
            lambda store, session: checkout.pay(store, session, cards.new_card(store, "works")),
        )
        return order

    def deliveries(self) -> Sequence[FakeDelivery]:
        with tenancy.system():
            return list(FakeDelivery.objects.filter(organization_id=self.alice.organization_id))

    def deliver(self) -> None:
        """Have every event delivered, as the sandbox does after each commit."""
        for delivery in self.deliveries():
            self.send("fake_stripe.tasks.deliver", str(delivery.id))

    def events(self) -> list[str]:
        """Return what became of the organization's events in the inbox."""
        with tenancy.system():
            ids = FakeEvent.objects.filter(organization_id=self.alice.organization_id).values("stripe_id")
            return list(StripeEvent.objects.filter(event_id__in=ids).values_list("status", flat=True))

    def available(self) -> int:
        with self.alice.acting():
            return position().available

    def is_settled(self) -> bool:
        """Return True if every event arrived and was handled."""
        arrived = {delivery.state for delivery in self.deliveries()} == {DeliveryState.DELIVERED}
        return arrived and EventStatus.RECEIVED not in self.events()

    def is_sound(self) -> None:
        with self.alice.acting():
            assert verify_ledger().breaches == 0
            assert verify_audit().breaches == []
            assert Payment.objects.count() == 1


@pytest.fixture
def scene(alice: Person, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)
    monkeypatch.setattr(tasks, "wake", lambda event_pk: None)
    gateway_client.client.cache_clear()
    (tmp_path / "static").mkdir()
    with redis() as store:
        environment = {"BILLING_MODE": "sandbox", "DATA_DIR": str(tmp_path), "REDIS_URL": store.url}
        with web(environment) as server:
            yield Scene(alice, {**environment, "PORT": str(server.port)}, store)
    gateway_client.client.cache_clear()


@pytest.mark.timeout(300)
def test_events_travel_over_http_and_a_worker_handles_them(scene: Scene) -> None:
    order = scene.pay_for_a_pack()
    assert scene.available() == 200
    with worker(scene.environment):
        scene.deliver()
        until(scene.is_settled, seconds=PATIENCE)
    assert scene.available() == 700
    assert {delivery.answer for delivery in scene.deliveries()} == {"200"}
    assert EventStatus.DONE in scene.events() and EventStatus.PARKED not in scene.events()
    with scene.alice.acting():
        order.refresh_from_db()
        assert order.status == "paid"
    scene.is_sound()


@pytest.mark.timeout(300)
def test_a_worker_killed_while_it_credits_loses_nothing_and_credits_once(
    scene: Scene, superuser: psycopg.Connection
) -> None:
    scene.pay_for_a_pack()
    lock = lock_of(scene.alice.organization_id)
    superuser.execute(f"SELECT pg_advisory_lock({lock})")
    with worker(scene.environment) as first:
        scene.deliver()
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        until(lambda: bool(superuser.execute(waiting).fetchall()), seconds=PATIENCE)
        kill_group(first)
    superuser.execute("SELECT pg_advisory_unlock_all()")
    assert scene.available() == 200
    assert EventStatus.RECEIVED in scene.events(), "it is kept, and waits"

    with worker(scene.environment):

        def is_settled() -> bool:
            scene.deliver()  # what the tick finds due again
            scene.send("marketplace.tasks.work_inbox")
            try:
                until(scene.is_settled, seconds=3)
            except AssertionError:
                return False
            return True

        until(is_settled, seconds=PATIENCE)
    assert scene.available() == 700
    scene.is_sound()


def lock_of(organization_id: UUID) -> str:
    """Return the lock that every writer of the organization takes."""
    return f"hashtextextended('{organization_id}', 0)"
