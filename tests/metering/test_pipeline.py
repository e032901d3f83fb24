"""Decide, hold, perform, settle: whatever happens on the way, a caller pays for what was delivered and once.

The AI is a double at protocol level: a server on loopback that delivers, fails, hangs or babbles as told.
"""

import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, connections
from django.db.models import Model
from pytest_django.fixtures import Settings

from abuse import actions as abuse
from abuse.models import Block, Review
from audit.models import Event
from licensing.actions import payment_failed, payment_succeeded
from plans.actions import set_override
from plans.models import OverrideKind
from quests.models import Quest
from quests.providers.breaker import FAILURES_MAX, breaker
from quests.providers.table import configs
from saas.kernel import transactions
from saas.kernel.errors import Invalid
from saas.kernel.transactions import Query, Statement
from saas.metering import pipeline
from saas.metering.ai import AiFailed, AiTimeout
from saas.metering.models import AttemptRecord
from saas.metering.operations import OPERATIONS
from saas.metering.pipeline import OperationRequest, OperationResult
from saas.web import idempotency
from saas.web.idempotency import claim
from saas.web.problems import ReplayedProblem
from tests.conftest import Person, hire, make_goal
from tests.machinery import Handler, Provider, completion, deliver, hang, provider, quest, until
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import HoldStatus, Source
from tokens.models import Entry, Hold
from tokens.verification import verify

SOUND = 200
"""Tokens of a fresh organization on Pro."""


@pytest.fixture
def ai(settings: Settings) -> Iterator[Provider]:
    """Have the organization's AI be a double."""
    with provider() as double:
        for name, value in double.environment.items():
            setattr(settings, name, value)
        settings.AI_FALLBACK, settings.AI_DEADLINE_SECONDS = [], 5.0
        yield double


@pytest.fixture
def goal(alice: Person) -> str:
    """A goal of alice's, as its id."""
    return str(make_goal(alice).id)


def ask(person: Person, goal: str, *, count: int = 1, key: str = "") -> Any:
    """Ask for quests; the key can be used again."""
    return person.post("/quests", {"goal": goal, "count": count}, key=key or None)


def allow(person: Person, **limits: int) -> None:
    """Override limits of the person's organization."""
    with person.acting():
        for limit, value in limits.items():
            set_override(kind=OverrideKind.LIMIT, key=limit, value=value, reason="test", ends_at=None, by=person.user)


def position(person: Person) -> tuple[int, int]:
    """Available and held; the whole ledger must be sound as well."""
    with person.acting():
        assert verify().breaches == 0
        now = ledger.position()
        return now.available, now.held


def holds(person: Person) -> list[tuple[str, int, int, int]]:
    """Each hold's status, tokens, settled and absorbed tokens, oldest first."""
    with person.acting():
        return list(
            Hold.objects.order_by("created_at").values_list("status", "tokens", "settled_tokens", "absorbed_tokens")
        )


def attempts(person: Person) -> list[tuple[str, str]]:
    """Each attempt's provider and outcome."""
    with person.acting():
        return sorted(AttemptRecord.objects.values_list("provider", "outcome"))


def quests(person: Person) -> int:
    """How many quests were kept."""
    with person.acting():
        return Quest.objects.count()


# 1. Decide.


def test_it_asks_for_plan_then_license_then_tokens_then_the_battery(
    business: Callable[..., Person], oscar: Any, ai: Provider
) -> None:
    starter = business("starter")
    goal = str(make_goal(starter).id)
    for _ in range(5):
        ask(starter, goal, count=99)
    with starter.acting():
        payment_failed()

    def refused() -> tuple[int, str]:
        answer = ask(starter, goal)
        with starter.acting():
            event = Event.objects.filter(kind="operation.refused").latest("seq")
        assert (event.data["code"], event.reason) == (answer.json()["code"], answer.json()["detail"])
        return answer.status_code, answer.json()["code"]

    assert refused() == (403, "feature_not_in_plan")
    with starter.acting():
        feature = {"kind": OverrideKind.FEATURE, "key": "quest", "value": 1}
        set_override(**feature, reason="test", ends_at=None, by=oscar)  # type: ignore[arg-type]
    assert refused() == (402, "license_ai_off")
    with starter.acting():
        payment_succeeded()
    assert refused() == (402, "insufficient_tokens")
    with starter.acting():
        ledger_actions.grant(source=Source.GIFT, tokens=3, business_key="gift")
    assert refused() == (423, "temporarily_blocked")
    with starter.acting():
        abuse.review(item=Block.objects.get(), status=Review.CLEARED, note="a slip", reviewer=oscar)
    assert (ai.calls, holds(starter)) == (0, [])
    assert ask(starter, goal).status_code == 201
    assert (ai.calls, position(starter)) == (1, (0, 0))


