"""Seeded trials: clients at work, one fault, and what they were told compared with what was charged."""

import http.client
import os
import random
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from plans.actions import set_override
from plans.models import OverrideKind
from tests import machinery
from tests.conftest import Person, make_goal, open_business
from tests.faults.proxy import Proxy, postgres_address, proxy_to
from tests.machinery import PROJECT, Provider, Reply, Web, deliver

HOLD_SECONDS, AI_SECONDS, PATIENCE_SECONDS = 20, 0.5, 90.0
HOUR = 3600
AGAIN = {409, 429, 502, 503, 504}
"""What a client repeats under the same key: nothing final was said yet, or nothing was charged."""


@dataclass
class Operation:
    """One request under a key, with what the client was told at last."""

    person: Person
    is_quest: bool
    goal: str
    key: str = field(default_factory=lambda: str(uuid4()))
    final: Reply | None = None

    def run(self, web: Web) -> None:
        """Ask until there is a final answer. A key whose operation failed is done: nothing was charged."""
        path, body = (
            ("/quests", {"goal": self.goal, "count": 1})
            if self.is_quest
            else ("/tokens/holds", {"amount": 1, "purpose": "fault"})
        )
        ends = monotonic() + PATIENCE_SECONDS
        while self.final is None and monotonic() < ends:
            with suppress(OSError, http.client.HTTPException, ValueError):
                reply = web.ask(self.person, "POST", path, body, key=self.key)
                if reply.status not in AGAIN or reply.body.get("refunded"):
                    self.final = reply
                    return
            sleep(0.3)


@dataclass(frozen=True)
class Result:
    """What a trial showed."""

    kind: str
    operations: int
    lost: int
    doubled: int
    wrongly: int
    unanswered: int
    seconds: float
    cuts: int


