"""Hold and settle on our own SQL functions, beside the limit and other ledgers.

BENCH_PGLEDGER is the path of pgledger's SQL, or paths with commas between them; BENCH_TIGERBEETLE that of its program.
TigerBeetle runs its own benchmark: a pair is two of its transfers, of which it takes thousands at a time, so it is a
bound rather than a contestant.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

import psycopg

from bench import pgbench
from bench.options import Options
from bench.samples import Contest, Figure, Sample, Turn, compete, of_rounds
from bench.world import World

ORGANIZATIONS = 10_000
TARGETS, HOT_TARGET = {8: 0.5, 32: 0.4}, 0.6
"""By clients, and for both."""
TIGERBEETLE_TRANSFERS_A_SECOND = 100_000
PGLEDGER_ACCOUNTS = """
    CREATE TABLE bench_pgledger AS
    SELECT place, (pgledger_create_account('available ' || place, 'TOK')).id AS available,
           (pgledger_create_account('held ' || place, 'TOK')).id AS held,
           (pgledger_create_account('used ' || place, 'TOK')).id AS used
    FROM generate_series(%(first)s::int, %(last)s::int) place;
    ALTER TABLE bench_pgledger ADD PRIMARY KEY (place);
    ANALYZE
"""


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield pairs a second, the ratio to the limit and the 99th percentile."""
    organizations = options.organizations or ORGANIZATIONS
    world.grow(organizations)
    has_pgledger = _add_pgledger(world, organizations)
    for clients in TARGETS:
        for places in (organizations, 1):
            turns = _turns(world, clients, places, has_pgledger=has_pgledger)
            contest = compete(turns, rounds=options.rounds, seconds=options.seconds)
            yield from _figures(contest, clients=clients, organizations=places)
    if tigerbeetle := os.environ.get("BENCH_TIGERBEETLE"):
        alone: Mapping[str, Turn] = {"TigerBeetle": partial(_tigerbeetle, tigerbeetle)}
        contest = compete(alone, rounds=options.rounds, seconds=options.seconds)
        yield of_rounds("TigerBeetle, its own benchmark", contest.rates("TigerBeetle"), "pairs/s")
    else:
        print("TigerBeetle: left out, BENCH_TIGERBEETLE is not set.", file=sys.stderr)


def _turns(world: World, clients: int, organizations: int, *, has_pgledger: bool) -> dict[str, Turn]:
    variables = {"first": world.first, "last": world.first + organizations - 1}

    def turn(script: str, conninfo: str, seconds: float) -> Sample:
        return pgbench.run(script, conninfo=conninfo, clients=clients, seconds=seconds, variables=variables)

    turns: dict[str, Turn] = {script: partial(turn, script, world.web) for script in ("limit", "ours")}
    return turns | ({"pgledger": partial(turn, "pgledger", world.owner)} if has_pgledger else {})


def _figures(contest: Contest, *, clients: int, organizations: int) -> Iterable[Figure]:
    hot = organizations == 1
    where = f"{clients} clients, {'one hot organization' if hot else f'{organizations:,} organizations'}"
    yield of_rounds(f"limit: {where}", contest.rates("limit"), "pairs/s")
    yield of_rounds(f"ledger functions: {where}", contest.rates("ours"), "pairs/s")
    target = HOT_TARGET if hot else TARGETS[clients]
    yield of_rounds(f"ledger / limit: {where}", contest.ratios("ours", "limit"), target=target)
    note = f"limit {median(contest.percentiles('limit', 99)):.1f} ms"
    yield of_rounds(f"ledger p99: {where}", contest.percentiles("ours", 99), "ms", note=note)
    if "pgledger" in contest.samples:
        yield of_rounds(f"pgledger: {where}", contest.rates("pgledger"), "pairs/s")


def _add_pgledger(world: World, organizations: int) -> bool:
    """Load it and open three accounts for each organization; return whether it is there."""
    paths = [path for path in os.environ.get("BENCH_PGLEDGER", "").split(",") if path]
    if not paths:
        print("pgledger: left out, BENCH_PGLEDGER is not set.", file=sys.stderr)
        return False
    with psycopg.connect(world.owner, autocommit=True) as connection:
        for path in paths:
            connection.execute(Path(path).read_bytes())
        span = {"first": world.first, "last": world.first + organizations - 1}
        psycopg.ClientCursor(connection).execute(PGLEDGER_ACCOUNTS, span)
    return True


def _tigerbeetle(program: str, seconds: float) -> Sample:
    transfers = round(TIGERBEETLE_TRANSFERS_A_SECOND * seconds)
    command = [program, "benchmark", f"--transfer-count={transfers}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    found = re.search(r"load accepted = ([0-9_,]+) tx/s", done.stdout)
    if not found:
        raise RuntimeError(f"TigerBeetle's benchmark did not print its load: {done.stdout[-1000:]}")
    rate = int(re.sub("[_,]", "", found[1])) / 2
    return Sample(rate, [1e3 / rate])