def test_while_the_provider_rests_nothing_is_held(alice: Person, goal: str, ai: Provider) -> None:
    for _ in range(FAILURES_MAX):
        breaker(configs()[0]).record(healthy=False)
    answer = ask(alice, goal)
    assert (answer.status_code, answer.json()["code"]) == (503, "ai_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert (ai.calls, holds(alice), position(alice)) == (0, [], (SOUND, 0))


# 3. Perform: what a provider can do.


def drip(handler: Handler) -> None:
    """Send a space now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(b" ")


def reset(handler: Handler) -> None:
    """Break the connection off."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())
    handler.close_connection = True


def saying(body: Any, status: int = 200) -> Callable[[Handler], None]:
    """Answer this, whatever is asked."""
    return lambda handler: handler.reply(body, status)


TOO_MUCH = completion({"quests": [quest(1)]}, usage={"prompt_tokens": 120, "completion_tokens": 20_000})
MISBEHAVIOURS: dict[str, tuple[Callable[[Handler], None], int, str, str]] = {
    "hangs": (hang, 504, "ai_timeout", "timed_out"),
    "drips": (drip, 504, "ai_timeout", "timed_out"),
    "fails": (saying({"error": {"message": "oops"}}, 500), 502, "ai_failed", "failed"),
    "is busy": (saying({"error": {"message": "slow down"}}, 429), 502, "ai_failed", "rate_limited"),
    "hangs up": (reset, 502, "ai_failed", "failed"),
    "says nothing": (saying(b""), 502, "ai_output_invalid", "invalid"),
    "says garbage": (saying(b"\xff<html>"), 502, "ai_output_invalid", "invalid"),
    "writes prose": (saying(completion("Sure! Here is your plan.")), 502, "ai_output_invalid", "invalid"),
    "writes too much": (saying(TOO_MUCH), 502, "ai_output_invalid", "invalid"),
    "delivers no quest": (deliver(0), 502, "ai_output_invalid", "invalid"),
}


@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_a_provider_that_fails_costs_nothing(
    how: str, alice: Person, goal: str, ai: Provider, settings: Settings
) -> None:
    ai.behaviour, status, code, outcome = MISBEHAVIOURS[how]
    settings.AI_DEADLINE_SECONDS = 2.0 if code == "ai_timeout" else 10.0  # time to reach the provider
    key = str(uuid4())
    answer = ask(alice, goal, count=3, key=key)
    assert (answer.status_code, answer.json()["code"], answer.json()["refunded"]) == (status, code, True)
    assert position(alice) == (SOUND, 0)
    assert holds(alice) == [(HoldStatus.RELEASED, 9, 0, 0)]
    assert attempts(alice) == [("openai", outcome)]
    with alice.acting():
        assert Event.objects.get(kind="hold.released").reason == code

    again = ask(alice, goal, count=3, key=key)
    assert (again.status_code, again.json()["code"], again.json()["refunded"]) == (status, code, True)
    assert (ai.calls, len(holds(alice)), quests(alice)) == (1, 1, 0)


def test_another_provider_helps_out_under_the_same_hold(
    alice: Person, goal: str, ai: Provider, settings: Settings
) -> None:
    ai.behaviour, settings.AI_FALLBACK = saying(b"", 500), ["builtin"]
    answer = ask(alice, goal).json()
    assert (answer["provider"], answer["tokens"]["charged"]) == ("builtin", 3)
    assert attempts(alice) == [("builtin", "ok"), ("openai", "failed")]
    with alice.acting():
        assert {str(a.transaction_id) for a in AttemptRecord.objects.all()} == {answer["tokens"]["transaction_id"]}
    assert position(alice) == (SOUND - 3, 0)


@pytest.mark.parametrize(("asked", "written", "charged"), [(3, 2, 6), (3, 1, 3), (2, 2, 6), (1, 3, 3)])
def test_what_was_delivered_is_charged_and_no_more(
    asked: int, written: int, charged: int, alice: Person, goal: str, ai: Provider
) -> None:
    ai.behaviour = deliver(written)
    answer = ask(alice, goal, count=asked).json()
    receipt = {key: answer["tokens"][key] for key in ("charged", "available", "held")}
    assert receipt == {"charged": charged, "available": SOUND - charged, "held": 0}
    assert (len(answer["quests"]), quests(alice)) == (charged // 3, charged // 3)
    assert (position(alice), holds(alice)) == ((SOUND - charged, 0), [(HoldStatus.SETTLED, asked * 3, charged, 0)])


# While it performs: cancelled, too late, revoked.


@dataclass
class Running:
    """A request that waits for its AI, and how it will be answered."""

    person: Person
    goal: str
    key: str
    answer: Future[Any]


@pytest.fixture
def running(alice: Person, goal: str, ai: Provider) -> Iterator[Running]:
    """A request of alice's whose AI delivers when `ai.closing` is set."""
    ai.behaviour = deliver(after=lambda handler: handler.server.closing.wait(30))
    with ThreadPoolExecutor(1) as pool:
        key = str(uuid4())

        def post() -> Any:
            try:
                return ask(alice, goal, key=key)
            finally:
                connections.close_all()

        answer = pool.submit(post)
        until(lambda: ai.calls == 1)
        yield Running(alice, goal, key, answer)
        ai.closing.set()


def late(running: Running, ai: Provider) -> tuple[int, str]:
    """Let the AI deliver after all; return the answer, which a replay must repeat."""
    ai.closing.set()
    first = running.answer.result(10)
    again = ask(running.person, running.goal, key=running.key)
    assert (again.status_code, again.json()["code"]) == (first.status_code, first.json()["code"])
    assert first.json()["refunded"] is True
    return first.status_code, first.json()["code"]


def test_a_cancelled_operation_gives_its_tokens_back_at_once(running: Running, ai: Provider) -> None:
    alice = running.person
    bob = hire(alice)
    with alice.acting():
        assert not pipeline.cancel(caller=bob.caller, key=running.key)
        assert not pipeline.cancel(caller=alice.caller, key="another")
        assert pipeline.cancel(caller=alice.caller, key=running.key)
    assert position(alice) == (SOUND, 0)
    assert late(running, ai) == (409, "hold_finalized")
    with alice.acting():
        assert not pipeline.cancel(caller=alice.caller, key=running.key)
    assert (holds(alice), quests(alice)) == ([(HoldStatus.RELEASED, 3, 0, 3)], 0)
    assert attempts(alice) == [("openai", "ok")]


def test_a_failed_payment_revokes_what_runs(running: Running, ai: Provider) -> None:
    alice = running.person
    with alice.acting():
        payment_failed()
    assert position(alice) == (SOUND, 0)
    assert late(running, ai) == (402, "license_ai_off")
    assert (holds(alice), quests(alice)) == ([(HoldStatus.REVOKED, 3, 0, 3)], 0)


def test_a_result_after_the_holds_time_is_absorbed(
    running: Running, ai: Provider, superuser: psycopg.Connection
) -> None:
    alice = running.person
    superuser.execute("UPDATE tokens_hold SET expires_at = now() WHERE organization_id = %s", [alice.organization_id])
    assert position(alice) == (SOUND, 0), "readers count the expired hold as free before it is swept"
    assert late(running, ai) == (504, "ai_timeout")
    assert (holds(alice), quests(alice)) == ([(HoldStatus.EXPIRED, 3, 0, 3)], 0)


def test_a_key_is_in_progress_until_its_answer_is_there(running: Running, ai: Provider) -> None:
    again = ask(running.person, running.goal, key=running.key)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_in_progress")
    with running.person.acting():
        read_before_the_end = idempotency.find(running.key)
    ai.closing.set()
    first = running.answer.result(10)
    with running.person.acting():
        assert read_before_the_end
        claim = idempotency.Claim(running.key, bytes(read_before_the_end.request_hash))
        replayed = pipeline._replay(read_before_the_end, claim=claim, user_id=running.person.user.pk)
        assert replayed.body == first.json()


def test_replays_cost_nothing_and_count_against_no_limit(alice: Person, goal: str, ai: Provider) -> None:
    allow(alice, requests_per_minute=1)
    key = str(uuid4())
    first, *replays = [ask(alice, goal, key=key) for _ in range(8)]
    assert [(replay.status_code, replay.json()) for replay in replays] == [(201, first.json())] * 7
    assert (ai.calls, quests(alice), position(alice)) == (1, 1, (SOUND - 3, 0))
    other = ask(alice, goal, count=2, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert ask(alice, goal).json()["code"] == "rate_limited", "a new key is a new request"


# Our own errors.


@dataclass
class Work:
    """An operation's feature that does as told."""

    perform_as: Callable[[UUID], OperationResult]

    def check_ready(self) -> None:
        """Be ready."""

    def perform(self, transaction_id: UUID) -> OperationResult:
        """Do as told."""
        return self.perform_as(transaction_id)


NO_MATERIAL: Query[None] = Query(Statement("SELECT"), lambda _: None)


def run(person: Person, perform: Callable[[UUID], OperationResult], *, key: str = "key") -> Any:
    """Take an order of one quest through the pipeline."""
    request = OperationRequest(OPERATIONS["quest"], 1, person.caller, claim(key=key, request="POST /quests", body={}))
    with person.acting():
        return pipeline.run(request=request, material=NO_MATERIAL, work_on=lambda _: Work(perform))


def delivering(*rows: Model, units: int = 1) -> Callable[[UUID], OperationResult]:
    """Deliver these rows."""
    return lambda transaction_id: OperationResult(units, rows, {"quests": []}, ())


def raising(error: BaseException) -> Callable[[UUID], OperationResult]:
    """Break down."""

    def perform(transaction_id: UUID) -> OperationResult:
        raise error

    return perform


def a_quest_for(goal_id: UUID, person: Person) -> Quest:
    """Return a quest not stored yet."""
    return Quest(
        organization_id=person.organization_id,
        goal_id=goal_id,
        title="Quest",
        summary="Three steps.",
        steps=[],
        transaction_id=uuid4(),
        provider="double",
        created_by_id=person.user.pk,
    )


def test_the_call_holds_no_transaction_and_no_connection(alice: Person) -> None:
    def perform(transaction_id: UUID) -> OperationResult:
        assert connection.connection is None
        return OperationResult(1, (), {"quests": []}, ())

    assert run(alice, perform).status == 201


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), RuntimeError("bug"), Invalid("bug")], ids=repr)
def test_whatever_breaks_the_call_its_tokens_are_back(error: BaseException, alice: Person) -> None:
    with pytest.raises(type(error)):
        run(alice, raising(error))
    assert (position(alice), holds(alice)) == ((SOUND, 0), [(HoldStatus.RELEASED, 3, 0, 0)])
    with pytest.raises(ReplayedProblem) as replayed:
        run(alice, delivering())
    assert (replayed.value.code, replayed.value.details["refunded"]) == (AiFailed.code, True)


