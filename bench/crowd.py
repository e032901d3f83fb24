"""450 quests at once whose AI takes two seconds, and meanwhile the dashboards of other people, ten a second.

That is with the usual 5 seconds; in shorter or longer turns there are fewer or more of them.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from bench import upstream
from bench.options import Options
from bench.samples import Figure, percentile
from bench.server import web
from bench.trace import api_key
from bench.world import World, goal_id, user_id
from saas.accounts.models import User

QUESTS_A_SECOND, ORGANIZATIONS, VISITORS = 90, 45, 10
AI_SECONDS = 2.0
VISITS_EACH_SECOND = 10
DASHBOARD_MS_MAX = 100
WARM_UP_VISITS = 40
ANSWER_SECONDS_MAX = 120.0


@dataclass
class Seen:
    """Milliseconds of each answer, and how often each status came, a refusal with its code."""

    latencies_ms: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    async def ask(self, port: int, head: str, body: str = "") -> None:
        """Send one request and note its answer."""
        started = time.monotonic()
        try:
            status, text = await asyncio.wait_for(_exchange(port, head, body), ANSWER_SECONDS_MAX)
            outcome = status if status[0] in "23" else f"{status} {_code(text)}"
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            outcome = type(error).__name__
        self.latencies_ms.append((time.monotonic() - started) * 1e3)
        self.statuses[outcome] += 1


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield how many quests were delivered, and the latencies of quests and dashboards."""
    world.grow(ORGANIZATIONS + VISITORS)
    people = range(world.first, world.first + ORGANIZATIONS)
    keys = {number: api_key(number) for number in people}
    call_command("collectstatic", interactive=False, verbosity=0)
    visitors = [_cookie(number) for number in range(people.stop, people.stop + VISITORS)]
    many = round(QUESTS_A_SECOND * options.seconds)
    quests, pages = asyncio.run(_crowd(keys, visitors, many))
    print(f"quests: {dict(quests.statuses)}; dashboards: {dict(pages.statuses)}", file=sys.stderr)
    load = os.getloadavg()[0]
    yield Figure("crowd: quests delivered", quests.statuses["201"], target=many)
    for percent in (50, 95):
        yield Figure(f"crowd: quest, p{percent}", percentile(quests.latencies_ms, percent), "ms")
    yield Figure("crowd: dashboard, p50", percentile(pages.latencies_ms, 50), "ms")
    worst = percentile(pages.latencies_ms, 95)
    note = f"{len(pages.latencies_ms)} pages, load {load:.1f}"
    yield Figure("crowd: dashboard, p95", worst, "ms", target=DASHBOARD_MS_MAX, at_most=True, note=note)


def _cookie(number: int) -> str:
    """Log the owner of organization `number` in; return the cookie."""
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(User.objects.get(id=user_id(number)), backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}"


async def _crowd(keys: dict[int, str], visitors: list[str], many: int) -> tuple[Seen, Seen]:
    with upstream.running(AI_SECONDS) as environment, web(environment) as server:
        quests, pages, before = Seen(), Seen(), Seen()
        for number in range(WARM_UP_VISITS):
            await before.ask(server.port, _dashboard(visitors[number % VISITORS]))
        if list(before.statuses) != ["200"]:
            raise RuntimeError(f"the dashboard was refused: {dict(before.statuses)}")
        people = sorted(keys)
        asked = [people[n % len(people)] for n in range(many)]
        over = asyncio.Event()
        visiting = asyncio.create_task(_visit(server.port, visitors, pages, over))
        await asyncio.gather(*[quests.ask(server.port, *_quest(number, keys[number])) for number in asked])
        over.set()
        await visiting
    return quests, pages


async def _visit(port: int, visitors: list[str], pages: Seen, over: asyncio.Event) -> None:
    """Open dashboards at an even pace, however long they take, until the quests are over."""
    visits: list[asyncio.Task[None]] = []
    while not over.is_set():
        head = _dashboard(visitors[len(visits) % len(visitors)])
        visits.append(asyncio.create_task(pages.ask(port, head)))
        await asyncio.sleep(1 / VISITS_EACH_SECOND)
    await asyncio.gather(*visits)


def _quest(number: int, secret: str) -> tuple[str, str]:
    body = json.dumps({"goal": str(goal_id(number)), "count": 1})
    fields = {"Authorization": f"Bearer {secret}", "Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    return _head("POST /api/v1/quests", fields | {"Content-Length": str(len(body))}), body


def _dashboard(cookie: str) -> str:
    return _head("GET /", {"Cookie": cookie})


def _head(line: str, fields: dict[str, str]) -> str:
    fields = {"Host": "localhost", "Connection": "close", **fields}
    return "\r\n".join([f"{line} HTTP/1.1", *[f"{name}: {value}" for name, value in fields.items()], "", ""])


async def _exchange(port: int, head: str, body: str) -> tuple[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write((head + body).encode())
        answer = (await reader.read()).decode()
    finally:
        writer.close()
    top, _, text = answer.partition("\r\n\r\n")
    if not top:
        raise ConnectionResetError
    return top.split(" ", 2)[1], text


def _code(text: str) -> str:
    try:
        return str(json.loads(text)["code"])
    except (ValueError, KeyError):
        return ""
