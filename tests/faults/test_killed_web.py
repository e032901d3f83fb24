"""A web process is killed with -9 in the middle of an operation: nobody pays for what was not delivered.

There are no failpoints: the moment is chosen from outside, by a provider that waits, by stopping the
process, and by holding the lock that it needs.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from pathlib import Path
from signal import SIGSTOP
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import call_command

from quests.models import Quest
from tests.conftest import Person, hire, make_goal
from tests.machinery import Provider, Reply, Web, deliver, hang, provider, until, web
from tokens import queries as ledger
from tokens.kinds import HoldStatus
from tokens.models import Hold
from tokens.tasks import sweep

pytestmark = [pytest.mark.own_database, pytest.mark.slow]


def is_stopped(pid: int) -> bool:
    """Return True if no thread of the process runs; one that ended meanwhile counts as stopped."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            if thread.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "T":
                return False
    return True


@dataclass
class Scene:
    """A request of alice's on its way through a web process, and the means to stop and to kill that."""

    alice: Person
    goal: str
    web: Web
    double: Provider
    superuser: psycopg.Connection
    key: str = field(default_factory=lambda: str(uuid4()))

    def send(self) -> Reply:
        return self.web.ask(self.alice, "POST", "/quests", {"goal": self.goal}, key=self.key)

    def replay(self) -> Any:
        """Ask again, another process."""
        return self.alice.post("/quests", {"goal": self.goal}, key=self.key)

    def lock(self) -> None:
        """Take the lock that every writer of the organization waits for."""
        self.superuser.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [str(self.alice.organization_id)])

    def unlock(self) -> None:
        self.superuser.execute("SELECT pg_advisory_unlock_all()")

    def wait_for_lock(self) -> None:
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        until(lambda: bool(self.superuser.execute(waiting).fetchall()))

    def stop(self) -> None:
        """Stop the workers, and wait for each thread: on a busy machine some run on for a moment after the signal."""
        for pid in self.web.workers():
            os.kill(pid, SIGSTOP)
            until(partial(is_stopped, pid))

    def holds(self) -> list[str]:
        with self.alice.acting():
            return list(Hold.objects.values_list("status", flat=True))

    def balance(self) -> tuple[int, int]:
        with self.alice.acting():
            position = ledger.position()
            return position.available, position.held


@pytest.fixture
def scene(alice: Person, superuser: psycopg.Connection) -> Iterator[Scene]:
    with provider() as double, web(double.environment) as running:
        yield Scene(alice, str(make_goal(alice).id), running, double, superuser)


# The moments, in their order: each sends the request and returns when it was killed there.


def taking_the_hold(scene: Scene, send: Callable[[], object]) -> None:
    scene.lock()
    send()
    scene.wait_for_lock()
    scene.web.kill_workers()
    scene.unlock()
    until(lambda: scene.holds() == [HoldStatus.HELD])
    assert scene.double.calls == 0


def during_the_call(scene: Scene, send: Callable[[], object]) -> None:
    scene.double.behaviour = hang
    send()
    until(lambda: scene.double.calls == 1)
    scene.web.kill_workers()


def before_the_answer_is_read(scene: Scene, send: Callable[[], object]) -> None:
    scene.double.behaviour = deliver(after=lambda _: scene.stop())
    send()
    until(lambda: scene.double.answers == 1)
    scene.web.kill_workers()


def settling(scene: Scene, send: Callable[[], object]) -> None:
    scene.double.behaviour = deliver(after=lambda _: scene.lock())
    send()
    scene.wait_for_lock()
    scene.web.kill_workers()
    scene.unlock()
    until(lambda: scene.holds() == [HoldStatus.SETTLED])


def before_the_reply(scene: Scene, send: Callable[[], object]) -> None:
    scene.double.behaviour = deliver(after=lambda _: scene.lock())
    send()
    scene.wait_for_lock()
    scene.stop()
    scene.unlock()
    until(lambda: scene.holds() == [HoldStatus.SETTLED])
    scene.web.kill_workers()


def killed(scene: Scene, moment: Callable[[Scene, Callable[[], object]], None]) -> None:
    """Kill the request at the moment; the client sees its connection break."""
    with ThreadPoolExecutor(1) as pool:
        answers = []
        moment(scene, lambda: answers.append(pool.submit(scene.send)))
        assert isinstance(answers[0].exception(20), OSError | HTTPException)


def is_sound(scene: Scene) -> None:
    """Verify ledger and audit of the organization; each exits on a breach."""
    for command in ("verify_ledger", "verify_audit"):
        call_command(command, "--organization", str(scene.alice.organization_id))


@pytest.mark.parametrize("moment", [taking_the_hold, during_the_call, before_the_answer_is_read])
def test_killed_before_the_settlement_it_costs_nothing(
    moment: Callable[[Scene, Callable[[], object]], None], scene: Scene, capsys: object
) -> None:
    killed(scene, moment)
    assert (scene.balance(), scene.holds()) == ((197, 3), [HoldStatus.HELD])
    assert scene.replay().json()["code"] == "idempotency_in_progress"

    end = "UPDATE tokens_hold SET expires_at = clock_timestamp() WHERE organization_id = %s"
    scene.superuser.execute(end, [scene.alice.organization_id])
    assert (scene.balance(), scene.holds()) == ((200, 0), [HoldStatus.HELD]), "free before it is swept"
    replayed = scene.replay()
    assert (replayed.status_code, replayed.json()["code"], replayed.json()["refunded"]) == (504, "ai_timeout", True)
    sweep()
    assert (scene.balance(), scene.holds()) == ((200, 0), [HoldStatus.EXPIRED])
    assert scene.replay().json()["code"] == "ai_timeout"
    is_sound(scene)


@pytest.mark.parametrize("moment", [settling, before_the_reply])
def test_killed_after_the_settlement_it_is_charged_once_and_delivered_when_asked_again(
    moment: Callable[[Scene, Callable[[], object]], None], scene: Scene, capsys: object
) -> None:
    killed(scene, moment)
    assert (scene.balance(), scene.holds()) == ((197, 0), [HoldStatus.SETTLED])
    replayed = scene.replay()
    assert (replayed.status_code, replayed.headers["Idempotent-Replayed"]) == (201, "true")
    assert (len(replayed.json()["quests"]), replayed.json()["tokens"]["charged"]) == (1, 3)
    with scene.alice.acting():
        assert Quest.objects.count() == 1
    assert (scene.balance(), scene.double.calls) == ((197, 0), 1)
    is_sound(scene)


def test_the_next_request_is_served(scene: Scene) -> None:
    killed(scene, during_the_call)
    until(scene.web.is_ready)
    scene.double.behaviour = deliver()
    answer = scene.web.ask(hire(scene.alice), "POST", "/quests", {"goal": scene.goal})
    assert (answer.status, answer.body["tokens"]["available"], answer.body["tokens"]["held"]) == (201, 194, 3)
