"""HTTP load: requests from many clients at once, by wrk where there is one, else by `bench.generator`."""

import json
import math
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench import processes
from bench.samples import Sample

SCRIPT = Path(__file__).with_name("scripts") / "load.lua"
WARM_UP_SECONDS = 3.0
PAUSE_SECONDS = 1.0
"""Until the server is done with the requests that the warm-up left behind."""
ANSWER_SECONDS_MAX = 120

Request = dict[str, Any]
"""What is posted: path, headers and body. An Idempotency-Key is added, another one each time."""


@cache
def program() -> str | None:
    """Return the path of wrk, which takes next to nothing of the cores it measures on; None if there is none."""
    return shutil.which("wrk")


def run(url: str, requests: list[Request], clients: int, watched: Mapping[str, int], seconds: float) -> Sample:
    """Post the requests in turn; say what one cost the programs that are watched, and the generator itself.

    Raises RuntimeError when any answer is not 2xx.
    """
    _once(url, requests, clients, min(WARM_UP_SECONDS, seconds))
    time.sleep(PAUSE_SECONDS)
    before = _seconds_of_ended_children()
    with processes.watched(watched) as took:
        came = _once(url, requests, clients, seconds)
    took["generator"] = _seconds_of_ended_children() - before
    if not came["count"]:
        return Sample(0, [])
    cpu_ms = {name: cpu_seconds / came["count"] * 1e3 for name, cpu_seconds in took.items()}
    return Sample(came["count"] / came["seconds"], came["latencies_ms"], cpu_ms)


def _once(url: str, requests: list[Request], clients: int, seconds: float) -> dict[str, Any]:
    came = (_by_wrk if program() else _by_generator)(url, requests, clients, seconds)
    bad = {status: count for status, count in came["statuses"].items() if not status.startswith("2")}
    if bad or came["failed"]:
        raise RuntimeError(f"{url} refused: {bad}; {came['failed']} without an answer")
    return came


def _by_wrk(url: str, requests: list[Request], clients: int, seconds: float) -> dict[str, Any]:
    wrk = program()
    assert wrk
    lines = [
        "\t".join([one["path"], one["body"], *(part for header in one["headers"].items() for part in header)])
        for one in requests
    ]
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("\n".join(lines))
        file.flush()
        options = ["--threads=1", f"--connections={clients}", f"--duration={math.ceil(seconds)}s"]
        options += [f"--timeout={ANSWER_SECONDS_MAX}s", f"--script={SCRIPT}"]
        command = [wrk, *options, url, "--", file.name, f"{uuid4().hex}-"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    came: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return came


def _by_generator(url: str, requests: list[Request], clients: int, seconds: float) -> dict[str, Any]:
    plan = {"url": url, "clients": clients, "seconds": seconds, "requests": requests}
    command = [sys.executable, "-m", "bench.generator"]
    done = subprocess.run(command, input=json.dumps(plan), stdout=subprocess.PIPE, text=True, check=True)
    came: dict[str, Any] = json.loads(done.stdout)
    return {"seconds": seconds, "count": len(came["latencies_ms"]), "failed": 0, **came}


def _seconds_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
