"""The gate over HTTP: API key, plan, license, battery, hold, instant AI, settlement, answer; on the real web server.

A peer takes its turns beside it where one is running: LITELLM_URL (and LITELLM_KEY) lead to a LiteLLM proxy with a
database, LITELLM_MODEL names a model there with a mock answer.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.options import Options
from bench.samples import Figure, Sample, Turn, compete, take
from bench.trace import api_key
from bench.world import World, goal_id
from saas.launch.environment import PROJECT
from saas.launch.folder import DataFolder
from saas.launch.supervisor import programs

CLIENTS = 32
USERS = 640
ORGANIZATIONS = 10_000
WARM_UP_SECONDS = 3.0
READY_SECONDS_MAX = 300
ONE_CLIENT_MS_MAX = 15
PEER_TARGET = 8.0

Request = dict[str, Any]


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield requests a second, their latencies and the server's memory; the same beside a peer if there is one."""
    organizations = options.organizations or ORGANIZATIONS
    world.grow(organizations)
    requests = [_quest(world.first + number) for number in range(min(USERS, organizations))]
    with web({"AI_PROVIDER": "builtin"}) as (url, process):
        turns: dict[str, Turn] = {"gate": partial(_turn, url, requests, CLIENTS)}
        if peer := os.environ.get("LITELLM_URL"):
            turns["LiteLLM"] = partial(_turn, peer, [_completion()], CLIENTS)
        contest = compete(turns, rounds=options.rounds, seconds=options.seconds)
        memory_mb = _memory_mb(process.pid)
        alone = take(partial(_turn, url, requests, 1), options.seconds)
    for name in turns:
        yield Figure(f"{name} over HTTP, {CLIENTS} clients", contest.rate(name), "req/s")
        for percent in (50, 99):
            yield Figure(f"{name} over HTTP, p{percent}", contest.percentile(name, percent), "ms")
    yield Figure("gate over HTTP, memory of the web server", memory_mb, "MB")
    yield Figure("gate over HTTP, one client, p50", alone.median_ms, "ms", target=ONE_CLIENT_MS_MAX, at_most=True)
    if peer:
        yield Figure("gate / LiteLLM", contest.ratio("gate", "LiteLLM"), target=PEER_TARGET)
    else:
        print("There is no LiteLLM beside the gate: run its proxy and set LITELLM_URL to compare.", file=sys.stderr)


def _quest(number: int) -> Request:
    body = json.dumps({"goal": str(goal_id(number)), "count": 1})
    return {"path": "/api/v1/quests", "headers": {"Authorization": f"Bearer {api_key(number)}"}, "body": body}


def _completion() -> Request:
    body = {
        "model": os.environ.get("LITELLM_MODEL", "mock"),
        "messages": [{"role": "user", "content": "A quest, please."}],
    }
    headers = {"Authorization": f"Bearer {os.environ.get('LITELLM_KEY', '')}"}
    return {"path": "/chat/completions", "headers": headers, "body": json.dumps(body)}


def _turn(url: str, requests: list[Request], clients: int, seconds: float) -> Sample:
    plan = {
        "url": url,
        "clients": clients,
        "seconds": seconds,
        "warm_up_seconds": min(WARM_UP_SECONDS, seconds),
        "requests": requests,
    }
    if len(requests) < clients:
        plan["requests"] = requests * clients
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=json.dumps(plan), stdout=subprocess.PIPE, text=True, check=True)
    came = json.loads(done.stdout)
    bad = {status: count for status, count in came["statuses"].items() if not status.startswith("2")}
    if bad:
        raise RuntimeError(f"{url} refused: {bad}")
    return Sample(len(came["latencies_ms"]) / seconds, came["latencies_ms"])


@contextmanager
def web(changes: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the web server as `manage.py up` does, on a free port and with these variables beside the others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), **changes}
    folder = DataFolder(Path(os.environ.get("DATA_DIR", ".")))
    process = subprocess.Popen(programs(environment, folder)[0].command, env=environment, cwd=PROJECT)
    try:
        _await_ready(port)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(READY_SECONDS_MAX)


def _await_ready(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("the web server did not become ready")


def _memory_mb(pid: int) -> float:
    """Return the memory of a process and its children, what they share counted once; 0 without Linux's /proc."""
    kilobytes = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if pid in (parent, int(folder.name)):
                lines = (folder / "smaps_rollup").read_text().splitlines()
                kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue  # it has ended meanwhile
    return kilobytes / 1024
