"""A hundred callers with one Idempotency-Key, over HTTP and two processes: one effect, one answer."""

from uuid import uuid4

import pytest

from tests.conftest import Person, make_goal
from tests.machinery import Reply, at_once, until, web


@pytest.mark.slow
def test_a_hundred_calls_under_one_key_are_one_call(alice: Person) -> None:
    key, body = str(uuid4()), {"goal": str(make_goal(alice).id), "count": 1}
    with web({"AI_PROVIDER": "builtin"}, workers=2) as server:

        def ask() -> Reply:
            return server.ask(alice, "POST", "/quests", body, key=key)

        answers = at_once([ask] * 100)
        replies = [answer for answer in answers if isinstance(answer, Reply)]
        assert len(replies) == 100, answers
        assert {reply.code for reply in replies if reply.status != 201} <= {"idempotency_in_progress"}
        until(lambda: ask().status == 201)
        bodies = [ask().body, *[reply.body for reply in replies if reply.status == 201]]
        assert all(other == bodies[0] for other in bodies)
        made = [reply for reply in replies if reply.status == 201]
        assert sum("idempotent-replayed" not in reply.headers for reply in made) == 1
    assert len(alice.get("/quests").json()["data"]) == 1
    assert alice.get("/tokens/balance").json()["available"] == 197
