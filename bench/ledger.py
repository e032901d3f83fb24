"""Hold and settle on our own SQL functions, beside the limit."""

from collections.abc import Iterable
from functools import partial

from bench import pgbench
from bench.options import Options
from bench.samples import Contest, Figure, Sample, Turn, compete
from bench.world import World

CLIENTS = (8, 32)
ORGANIZATIONS = 10_000
TARGET, HOT_TARGET = 0.5, 0.6


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield pairs a second, the ratio to the limit and the 99th percentile."""
    world = world.grow(ORGANIZATIONS)
    for clients in CLIENTS:
        for hot in (False, True):
            yield from _figures(contest(world, options, clients=clients, hot=hot), clients=clients, hot=hot)


def contest(world: World, options: Options, *, clients: int, hot: bool) -> Contest:
    """Let the contestants take turns."""
    names = {"limit": "limit", "ours": "ours"}
    turns: dict[str, Turn] = {name: partial(_turn, script, world, clients, hot) for name, script in names.items()}
    return compete(turns, rounds=options.rounds, seconds=options.seconds)


def _turn(script: str, world: World, clients: int, hot: bool, seconds: float) -> Sample:
    variables = {"first": world.first, "last": world.first if hot else world.first + ORGANIZATIONS - 1}
    return pgbench.run(script, conninfo=world.web, clients=clients, seconds=seconds, variables=variables)


def _figures(contest: Contest, *, clients: int, hot: bool) -> Iterable[Figure]:
    where = f"{clients} clients, {'one hot organization' if hot else f'{ORGANIZATIONS:,} organizations'}"
    yield Figure(f"limit: {where}", contest.rate("limit"), "pairs/s")
    yield Figure(f"ledger functions: {where}", contest.rate("ours"), "pairs/s")
    yield Figure(f"ledger / limit: {where}", contest.ratio("ours", "limit"), target=HOT_TARGET if hot else TARGET)
    yield Figure(
        f"ledger p99: {where}",
        contest.percentile("ours", 99),
        "ms",
        note=f"limit {contest.percentile('limit', 99):.1f} ms",
    )
