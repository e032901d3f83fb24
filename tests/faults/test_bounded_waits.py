"""What is slow, silent or locked for one costs others nothing; every wait ends, with a 503 that says when to return."""

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic, sleep
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from saas.kernel.postgres.seats import NoSeat, Seats
from tests import machinery
from tests.conftest import Person
from tests.faults.proxy import Proxy, postgres_address, proxy_to
from tests.machinery import Reply, Web, at_once, until
from tokens import actions as ledger_actions

pytestmark = [pytest.mark.slow, pytest.mark.own_database]
HELD_SECONDS = 18


@pytest.fixture(scope="module")
def database(django_db_setup: None, own_database: None) -> Iterator[Proxy]:
    """A proxy before this worker's PostgreSQL."""
    with proxy_to(postgres_address(conninfo_to_dict(settings.DATABASE_URL))) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def web(database: Proxy) -> Iterator[Web]:
    """A web server whose database is behind the proxy, with short limits and one worker."""
    url = make_conninfo(settings.DATABASE_URL, host="127.0.0.1", port=str(database.port))
    environment = {
        "DATABASE_URL": url,
        "DATABASE_STATEMENT_SECONDS": "5",
        "DATABASE_LOCK_SECONDS": "3",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    with machinery.web(environment) as server:
        yield server


@pytest.fixture(autouse=True)
def healed(database: Proxy) -> Iterator[None]:
    """Break nothing for the next test."""
    yield
    database.heal()


def balance(server: Web, person: Person) -> Reply:
    return server.ask(person, "GET", "/tokens/balance")


def hold(server: Web, person: Person) -> Reply:
    return server.ask(person, "POST", "/tokens/holds", {"amount": 1, "purpose": "test"})


def plainly(server: Web, path: str) -> tuple[int, str, str, float]:
    """GET a page of no person; return status, content type, Retry-After and seconds."""
    client, started = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60), monotonic()
    client.request("GET", path)
    answer = client.getresponse()
    answer.read()
    client.close()
    return (
        answer.status,
        answer.headers.get("Content-Type", ""),
        answer.headers.get("Retry-After", ""),
        monotonic() - started,
    )


def is_served(server: Web, person: Person) -> bool:
    return balance(server, person).status == 200


@contextmanager
def working(server: Web, job: Callable[[], Reply], many: int) -> Iterator[list[Reply]]:
    """Send many requests at once while the block runs; they have ended after it."""
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(job())) for _ in range(many)]
    for thread in threads:
        thread.start()
    yield replies
    for thread in threads:
        thread.join()


def test_an_organization_whose_lock_is_held_costs_others_nothing(
    web: Web, alice: Person, mallory: Person, superuser: psycopg.Connection
) -> None:
    assert is_served(web, alice) and is_served(web, mallory)
    with superuser.transaction():
        superuser.execute("SELECT organization_lock(%s)", [alice.organization_id])
        with working(web, partial(hold, web, alice), 40) as replies:
            sleep(1)
            started, slowest = monotonic(), 0.0
            while monotonic() - started < 8:
                asked = monotonic()
                assert balance(web, mallory).status == 200
                assert web.is_ready()
                slowest = max(slowest, monotonic() - asked)
    assert Counter(reply.status for reply in replies) == {503: 40}
    assert all(int(reply.headers["retry-after"]) >= 1 for reply in replies)
    assert slowest < 5, "a tenth of what the held lock made everybody wait before, with room for a slow machine"
    assert hold(web, alice).status == 201


def test_as_many_requests_as_tokens_are_left_are_served_and_no_more(web: Web, alice: Person) -> None:
    with alice.acting():
        who = {"user_id": alice.user.pk, "department_id": None}
        ledger_actions.hold(
            transaction_id=uuid4(), tokens=170, operation="quest", price_book_version=None, seconds=600, **who
        )
    replies = at_once([partial(hold, web, alice)] * 60)
    assert Counter(reply.status if isinstance(reply, Reply) else repr(reply) for reply in replies) == {201: 30, 402: 30}


