"""The gate over HTTP: API key, plan, license, battery, hold, instant AI, settlement, answer; on the real web server.

Beside it the limit of this PostgreSQL by pgbench, and the peers that run (`bench.peers`).
"""

import json
from collections.abc import Iterable, Mapping
from functools import partial

from bench import load, peers, pgbench, processes
from bench.load import Request
from bench.options import Options
from bench.peers import Peer
from bench.samples import Contest, Figure, Sample, Turn, compete, of_rounds
from bench.server import web
from bench.trace import api_key
from bench.world import World, goal_id

CLIENTS = 32
USERS = 640
ORGANIZATIONS = 10_000
LIMIT_CLIENTS, LIMIT_TARGET = 8, 0.057
CPU_MS_MAX = 7.0
ONE_CLIENT_P50_MS_MAX, ONE_CLIENT_P99_MS_MAX = 6.0, 20.0
P99_OF_PEER_MAX, MEMORY_OF_PEER_MAX = 1 / 8, 1 / 6


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield requests a second, latencies, CPU and memory; the same of each peer, and the ratios."""
    requests = quests(world, options)
    asked = dict(peers.models("MODEL"))
    with web({"AI_PROVIDER": "builtin"}) as server:
        watched = processes.servers() | {"web": server.pid}
        turns: dict[str, Turn] = {
            "limit": partial(_limit, world),
            "gate": partial(load.run, server.url, requests, CLIENTS, watched),
            **peer_turns(asked, CLIENTS),
        }
        contest = compete(turns, rounds=options.rounds, seconds=options.seconds)
        memory_mb = {peer.name: processes.memory_mb(pid) for peer in asked for pid in peer.programs.values()}
        memory_mb["gate"] = processes.memory_mb(server.pid)
        alone: Mapping[str, Turn] = {"gate": partial(load.run, server.url, requests, 1, watched)}
        one = compete(alone, rounds=options.rounds, seconds=options.seconds)
    yield of_rounds(f"limit by pgbench, {LIMIT_CLIENTS} clients", contest.rates("limit"), "pairs/s")
    yield from over_http(contest, "gate", f"{CLIENTS} clients", cpu_ms_max=CPU_MS_MAX)
    yield of_rounds("gate over HTTP / limit", contest.ratios("gate", "limit"), target=LIMIT_TARGET)
    yield Figure("gate over HTTP, memory of the web server", memory_mb["gate"], "MB")
    for percent, most in ((50, ONE_CLIENT_P50_MS_MAX), (99, ONE_CLIENT_P99_MS_MAX)):
        name = f"gate over HTTP, one client, p{percent}"
        yield of_rounds(name, one.percentiles("gate", percent), "ms", most, at_most=True)
    for peer in asked:
        yield from over_http(contest, peer.name, f"{CLIENTS} clients")
        yield from _beside(peer, contest, memory_mb)


def quests(world: World, options: Options) -> list[Request]:
    """Grow the world and return a request for one quest of each of its first users."""
    organizations = options.organizations or ORGANIZATIONS
    world.grow(organizations)
    return [_quest(world.first + number) for number in range(min(USERS, organizations))]


def _quest(number: int) -> Request:
    body = json.dumps({"goal": str(goal_id(number)), "count": 1})
    headers = {"Authorization": f"Bearer {api_key(number)}", "Content-Type": "application/json"}
    return {"path": "/api/v1/quests", "headers": headers, "body": body}


def peer_turns(asked: Mapping[Peer, str], clients: int) -> dict[str, Turn]:
    """Return the peers' turns, each with its model."""
    return {
        peer.name: partial(load.run, peer.url, peer.requests(model), clients, peer.programs)
        for peer, model in asked.items()
    }


def _limit(world: World, seconds: float) -> Sample:
    span = {"first": world.first, "last": world.last}
    return pgbench.run("limit", conninfo=world.web, clients=LIMIT_CLIENTS, seconds=seconds, variables=span)


def over_http(
    contest: Contest,
    name: str,
    where: str,
    *,
    p99_ms_max: float | None = None,
    cpu_ms_max: float | None = None,
) -> Iterable[Figure]:
    """Yield one contestant's requests a second, its latencies, and what a request cost each program."""
    generator = "wrk" if load.program() else "Python, which takes cores from what it measures: see its CPU"
    yield of_rounds(f"{name} over HTTP, {where}", contest.rates(name), "req/s", note=f"generator: {generator}")
    yield of_rounds(f"{name} over HTTP, p50", contest.percentiles(name, 50), "ms")
    yield of_rounds(f"{name} over HTTP, p99", contest.percentiles(name, 99), "ms", p99_ms_max, at_most=True)
    cpu_ms = contest.cpu_ms(name)
    for program, rounds in cpu_ms.items():
        yield of_rounds(f"{name} over HTTP, CPU a request: {program}", rounds, "ms")
    if served := [rounds for program, rounds in cpu_ms.items() if program != "generator"]:
        together = [sum(one) for one in zip(*served, strict=True)]
        yield of_rounds(f"{name} over HTTP, CPU a request", together, "ms", cpu_ms_max, at_most=True)


def _beside(peer: Peer, contest: Contest, memory_mb: Mapping[str, float]) -> Iterable[Figure]:
    """Yield the ratios to a peer; those that count have targets."""
    yield of_rounds(f"gate / {peer.name}", contest.ratios("gate", peer.name), target=peer.target)
    pairs = zip(contest.percentiles("gate", 99), contest.percentiles(peer.name, 99), strict=True)
    most = P99_OF_PEER_MAX if peer.target and peer.target > 1 else None
    yield of_rounds(f"gate p99 / {peer.name}'s", [mine / theirs for mine, theirs in pairs], target=most, at_most=True)
    if theirs := memory_mb.get(peer.name):
        most = MEMORY_OF_PEER_MAX if peer.target and peer.target > 1 else None
        yield Figure(f"gate memory / {peer.name}'s", memory_mb["gate"] / theirs, "", most, at_most=True)
