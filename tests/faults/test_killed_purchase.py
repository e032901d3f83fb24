"""A web process is killed with -9 after the card was charged and before we wrote it down: the money is not lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.conf import LazySettings
from django.db.models import F

from fake_stripe import actions as fake_stripe
from fake_stripe.engine import cards
from fake_stripe.models import FakeObject
from marketplace.models import OrderStatus, PackOrder
from marketplace.packs.sweeps import settle_orders
from marketplace.stripe.customers import ensure_customer, refresh_card
from marketplace.stripe.gateway import client as gateway_client
from saas.kernel import tenancy
from tests.conftest import Person
from tests.machinery import until, web
from tokens import queries as ledger

pytestmark = [pytest.mark.own_database, pytest.mark.slow]


@pytest.fixture
def shopper(alice: Person, settings: LazySettings, tmp_path: Path) -> Iterator[Person]:
    """Alice with a card that works, on a sandbox which the web process shares."""
    settings.BILLING_MODE, settings.DATA_DIR = "sandbox", tmp_path
    gateway_client.client.cache_clear()
    with alice.acting():
        customer = ensure_customer()
        with fake_stripe.open_store(alice.organization_id) as store:
            card = cards.attach(store, cards.new_card(store, "works"), str(customer.customer_id))
            cards.make_default(store, store.get("customer", str(customer.customer_id)), card["id"])
        refresh_card()
    yield alice
    gateway_client.client.cache_clear()


@contextmanager
def payments_cannot_be_written(superuser: psycopg.Connection) -> Iterator[None]:
    """Let whoever learns of a payment wait, as long as this lasts."""
    with superuser.transaction():
        superuser.execute("LOCK TABLE marketplace_payment IN EXCLUSIVE MODE")
        yield


def someone_waits(superuser: psycopg.Connection) -> bool:
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'marketplace_payment'::regclass"
    return bool(superuser.execute(waiting).fetchall())


def order(person: Person) -> PackOrder:
    with person.acting():
        return PackOrder.objects.get()


def charges(person: Person) -> int:
    with tenancy.system():
        own = FakeObject.objects.filter(organization_id=person.organization_id, kind="payment_intent")
        return own.count()


def available(person: Person) -> int:
    with person.acting():
        return ledger.position().available


@pytest.mark.parametrize("found_by", ["the customer who asks again", "the job that asks again"])
def test_the_charge_is_found_and_credited_once(
    shopper: Person, superuser: psycopg.Connection, tmp_path: Path, found_by: str
) -> None:
    before, key = available(shopper), str(uuid4())
    with (
        web({"BILLING_MODE": "sandbox", "DATA_DIR": str(tmp_path)}) as running,
        ThreadPoolExecutor(1) as pool,
        payments_cannot_be_written(superuser),
    ):
        asked = pool.submit(running.ask, shopper, "POST", "/purchases", {"pack": "pack_500"}, key=key)
        until(lambda: someone_waits(superuser))
        running.kill_workers()
        assert isinstance(asked.exception(20), OSError | HTTPException)
    assert (charges(shopper), order(shopper).status, available(shopper)) == (1, OrderStatus.PENDING, before)

    if found_by == "the job that asks again":
        with shopper.acting():
            PackOrder.objects.update(attempted_at=F("attempted_at") - timedelta(minutes=2))
        settle_orders()
    for _ in range(2):
        again = shopper.post("/purchases", {"pack": "pack_500"}, key=key)
        assert (again.status_code, again.json()["status"]) == (201, "paid")
    assert (charges(shopper), available(shopper)) == (1, before + 500)
