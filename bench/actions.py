"""Hold and settle from Python: the ledger's actions and the whole pipeline, beside the limit and ORM statements."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from statistics import median

from bench import pgbench
from bench.options import Options
from bench.samples import Figure, Sample, Turn, compete, of_rounds
from bench.world import World

CLIENTS = 8
PROCESSES = 2
ORGANIZATIONS = 10_000
LIMIT_TARGET, PIPELINE_TARGET, ORM_TARGET = 0.3, 0.15, 7.0


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield pairs a second of each, and the ratios to the limit and to the ORM."""
    organizations = options.organizations or ORGANIZATIONS
    world.grow(organizations)
    span = (world.first, world.first + organizations - 1)
    turns: dict[str, Turn] = {"limit": partial(_limit, world, span)}
    turns |= {name: partial(_python, name, span) for name in ("actions", "pipeline", "orm")}
    contest = compete(turns, rounds=options.rounds, seconds=options.seconds)
    where = f"{CLIENTS} clients, {organizations:,} organizations"
    yield of_rounds(f"from Python, limit by pgbench: {where}", contest.rates("limit"), "pairs/s")
    for name, words in (("actions", "actions"), ("pipeline", "whole pipeline"), ("orm", "ORM statements")):
        note = f"p99 {median(contest.percentiles(name, 99)):.1f} ms"
        yield of_rounds(f"from Python, {words}", contest.rates(name), "pairs/s", note=note)
    yield of_rounds("from Python, actions / limit", contest.ratios("actions", "limit"), target=LIMIT_TARGET)
    yield of_rounds("from Python, whole pipeline / limit", contest.ratios("pipeline", "limit"), target=PIPELINE_TARGET)
    yield of_rounds("from Python, actions / ORM", contest.ratios("actions", "orm"), target=ORM_TARGET)


def _limit(world: World, span: tuple[int, int], seconds: float) -> Sample:
    variables = dict(zip(("first", "last"), span, strict=True))
    return pgbench.run("limit", conninfo=world.web, clients=CLIENTS, seconds=seconds, variables=variables)


def _python(name: str, span: tuple[int, int], seconds: float) -> Sample:
    """Share the clients among processes, since one interpreter uses one core."""
    threads = CLIENTS // PROCESSES
    words = [name, threads, seconds, *span]
    command = [sys.executable, "-m", "bench.worker", *map(str, words)]
    environment = os.environ | {"DATABASE_POOL_SIZE": str(threads)}
    crew = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    latencies: list[float] = []
    for process in crew:
        printed, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"bench.worker {name} ended with {process.returncode}")
        latencies += json.loads(printed)
    return Sample(len(latencies) / seconds, latencies)