@dataclass
class World:
    """A web server, its database and Redis behind proxies, an AI that takes a while, and some organizations."""

    web: Web
    database: Proxy
    redis: Proxy
    ai: Provider
    clock: Path
    people: list[Person]
    goals: list[str]
    superuser: psycopg.Connection

    def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database directly; connects anew when a trial has ended the connection."""
        for attempt in range(60):
            try:
                if self.superuser.closed:
                    self.superuser = psycopg.connect(settings.DATABASE_URL, autocommit=True)
                cursor = self.superuser.execute(text, values or None)
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                with suppress(psycopg.Error):
                    self.superuser.close()
                sleep(0.5)
                if attempt == 59:
                    raise
        return []


@contextmanager
def world() -> Iterator[World]:
    """Set the stage, on the database that the settings name."""
    with ExitStack() as stack:
        database = stack.enter_context(proxy_to(postgres_address(conninfo_to_dict(settings.DATABASE_URL))))
        redis = stack.enter_context(proxy_to(settings.REDIS_URL.removeprefix("unix://").partition("?")[0]))
        ai = stack.enter_context(machinery.provider())
        ai.behaviour = deliver(after=lambda _: sleep(AI_SECONDS))
        clock = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "clock"
        environment = {
            **ai.environment,
            "DATABASE_URL": make_conninfo(settings.DATABASE_URL, host="127.0.0.1", port=str(database.port)),
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "DATABASE_STATEMENT_SECONDS": "5",
            "HOLD_SECONDS": str(HOLD_SECONDS),
            "AI_DEADLINE_SECONDS": "10",
            "ALLOWED_HOSTS": "127.0.0.1",
            "FAULTS_CLOCK": str(clock),
            "PYTHONPATH": f"{PROJECT / 'tests/faults/clock'}{os.pathsep}{PROJECT}",
        }
        people = [_customer() for _ in range(3)]
        goals = [str(make_goal(person).id) for person in people]
        web = stack.enter_context(machinery.web(environment, workers=2))
        superuser = psycopg.connect(settings.DATABASE_URL, autocommit=True)
        stage = World(web, database, redis, ai, clock, people, goals, superuser)
        yield stage
        stage.superuser.close()


def _customer() -> Person:
    person = open_business("enterprise")
    with person.acting():
        for limit, value in {"requests_per_minute": 100_000, "minimum_gap_seconds": 0}.items():
            set_override(kind=OverrideKind.LIMIT, key=limit, value=value, reason="faults", ends_at=None, by=None)
    return person


# The faults: each begins at once, and returns what ends it.

Heal = Callable[[], None]


def _nothing() -> None:
    """Nothing to end: the system must come back by itself."""


def kill_one_worker(stage: World, chance: random.Random) -> Heal:
    os.kill(chance.choice(stage.web.workers()), SIGKILL)
    return _nothing


def kill_all_workers(stage: World, chance: random.Random) -> Heal:
    stage.web.kill_workers()
    return _nothing


def kill_a_backend(stage: World, chance: random.Random) -> Heal:
    """PostgreSQL ends all sessions and recovers."""
    backends = "SELECT pid FROM pg_stat_activity WHERE usename = 'app_web' AND datname = current_database()"
    pids = [pid for (pid,) in stage.sql(backends)]
    if pids:
        os.kill(chance.choice(pids), SIGKILL)
    return _nothing


def reset(stage: World, chance: random.Random) -> Heal:
    stage.database.reset()
    return _nothing


def cut(pattern: bytes, *, after: bool) -> Callable[[World, random.Random], Heal]:
    def begin(stage: World, chance: random.Random) -> Heal:
        stage.database.cut(pattern, after=after, times=3)
        return stage.database.heal

    return begin


def silent(stage: World, chance: random.Random) -> Heal:
    """Never healed: only new connections work from then on."""
    stage.database.silence()
    return _nothing


def hang(stage: World, chance: random.Random) -> Heal:
    stage.database.is_hung = True
    return stage.database.heal


def refuse(stage: World, chance: random.Random) -> Heal:
    stage.database.refuses = True
    stage.database.reset()
    return stage.database.heal


def hang_redis(stage: World, chance: random.Random) -> Heal:
    stage.redis.is_hung = True
    return stage.redis.heal


def reset_redis(stage: World, chance: random.Random) -> Heal:
    stage.redis.reset()
    return _nothing


def read_only(stage: World, chance: random.Random) -> Heal:
    [(name,)] = stage.sql("SELECT current_database()")
    stage.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    stage.database.reset()

    def heal() -> None:
        stage.sql("SET default_transaction_read_only = off")
        stage.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        stage.database.reset()

    return heal


def full(stage: World, chance: random.Random) -> Heal:
    """Fill the volume of the database; `volume` says whether it has a small one of its own."""
    filler = volume(stage) / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(b"\0" * 1_000_000)
            file.flush()
    return filler.unlink


def volume(stage: World) -> Path:
    """Return the volume of the database's files."""
    [(folder,)] = stage.sql("SHOW data_directory")
    path = Path(folder).resolve()
    while not path.is_mount():
        path = path.parent
    return path


def can_be_filled(stage: World) -> bool:
    """Return True if the database has a volume of its own of less than 2 GB: nobody else's would be filled."""
    size = os.statvfs(volume(stage))
    return size.f_blocks * size.f_frsize < 2_000_000_000


def jump(seconds: int) -> Callable[[World, random.Random], Heal]:
    def begin(stage: World, chance: random.Random) -> Heal:
        stage.clock.write_text(str(seconds))

        def heal() -> None:
            stage.clock.write_text("0")

        return heal

    return begin


FAULTS: dict[str, Callable[[World, random.Random], Heal]] = {
    "kill -9 a web worker": kill_one_worker,
    "kill -9 all web workers": kill_all_workers,
    "kill -9 a PostgreSQL backend": kill_a_backend,
    "all database connections reset": reset,
    "connection cut at the hold, before it arrives": cut(b"tokens_hold_place", after=False),
    "connection cut at the hold, after its commit": cut(b"tokens_hold_place", after=True),
    "connection cut at the settlement, before it arrives": cut(b"tokens_hold_end", after=False),
    "connection cut at the settlement, after its commit": cut(b"tokens_hold_end", after=True),
    "database connections fall silent": silent,
    "database hangs": hang,
    "database refuses connections": refuse,
    "database only reads": read_only,
    "volume of the database full": full,
    "Redis hangs": hang_redis,
    "Redis connections reset": reset_redis,
    "web's clock an hour ahead": jump(HOUR),
    "web's clock an hour back": jump(-HOUR),
}


