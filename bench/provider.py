"""The gate over HTTP with a provider that takes 200 ms: what 128 clients get, who wait for it most of the time."""

from collections.abc import Iterable
from functools import partial

from bench import load, peers, processes, upstream
from bench.gate import over_http, peer_turns, quests
from bench.options import Options
from bench.samples import Figure, Turn, compete, of_rounds
from bench.server import web
from bench.world import World

CLIENTS = 128
AI_SECONDS = 0.2
P99_MS_MAX = 900.0


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield requests a second, latencies, CPU and memory; the same of each peer with such a model, and the ratios."""
    requests = quests(world, options)
    asked = dict(peers.models("MODEL_200_MS"))
    with upstream.running(AI_SECONDS) as environment, web(environment) as server:
        watched = processes.servers() | {"web": server.pid}
        turns: dict[str, Turn] = {
            "provider": partial(load.run, server.url, requests, CLIENTS, watched),
            **peer_turns(asked, CLIENTS),
        }
        contest = compete(turns, rounds=options.rounds, seconds=options.seconds)
        memory_mb = processes.memory_mb(server.pid)
    where = f"{CLIENTS} clients, AI of {AI_SECONDS * 1e3:.0f} ms"
    yield from over_http(contest, "provider", where, p99_ms_max=P99_MS_MAX)
    yield Figure("provider over HTTP, memory of the web server", memory_mb, "MB")
    for peer in asked:
        yield from over_http(contest, peer.name, where)
        yield of_rounds(f"provider / {peer.name}", contest.ratios("provider", peer.name), target=peer.target_200_ms)
