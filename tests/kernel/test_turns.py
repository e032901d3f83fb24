"""AI operations take turns; whoever waits for one is never refused for it, and pages keep threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.urls import resolve

from saas.kernel import turns
from saas.kernel.postgres.seats import Seats
from saas.kernel.transactions import durable
from saas.launch.supervisor import WEB_THREADS
from tests.conftest import Person, make_goal
from tests.machinery import at_once, until


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use turns that nobody else in this process takes, and that last until they are left."""
    monkeypatch.setattr(turns, "TURNS", type(turns.TURNS)())
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)


def is_free() -> bool:
    """Return whether a turn would be had at once."""
    return turns.TURNS.owner is None


def test_a_request_waits_for_its_turn_and_leaves_it_before_the_ai_is_asked(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal, seen = str(make_goal(alice).id), []

    @contextmanager
    def watched() -> Iterator[None]:
        seen.append(is_free())
        with durable():
            yield

    monkeypatch.setattr("saas.metering.pipeline.durable", watched)

    def hold_a_turn() -> int:
        with turns.turn():
            until(lambda: turns.TURNS.waiting == 1)
            assert not is_free()
        return 0

    def ask() -> int:
        until(lambda: not is_free())
        return int(alice.post("/quests", {"goal": goal}).status_code)

    assert at_once([hold_a_turn, ask]) == [0, 201]
    assert seen == [True]
    assert is_free()


def test_nobody_is_refused_for_want_of_a_turn(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.05)
    goal = str(make_goal(alice).id)
    with turns.turn():
        assert alice.post("/quests", {"goal": goal}).status_code == 201


def test_refusals_give_their_turn_back(alice: Person) -> None:
    for body in ({"goal": "none"}, {}, {"goal": str(make_goal(alice).id), "count": 99}):
        assert alice.post("/quests", body).status_code == 422
    assert is_free()


def test_who_waits_for_a_seat_leaves_its_turn() -> None:
    seats = Seats()
    assert seats.try_take("an organization", 1)
    with turns.turn():
        threading.Timer(0.1, lambda: seats.give("an organization", usable=True, connected=False)).start()
        seats.take("an organization", 1)
        assert is_free()


@pytest.mark.parametrize("path", ["quests", "lead-lists", "revenue-forecasts"])
def test_each_ai_operation_waits_for_its_turn_before_anything_looks_at_it(path: str, mallory: Person) -> None:
    goal = make_goal(mallory).id
    pages = {"quests": f"/goals/{goal}/quests", "lead-lists": f"/goals/{goal}/lead-list"}
    for address in (f"/api/v1/{path}", pages.get(path, "/forecasts/generate")):
        assert resolve(address).func.runs_ai  # type: ignore[attr-defined]


def test_pages_keep_threads(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert turns.IN_FLIGHT_MAX <= WEB_THREADS - 64
    monkeypatch.setattr(turns, "_in_flight", threading.BoundedSemaphore(1))
    goal = str(make_goal(alice).id)
    with turns.operation():
        refused = alice.post("/quests", {"goal": goal})
        assert alice.browser().get("/").status_code == 200
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (503, "unavailable", "5")
    assert alice.post("/quests", {"goal": goal}).status_code == 201