def run(stage: World, kind: str, chance: random.Random, *, operations: int = 24) -> Result:
    """Let clients work, begin the fault and end it; return what became of them, once all have an answer."""
    cuts_before = stage.database.cuts
    chosen = [chance.randrange(len(stage.people)) for _ in range(operations)]
    work = [Operation(stage.people[n], bool(chance.randrange(2)), stage.goals[n]) for n in chosen]
    threads = [threading.Thread(target=_late, args=(each, stage.web, chance.uniform(0, 2))) for each in work]
    for thread in threads:
        thread.start()
    sleep(chance.uniform(0.2, 1.0))
    heal = FAULTS[kind](stage, chance)
    try:
        sleep(0 if heal is _nothing else chance.uniform(2, 5))
    finally:
        heal()
    healed_at = monotonic()
    _await_service(stage)
    seconds = monotonic() - healed_at
    for thread in threads:
        thread.join()
    lost, doubled, wrongly = compare(stage, work)
    unanswered, cuts = sum(each.final is None for each in work), stage.database.cuts - cuts_before
    return Result(kind, len(work), lost, doubled, wrongly, unanswered, seconds, cuts)


def _late(operation: Operation, web: Web, seconds: float) -> None:
    sleep(seconds)
    operation.run(web)


def _await_service(stage: World) -> None:
    """Wait until reads and holds are served again."""
    ends = monotonic() + 120
    while monotonic() < ends:
        probe = Operation(stage.people[0], False, stage.goals[0])
        with suppress(OSError, http.client.HTTPException, ValueError):
            reply = stage.web.ask(probe.person, "POST", "/tokens/holds", {"amount": 1, "purpose": "probe"})
            if reply.status == 201:
                stage.web.ask(probe.person, "POST", f"/tokens/holds/{reply.body['id']}/release", {})
                return
        sleep(0.1)
    raise AssertionError("it did not come back")


def compare(stage: World, work: list[Operation]) -> tuple[int, int, int]:
    """Compare what clients were told with the database: return how many were lost, doubled and charged wrongly."""
    lost = doubled = wrongly = 0
    for operation in work:
        holds = stage.sql(
            "SELECT h.id, h.status, h.settled_tokens"
            " FROM web_idempotency i JOIN tokens_hold h ON h.id = i.transaction_id"
            " WHERE i.organization_id = %s AND i.key = %s",
            operation.person.organization_id,
            operation.key,
        )
        doubled += max(len(holds) - 1, 0)
        final = operation.final
        if final is None:
            continue
        status, settled = (holds[0][1], holds[0][2]) if holds else ("none", 0)
        if final.status == 201 and not operation.is_quest:
            known = stage.sql("SELECT 1 FROM tokens_hold WHERE id = %s", UUID(final.body["id"]))
            lost += not known
        elif final.status == 201:
            lost += status != "settled"
            wrongly += settled != final.body["tokens"]["charged"]
        else:
            wrongly += status == "settled"
    doubled += _without_a_request(stage, work)
    return lost, doubled, wrongly


def _without_a_request(stage: World, work: list[Operation]) -> int:
    """Return how many charges no key stands for, and how many quests no charge."""
    [(charges,)] = stage.sql(
        "SELECT count(*) FROM tokens_hold h WHERE h.operation = 'quest' AND h.status = 'settled' AND NOT EXISTS"
        " (SELECT 1 FROM web_idempotency i WHERE i.organization_id = h.organization_id AND i.transaction_id = h.id)"
    )
    [(quests,)] = stage.sql("SELECT count(*) FROM quests_quest")
    [(paid,)] = stage.sql(
        "SELECT coalesce(sum(settled_tokens), 0) / 3 FROM tokens_hold WHERE operation = 'quest' AND status = 'settled'"
    )
    return int(charges) + abs(int(quests) - int(paid))
