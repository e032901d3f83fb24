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
    organizations = options.organizations or ORGANIZATIONS
    world.grow(organizations)
    for clients in CLIENTS:
        for places in (organizations, 1):
            contest = _contest(world, options, clients=clients, organizations=places)
            yield from _figures(contest, clients=clients, organizations=places)


def _contest(world: World, options: Options, *, clients: int, organizations: int) -> Contest:
    """Let the contestants take turns."""
    turns: dict[str, Turn] = {
        script: partial(_turn, script, world, clients, organizations) for script in ("limit", "ours")
    }
    return compete(turns, rounds=options.rounds, seconds=options.seconds)


def _turn(script: str, world: World, clients: int, organizations: int, seconds: float) -> Sample:
    variables = {"first": world.first, "last": world.first + organizations - 1}
    return pgbench.run(script, conninfo=world.web, clients=clients, seconds=seconds, variables=variables)


def _figures(contest: Contest, *, clients: int, organizations: int) -> Iterable[Figure]:
    hot = organizations == 1
    where = f"{clients} clients, {'one hot organization' if hot else f'{organizations:,} organizations'}"
    yield Figure(f"limit: {where}", contest.rate("limit"), "pairs/s")
    yield Figure(f"ledger functions: {where}", contest.rate("ours"), "pairs/s")
    yield Figure(f"ledger / limit: {where}", contest.ratio("ours", "limit"), target=HOT_TARGET if hot else TARGET)
    yield Figure(
        f"ledger p99: {where}",
        contest.percentile("ours", 99),
        "ms",
        note=f"limit {contest.percentile('limit', 99):.1f} ms",
    )
