"""What grows with the platform: hold + settle, and how long pages and lists take, in ever larger worlds.

The worlds have a hundredth, a tenth and all of the organizations, each with as many entries and events behind it
(`growth.sql`), and the first one with a hundredth of them all: somebody who has been a large customer for long.
"""

import math
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from django.test import Client

from bench import pgbench, processes, world
from bench.options import Options
from bench.samples import Figure, Sample, Turn, compete, of_rounds, percentile
from bench.trace import api_key
from bench.world import World
from saas.accounts.models import User
from saas.kernel import tenancy
from tokens import queries as ledger

SQL = Path(__file__).with_suffix(".sql")
ORGANIZATIONS, ENTRIES = 10_000, 100_000
STEPS, SMALLEST = (100, 10, 1), 10
LARGE_CUSTOMERS_PART = 100
CLIENTS = 8
SLOWDOWN_MAX = 1.2
READS_A_SECOND = 8
READ_MS_MAX = 100.0
BACKEND = "django.contrib.auth.backends.ModelBackend"

PAGES = {
    "dashboard": "/",
    "ledger page": "/ledger",
    "usage page": "/usage",
    "audit log": "/settings/audit-log",
    "audit log, by what": "/settings/audit-log?about=people",
    "audit log, by whom": "/settings/audit-log?actor={user}",
}
LISTS = {
    "API balance": "/api/v1/tokens/balance",
    "API ledger": "/api/v1/tokens/ledger",
    "API usage": "/api/v1/usage",
    "API goals": "/api/v1/goals",
    "API audit events": "/api/v1/audit-events?kind=hold.settled",
    "API audit events, a rare kind": "/api/v1/audit-events?kind=api_key.created",
}

Read = Callable[[], object]


def measure(place: World, options: Options) -> Iterable[Figure]:
    """Yield, of each world, pairs a second and each page's 95th percentile; then the smallest beside the largest."""
    organizations = options.organizations or ORGANIZATIONS
    entries = options.entries or ENTRIES
    _begin_anew(place)
    paces: list[list[float]] = []
    for size in sorted({max(organizations // step, SMALLEST) for step in STEPS}):
        _grow(place, size, entries // organizations, entries // LARGE_CUSTOMERS_PART)
        where = f"of {size:,}"
        contest = compete(_turns(place), rounds=options.rounds, seconds=options.seconds)
        yield of_rounds(f"hold + settle, {where}", contest.rates("ours"), "pairs/s")
        paces.append(contest.ratios("ours", "limit"))
        yield of_rounds(f"hold + settle / limit, {where}", paces[-1])
        yield from _reading(place, where, math.ceil(READS_A_SECOND * options.seconds))
    slowdowns = [small / large for small, large in zip(paces[0], paces[-1], strict=True)]
    yield of_rounds("hold + settle, smallest world to largest", slowdowns, "times", SLOWDOWN_MAX, at_most=True)


def _begin_anew(place: World) -> None:
    """Make the database again if other benchmarks have worked in it."""
    if place.last >= place.first:
        for used in connections.all(initialized_only=True):
            used.close()
            used.close_pool()  # type: ignore[attr-defined]
        place.last = world.make().last
    with psycopg.connect(place.owner, autocommit=True) as connection:
        connection.execute(SQL.read_bytes())
    call_command("collectstatic", interactive=False, verbosity=0)


def _grow(place: World, organizations: int, entries: int, of_large_customer: int) -> None:
    first = place.last + 1
    place.grow(organizations)
    with psycopg.connect(place.owner, autocommit=True) as connection:
        fill = "CALL bench_history(%s::int, %s::int, %s::int)"
        if first == place.first:
            connection.execute(fill, [first, first, max(of_large_customer // 2, 1)])
            first += 1
        connection.execute(fill, [first, place.last, max(entries // 2, 1)])
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def _turns(place: World) -> dict[str, Turn]:
    span = {"first": place.first, "last": place.last}

    def turn(script: str, seconds: float) -> Sample:
        return pgbench.run(script, conninfo=place.web, clients=CLIENTS, seconds=seconds, variables=span)

    return {script: partial(turn, script) for script in ("limit", "ours")}


def _reading(place: World, where: str, reads: int) -> Iterator[Figure]:
    """Yield how long each page and list takes, of organizations at random and of the large customer."""
    some = random.sample(range(place.first + 1, place.last + 1), 9)
    servers = processes.servers() | {"Python": os.getpid()}
    readers = {"some customers": [_reads(number) for number in some], "large customer": [_reads(place.first)]}
    for whose, each in readers.items():
        for name in each[0]:
            for one in each:  # not counted: what is done once
                one[name]()
            with processes.watched(servers) as seconds:
                took = [_milliseconds(each[turn % len(each)][name]) for turn in range(reads)]
            cpu_ms = ", ".join(f"{program} {part / reads * 1e3:.1f}" for program, part in seconds.items())
            note = f"p50 {percentile(took, 50):.0f}; CPU of one: {cpu_ms}"
            worst = percentile(took, 95)
            yield Figure(f"{name}, {whose} {where}, p95", worst, "ms", READ_MS_MAX, at_most=True, note=note)


def _reads(number: int) -> dict[str, Read]:
    """Return what one organization's owner reads, by name."""
    browser, key = Client(SERVER_NAME="localhost"), api_key(number)
    browser.force_login(User.objects.get(id=world.user_id(number)), backend=BACKEND)
    headers = {"Authorization": f"Bearer {key}"}
    reads: dict[str, Read] = {"balance": partial(_balance, number)}
    reads |= {name: partial(_get, browser, path.format(user=world.user_id(number)), {}) for name, path in PAGES.items()}
    return reads | {name: partial(_get, browser, path, headers) for name, path in LISTS.items()}


def _balance(number: int) -> object:
    with tenancy.organization(world.organization_id(number)):
        return ledger.balance()


def _get(browser: Client, path: str, headers: dict[str, str]) -> None:
    answer: Any = browser.get(path, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was refused: {answer.status_code}")


def _milliseconds(read: Read) -> float:
    started = time.perf_counter()
    read()
    return (time.perf_counter() - started) * 1e3
