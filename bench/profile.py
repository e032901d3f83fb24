"""Where the Python of a quest spends its CPU: requests one after the other through the WSGI application, sampled."""

import io
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any
from uuid import uuid4

from bench import gate
from bench.load import Request
from bench.options import Options
from bench.samples import Figure
from bench.world import World

SAMPLE_SECONDS = 0.001
"""Of CPU, asked for; the kernel's clock, often 4 ms, is the least it gives."""
WARM_UP = 100
"""Quests: a process reads the price book once, and a connection learns the statements."""

PARTS: Sequence[tuple[str, Sequence[str]]] = (
    ("the built-in planner and its prompt, which stand for the AI", ("quests/features", "quests/providers/builtin")),
    ("checking the answer", ("quests/providers",)),
    ("psycopg and our batches over it", ("psycopg", "saas/kernel/postgres")),
    ("the Redis client", ("redis/", "django_redis")),
    ("Django's ORM", ("django/db",)),
    (
        "what decides and records: key, plan, license, battery, idempotency, ledger",
        (
            "tokens/",
            "plans/",
            "licensing/",
            "abuse/",
            "audit/",
            "saas/metering",
            "saas/accounts",
            "saas/web/idempotency",
        ),
    ),
    ("ids, JSON, batches of statements", ("saas/kernel",)),
    ("REST framework and our API over it", ("rest_framework", "saas/web/api", "quests/api")),
    ("quests and goals", ("quests/",)),
    ("Django's handler, middlewares, requests and answers", ("django", "saas/", "allauth", "whitenoise", "asgiref")),
)
"""A sample belongs to the first part that holds one of its functions, the innermost function first."""


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield what a quest's Python costs in this process, and each part's share of it."""
    requests = gate.quests(world, options)
    for number in range(WARM_UP):
        _ask(requests[number % len(requests)])
    done, until, before = 0, time.monotonic() + options.seconds * options.rounds, time.process_time()
    with _sampled() as samples:
        while time.monotonic() < until:
            _ask(requests[done % len(requests)])
            done += 1
    cpu_ms = (time.process_time() - before) / done * 1e3
    yield Figure(
        "a quest alone in a process: CPU of Python", cpu_ms, "ms", note=f"{done} quests, {samples.total()} samples"
    )
    for part, count in samples.most_common():
        yield Figure(part, count / samples.total() * 100, "%")


def _ask(request: Request) -> None:
    from saas.wsgi import application

    body = request["body"].encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": request["path"],
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "HTTP_AUTHORIZATION": request["headers"]["Authorization"],
        "HTTP_IDEMPOTENCY_KEY": str(uuid4()),
    }
    statuses: list[str] = []

    def start(status: str, headers: Any, error: Any = None, /) -> Any:
        statuses.append(status)

    answer = application(environ, start)
    text = b"".join(answer)
    answer.close()
    if not statuses[0].startswith("201"):
        raise RuntimeError(f"the quest was refused: {text!r}")


@contextmanager
def _sampled() -> Iterator[Counter[str]]:
    """Count samples of this process's CPU by part meanwhile."""
    samples: Counter[str] = Counter()

    def take(_signal: int, frame: FrameType | None) -> None:
        samples[_part(frame)] += 1

    before = signal.signal(signal.SIGPROF, take)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        file = frame.f_code.co_filename
        place = file.rpartition("site-packages/")[2] if "site-packages/" in file else file.removeprefix(_HOME)
        for part, places in PARTS:
            if place.startswith(tuple(places)):
                return part
        frame = frame.f_back
    return "the rest"


_HOME = __file__.removesuffix("bench/profile.py")
