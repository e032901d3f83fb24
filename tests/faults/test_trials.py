"""A few of the trials of `manage.py faults`, with a seed of their own: nothing is lost, doubled or charged wrongly."""

import random
from collections.abc import Iterator

import pytest

from tests.faults import trials
from tests.faults.trials import World

pytestmark = [pytest.mark.slow, pytest.mark.own_database, pytest.mark.timeout(600)]

SHORT = (
    "kill -9 a web worker",
    "all database connections reset",
    "connection cut at the hold, after its commit",
    "connection cut at the settlement, after its commit",
    "connection cut at the settlement, before it arrives",
    "database connections fall silent",
    "database only reads",
    "Redis hangs",
    "web's clock an hour ahead",
    "web's clock an hour back",
)


@pytest.fixture(scope="module")
def stage(django_db_setup: None, own_database: None, django_db_blocker: object) -> Iterator[World]:
    with trials.world() as made:
        yield made


@pytest.mark.parametrize("kind", SHORT)
def test_what_clients_were_told_is_what_was_charged(kind: str, stage: World) -> None:
    result = trials.run(stage, kind, random.Random(kind), operations=10)
    assert (result.lost, result.doubled, result.wrongly) == (0, 0, 0), result
    assert result.cuts > 0 or "cut" not in kind, "the trial broke nothing"