def test_what_cannot_be_stored_is_not_charged(alice: Person) -> None:
    broken: dict[type[Exception], Callable[[UUID], OperationResult]] = {
        IntegrityError: delivering(a_quest_for(uuid4(), alice)),
        Invalid: delivering(units=2),
    }
    allow(alice, minimum_gap_seconds=0)
    for number, (error, perform) in enumerate(broken.items()):
        with pytest.raises(error):
            run(alice, perform, key=f"key {number}")
        with pytest.raises(ReplayedProblem, match="Nothing was charged"):
            run(alice, perform, key=f"key {number}")
    assert (position(alice), quests(alice)) == ((SOUND, 0), 0)


# The connection is lost while the settlement commits.


def locked(superuser: psycopg.Connection, person: Person, *, lock: bool = True) -> None:
    """Take, or let go, the lock that every writer of the person's organization waits for."""
    verb = "pg_advisory_lock" if lock else "pg_advisory_unlock"
    superuser.execute(f"SELECT {verb}(hashtextextended(%s, 0))", [str(person.organization_id)])


WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"


def waiting(superuser: psycopg.Connection) -> Sequence[tuple[int]]:
    """Return the backends that wait for an organization's lock."""
    return superuser.execute(WAITING).fetchall()


def end_backend(superuser: psycopg.Connection, wrapper: Any) -> None:
    """End the backend in mid-statement: what it did is undone."""
    for (pid,) in waiting(superuser):
        superuser.execute("SELECT pg_terminate_backend(%s)", [pid])