def test_a_locked_table_is_a_503_that_says_when_to_return(
    web: Web, alice: Person, superuser: psycopg.Connection
) -> None:
    assert is_served(web, alice)
    with superuser.transaction():
        superuser.execute("LOCK TABLE tokens_account")
        reply = balance(web, alice)
        assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "unavailable", "2")
        status, kind, retry_after, seconds = plainly(web, "/metrics")
        assert (status, kind, retry_after) == (503, "text/plain", "5")
        assert seconds < 3, "half a second, with room for a slow machine: no scrape waits for a lock"
    assert is_served(web, alice)


def test_connections_that_fall_silent_are_replaced(web: Web, alice: Person, database: Proxy) -> None:
    at_once([partial(balance, web, alice)] * 16)
    database.silence()
    sleep(6)  # long enough that each is asked whether it lives
    until(lambda: is_served(web, alice), seconds=30)
    assert [balance(web, alice).status for _ in range(8)] == [200] * 8


def test_a_connection_that_falls_silent_in_mid_request_is_given_up(web: Web, alice: Person, database: Proxy) -> None:
    until(lambda: is_served(web, alice))
    database.is_hung = True
    started = monotonic()
    assert balance(web, alice).status == 503
    assert monotonic() - started < 30
    status, _, retry_after, _ = plainly(web, "/readyz")
    assert (status, retry_after) == (503, "2")
    database.heal()
    until(lambda: is_served(web, alice), seconds=30)
    assert web.is_ready()


def test_after_the_server_closed_its_connections_nobody_sees_an_error(
    web: Web, alice: Person, superuser: psycopg.Connection
) -> None:
    at_once([partial(balance, web, alice)] * 16)
    superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'app_web' AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    sleep(0.5)
    assert [balance(web, alice).status for _ in range(16)] == [200] * 16


def test_a_database_that_only_reads_is_a_503_and_not_ready(
    web: Web, alice: Person, superuser: psycopg.Connection, database: Proxy
) -> None:
    name = superuser.info.dbname
    superuser.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        database.reset()
        until(lambda: not web.is_ready(), seconds=30)
        for reply in (hold(web, alice), web.ask(alice, "POST", "/goals", {"title": "x", "target_amount": "1.00"})):
            assert (reply.status, reply.code) == (503, "unavailable")
            assert reply.headers["retry-after"] == "2"
    finally:
        superuser.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    database.reset()
    until(web.is_ready, seconds=30)
    assert hold(web, alice).status == 201


# The seats themselves.


def test_who_finds_no_seat_waits_as_long_as_the_queue_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saas.kernel.postgres.seats.PATIENCE_SECONDS", 0.5)
    seats = Seats()
    seats.take("a", 1)
    seats.connected("a")
    assert not seats.try_take("a", 1) and seats.try_take("b", 1)
    done: list[str] = []

    def wait() -> None:
        seats.take("a", 1)
        seats.connected("a")
        sleep(0.3)
        seats.give("a", usable=True)
        done.append("served")

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    sleep(0.2)
    seats.give("a", usable=True)
    for thread in threads:
        thread.join()
    assert done == ["served"] * 4, "1.2 seconds in all, but never half a second without a move"
    seats.give("b", usable=True)
    assert len(seats) == 0, "nobody is remembered"


def test_who_finds_no_seat_in_a_queue_that_stands_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saas.kernel.postgres.seats.PATIENCE_SECONDS", 0.2)
    seats = Seats()
    seats.take("a", 1)
    seats.connected("a")
    with pytest.raises(NoSeat):
        seats.take("a", 1)
    seats.give("a", usable=False)
    assert len(seats) == 0


def test_keys_are_few_however_many_organizations_came() -> None:
    seats = Seats()
    for _ in range(1_000):
        key = uuid4()
        seats.take(key, 4)
        seats.give(key, usable=True)
    assert len(seats) == 0
