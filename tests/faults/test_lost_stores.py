"""Without Redis no AI operation starts and all else works; lost database connections cost an answer, never a token."""

from collections.abc import Iterator
from signal import SIGCONT, SIGSTOP
from threading import Event
from time import sleep
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connections
from django.urls import reverse
from pytest_django.fixtures import Settings

from quests.models import Quest
from tests.conftest import Person, make_goal
from tests.machinery import Provider, Redis, Reply, Web, at_once, deliver, provider, redis, web
from tokens import queries as ledger
from tokens.verification import verify

pytestmark = pytest.mark.slow

READS = ("/account", "/license", "/goals", "/quests", "/tokens/balance", "/tokens/ledger", "/tokens/holds", "/usage")
PAGES = ("home", "goals", "new_goal", "quests", "usage", "ledger", "team", "settings", "account_logout")
WEB_LOCK_SECONDS = 1
GOAL = {"title": "Win offices", "target_amount": "12000.00"}


@pytest.fixture
def store() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.fixture
def double() -> Iterator[Provider]:
    with provider() as server:
        yield server


@pytest.fixture
def server(django_db_setup: None, store: Redis, double: Provider) -> Iterator[Web]:
    own = {"REDIS_URL": store.url, "PGAPPNAME": LOSING, "DATABASE_LOCK_SECONDS": str(WEB_LOCK_SECONDS)}
    with web(own | double.environment) as running:
        yield running


def position(person: Person) -> tuple[int, int]:
    with person.acting():
        assert verify().breaches == 0
        now = ledger.position()
        return now.available, now.held


def test_without_redis_ai_is_refused_and_the_rest_goes_on(
    server: Web, store: Redis, double: Provider, alice: Person
) -> None:
    goal = server.ask(alice, "POST", "/goals", GOAL).body["id"]
    own = server.ask(alice, "POST", "/tokens/holds", {"amount": 5, "purpose": "our own model"}).body["id"]
    store.kill()

    for path, body in {"/quests": {"goal": goal}, "/tokens/holds": {"amount": 5, "purpose": "another"}}.items():
        refused = server.ask(alice, "POST", path, body)
        assert (refused.status, refused.code) == (503, "abuse_store_unavailable")
        assert int(refused.headers["retry-after"]) > 0
    assert (double.calls, position(alice)) == (0, (195, 5))

    assert {path: server.ask(alice, "GET", path).status for path in READS} == dict.fromkeys(READS, 200)
    assert server.ask(alice, "POST", "/goals", GOAL).status == 201
    assert server.ask(alice, "POST", "/tokens/estimate", {"operation": "quest"}).body["tokens"] == 3
    assert server.ask(alice, "POST", f"/tokens/holds/{own}/settle", {"amount": 2}).status == 200
    assert position(alice) == (198, 0)

    store.start()
    assert server.ask(alice, "POST", "/quests", {"goal": goal}).status == 201
    assert (double.calls, position(alice)) == (1, (195, 0))


def test_a_redis_that_hangs_is_not_waited_for(server: Web, store: Redis, double: Provider, alice: Person) -> None:
    goal = server.ask(alice, "POST", "/goals", GOAL).body["id"]
    store.process.send_signal(SIGSTOP)
    assert server.ask(alice, "POST", "/quests", {"goal": goal}).code == "abuse_store_unavailable"
    assert server.ask(alice, "GET", "/goals").status == 200
    store.process.send_signal(SIGCONT)
    assert (double.calls, position(alice)) == (0, (200, 0))


def test_without_redis_the_pages_go_on(alice: Person, settings: Settings) -> None:
    dead = "unix:///nowhere/redis.sock"
    settings.REDIS_URL, cache = dead, {**settings.CACHES["default"], "LOCATION": dead}
    settings.CACHES = {"default": cache}
    browser = alice.browser()
    assert {name: browser.get(reverse(name)).status_code for name in PAGES} == dict.fromkeys(PAGES, 200)
    made = browser.post(reverse("new_goal"), {"title": "Win offices", "target_amount": "12000", "current_amount": ""})
    assert made.status_code == 302


# PostgreSQL ends the connections of the web server, as a restart or a fail-over does.


LOSING = "web that loses its connections"
"""The name of the connections that are ended: other tests' servers keep theirs."""


def end_connections(superuser: psycopg.Connection) -> None:
    superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename IN ('app_web', 'app_jobs') AND application_name = %s",
        [LOSING],
    )


def test_a_result_waits_for_a_lock_longer_than_a_statement_does(
    server: Web, double: Provider, alice: Person, superuser: psycopg.Connection
) -> None:
    """The AI has been paid by then: its answer is not thrown away for a lock of the organization's that is held."""
    goal = server.ask(alice, "POST", "/goals", GOAL).body["id"]
    asked, locked = Event(), Event()

    def behave(_: object) -> None:
        asked.set()
        assert locked.wait(60)

    double.behaviour = deliver(after=behave)

    def lock() -> int:
        assert asked.wait(60)
        with superuser.transaction():
            superuser.execute("SELECT organization_lock(%s)", [alice.organization_id])
            locked.set()
            sleep(6 * WEB_LOCK_SECONDS)
        return 0

    _, reply = at_once([lock, lambda: server.ask(alice, "POST", "/quests", {"goal": goal})])
    assert isinstance(reply, Reply) and reply.status == 201, reply
    assert position(alice) == (197, 0)


def test_lost_connections_cost_an_answer_and_never_a_token(
    server: Web, double: Provider, alice: Person, superuser: psycopg.Connection
) -> None:
    goal, key = str(make_goal(alice).id), str(uuid4())
    at_once([lambda: server.ask(alice, "GET", "/goals")] * 8)  # as many connections as the pool takes
    connections.close_all()
    end_connections(superuser)

    def ask() -> Any:
        return server.ask(alice, "POST", "/quests", {"goal": goal}, key=key)

    answers = [ask() for _ in range(20)]
    lost, made = [a for a in answers if a.status == 503], [a for a in answers if a.status == 201]
    assert len(lost) + len(made) == 20
    assert len(lost) <= 1, "the others of the pool are replaced before they are used"
    assert {(a.code, a.headers["retry-after"]) for a in lost} <= {("unavailable", "2")}
    assert {str(a.body) for a in made} == {str(made[0].body)}
    assert (double.calls, position(alice)) == (1, (197, 0))
    with alice.acting():
        assert Quest.objects.count() == 1


def test_a_page_says_so_too(alice: Person, superuser: psycopg.Connection) -> None:
    browser = alice.browser()
    browser.raise_request_exception = False
    assert browser.get(reverse("goals")).status_code == 200
    superuser.execute("SELECT pg_terminate_backend(%s)", [connections["default"].connection.info.backend_pid])
    lost = browser.get(reverse("goals"))
    assert (lost.status_code, lost.headers["Retry-After"]) == (503, "2")
    assert browser.get(reverse("goals")).status_code == 200


def test_connections_lost_during_the_call_do_not_matter(
    server: Web, double: Provider, alice: Person, superuser: psycopg.Connection
) -> None:
    double.behaviour = deliver(after=lambda _: end_connections(superuser))
    goal = str(make_goal(alice).id)
    connections.close_all()
    answer = server.ask(alice, "POST", "/quests", {"goal": goal})
    assert (answer.status, position(alice)) == (201, (197, 0))
