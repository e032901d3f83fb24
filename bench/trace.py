"""One metered quest through the REST API: its round trips to PostgreSQL and its commits."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import psycopg
from django.test import Client

from bench import wire
from bench.options import Options
from bench.samples import Figure
from bench.world import World, goal_id, organization_id, user_id
from saas.accounts.keys import SCOPES
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.team.actions import create_api_key

ROUND_TRIPS_MAX, COMMITS_MAX = 4, 2


def measure(world: World, options: Options) -> Iterable[Figure]:
    """Yield every round trip with what it asks for, and the two sums.

    The first request is not counted: a process reads the price book once, a key's use is noted once a minute.
    """
    world.grow(1)
    secret = api_key(world.first)
    _generate(secret, world.first)
    with psycopg.connect(world.owner, autocommit=True) as watcher:
        before = _transactions(watcher)
        with wire.listening() as trips:
            _generate(secret, world.first)
        commits = _transactions(watcher) - before
    for number, statements in enumerate(trips, start=1):
        yield Figure(
            f"quest by API key, round trip {number}", len(statements), "statements", note=" | ".join(statements)
        )
    yield Figure("quest by API key: round trips", len(trips), target=ROUND_TRIPS_MAX, at_most=True)
    yield Figure("quest by API key: writing transactions", commits, target=COMMITS_MAX, at_most=True)


def api_key(number: int, *, requests_per_minute: int = 1_000_000) -> str:
    """Make an API key of organization `number`'s owner; return its secret."""
    with tenancy.organization(organization_id(number)):
        made = create_api_key(
            name="bench", scopes=list(SCOPES), by=User(id=user_id(number)), requests_per_minute=requests_per_minute
        )
    return made.secret


def _generate(secret: str, number: int) -> None:
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": str(uuid4())}
    body = {"goal": str(goal_id(number)), "count": 1}
    answer: Any = Client(SERVER_NAME="localhost").post("/api/v1/quests", body, "application/json", headers=headers)
    if answer.status_code != 201:
        raise RuntimeError(f"the quest was refused: {answer.content!r}")


def _transactions(watcher: psycopg.Connection[Any]) -> int:
    """Return how many transactions have ever written: each takes one id. Nobody else writes here."""
    row = watcher.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
    assert row
    return int(row[0])
