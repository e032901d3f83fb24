"""The jobs over many organizations: how long they take, and how long somebody's hold waits meanwhile."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg

from bench.options import Options
from bench.samples import Figure, percentile
from bench.world import World
from licensing.actions import advance_all
from plans.actions import refresh_due
from tokens.tasks import sweep

SECONDS_MAX, ORGANIZATIONS_OF_TARGET = 10.0, 100_000
STALL_MS_MAX = 100.0
IDLE_SECONDS = 3.0
ORGANIZATIONS = 2_000


@dataclass(frozen=True)
class Job:
    """A job, and the SQL that makes it due for organizations %(first)s to %(last)s."""

    name: str
    prepare: tuple[str, ...]
    run: Callable[[], int]
    after: str = "SELECT"


JOBS = (
    Job("refresh allowances", ("UPDATE plans_subscription SET allowance_until = NULL",), refresh_due),
    Job(
        "advance licenses",
        ("UPDATE licensing_license SET past_due_at = now() - interval '20 days', recorded_state = 'grace'",),
        advance_all,
        after="UPDATE licensing_license SET past_due_at = NULL, recorded_state = 'active', warned_state = ''",
    ),
    Job("sweep late holds", ("CALL bench_forget(%(first)s::int, %(last)s::int)", "SELECT pg_sleep(1.1)"), sweep),
)


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield each job's seconds and stall, and for comparison what a hold waits when nothing runs."""
    organizations = options.organizations or ORGANIZATIONS
    world.grow(organizations)
    span = {"first": world.first, "last": world.first + organizations - 1}
    quiet = _beside(lambda: time.sleep(min(IDLE_SECONDS, options.seconds)), span)
    yield Figure("no job: longest hold", max(quiet), "ms", note=f"p99 {percentile(quiet, 99):.1f} ms")
    for job in JOBS:
        _execute(world, job.prepare, span)
        took: list[float] = []
        holds = _beside(lambda run=job.run, took=took: took.append(_seconds(run)), span)  # type: ignore[misc]
        _execute(world, (job.after,), span)
        target = SECONDS_MAX * max(organizations / ORGANIZATIONS_OF_TARGET, 0.1)
        name = f"{job.name}, {organizations:,} organizations"
        yield Figure(name, took[0], "s", target=target, at_most=True)
        note = f"p99 {percentile(holds, 99):.1f} ms"
        yield Figure(f"{job.name}: longest hold beside it", max(holds), "ms", STALL_MS_MAX, at_most=True, note=note)


def _execute(world: World, statements: Iterable[str], span: dict[str, int]) -> None:
    with psycopg.connect(world.owner, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode(), span)


def _seconds(run: Callable[[], int]) -> float:
    started = time.perf_counter()
    if not run():
        raise RuntimeError("the job found nothing to do")
    return time.perf_counter() - started


def _beside(work: Callable[[], None], span: dict[str, int]) -> list[float]:
    """Work while another process holds and settles in the same organizations; return how long its holds took."""
    command = [sys.executable, "-m", "bench.probe", str(span["first"]), str(span["last"])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as probe:
        assert probe.stdin and probe.stdout
        probe.stdout.readline()
        work()
        probe.stdin.close()
        return [float(latency) for latency in json.loads(probe.stdout.read())]