def cut_line(superuser: psycopg.Connection, wrapper: Any) -> None:
    """Cut the client off; the backend does not notice and will commit."""
    with socket.socket(fileno=os.dup(wrapper.connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("lose", [end_backend, cut_line])
def test_a_commit_whose_outcome_is_unknown_charges_once(
    lose: Callable[[psycopg.Connection, Any], None], alice: Person, superuser: psycopg.Connection
) -> None:
    rows = [a_quest_for(make_goal(alice).id, alice)]
    wrappers: list[Any] = []

    def perform(transaction_id: UUID) -> OperationResult:
        locked(superuser, alice)
        wrappers.append(connections["default"])
        return OperationResult(1, rows, {"quests": []}, ())

    def settle() -> Any:
        try:
            return run(alice, perform)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(settle)
        until(lambda: len(waiting(superuser)) == 1)
        lost = {pid for (pid,) in waiting(superuser)}
        lose(superuser, wrappers[0])
        until(lambda: bool({pid for (pid,) in waiting(superuser)} - lost))  # it tries again
        locked(superuser, alice, lock=False)
        assert answer.result(10).body["tokens"]["charged"] == 3
    assert (position(alice), quests(alice)) == ((SOUND - 3, 0), 1)
    assert run(alice, raising(AssertionError())).replayed


def test_an_answer_lost_after_the_commit_is_looked_up(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    really, settlements = transactions.run_batch, 0

    def run_batch(*statements: Statement) -> Any:
        nonlocal settlements
        rows = really(*statements)
        if "tokens_hold_end" in statements[0].sql:
            settlements += 1
            raise OperationalError("the connection was lost")
        return rows

    monkeypatch.setattr(pipeline, "run_batch", run_batch)
    row = a_quest_for(make_goal(alice).id, alice)
    assert run(alice, delivering(row)).body["tokens"]["charged"] == 3
    assert (settlements, position(alice), quests(alice)) == (1, (SOUND - 3, 0), 1)


def test_a_hold_whose_answer_was_lost_after_the_commit_is_gone_on_with(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, lost = transactions.run_batch, []

    def run_batch(*statements: Statement) -> Any:
        rows = really(*statements)
        if "tokens_hold_place" in statements[-1].sql:
            lost.append(rows)
            raise OperationalError("the connection was lost")
        return rows

    monkeypatch.setattr(pipeline, "run_batch", run_batch)
    row = a_quest_for(make_goal(alice).id, alice)
    assert run(alice, delivering(row)).body["tokens"]["charged"] == 3
    assert (len(lost), position(alice), quests(alice)) == (1, (SOUND - 3, 0), 1)


def test_without_a_database_to_settle_in_nothing_is_charged(
    alice: Person, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.HOLD_SECONDS = 0
    monkeypatch.setattr(pipeline, "COMMIT_SECONDS_MAX", 0.5)
    really = transactions.run_batch

    def run_batch(*statements: Statement) -> Any:
        if "tokens_hold_end" in statements[0].sql:
            raise OperationalError("there is no database")
        return really(*statements)

    monkeypatch.setattr(pipeline, "run_batch", run_batch)
    with pytest.raises(OperationalError):
        run(alice, delivering())
    assert position(alice) == (SOUND, 0)
    with pytest.raises(AiTimeout) as replayed:
        run(alice, delivering())
    assert replayed.value.details == {"refunded": True}


# The log.

COLUMNS = ["id", "created_at", "organization_id", "user_id", "feature", "tokens_deducted", "metadata"]
BY_DAY = "SELECT DATE(created_at), COUNT(*), SUM(tokens_deducted) FROM ai_token_usage_log GROUP BY DATE(created_at)"
FLAGGED = "SELECT COUNT(*) FROM ai_token_usage_log WHERE metadata->>'status' = 'fraud_flagged'"


def test_the_usage_log_answers_the_analysts(alice: Person, mallory: Person, goal: str, ai: Provider) -> None:
    allow(alice, minimum_gap_seconds=0, hourly_tokens_flag=10)
    ask(alice, goal, count=3)
    ai.behaviour = saying(b"", 500)
    ask(alice, goal, count=2)
    allow(alice, requests_per_minute=1)
    ask(alice, goal)

    def log(person: Person, query: str) -> list[Any]:
        with person.acting(), connection.cursor() as cursor:
            cursor.execute(query)
            assert cursor.description
            return [[column.name for column in cursor.description], *cursor.fetchall()]

    [_, (_, entries, spent)] = log(alice, BY_DAY)
    assert (entries, spent) == (5, 9)
    assert log(alice, FLAGGED)[1:] == [(2,)], "once for the user, once for the organization"
    assert log(mallory, FLAGGED)[1:] == [(0,)]
    assert log(mallory, BY_DAY)[1:] == []
    _, *rows = log(
        alice,
        "SELECT id, created_at, organization_id, user_id, feature, tokens_deducted, metadata->>'status'"
        " FROM ai_token_usage_log ORDER BY created_at, 7",
    )
    assert log(alice, "SELECT * FROM ai_token_usage_log")[0] == COLUMNS
    assert sorted(row[-1] for row in rows) == ["fraud_flagged", "fraud_flagged", "refused", "released", "settled"]
    assert {row[2:4] for row in rows} == {(alice.organization_id, alice.user.pk)}
    with alice.acting():
        assert sum(row[5] for row in rows) == -sum(Entry.objects.filter(kind="settle").values_list("held", flat=True))
