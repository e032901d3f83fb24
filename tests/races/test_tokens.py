"""However many ask at once: N tokens buy what N tokens buy, a hold has one end, and nobody waits in a circle."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from threading import Event
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from abuse import actions as abuse
from abuse.rules import Limits, Subject
from audit.models import Event as AuditEvent
from licensing.actions import advance_all, payment_failed, payment_succeeded
from plans.actions import end_override, refresh_due, set_override
from plans.models import OverrideKind
from quests.actions import record_revenue, update_goal
from quests.generation import generate_quests
from quests.models import Quest
from saas.accounts.models import ApiKey, Membership, Role
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from saas.team.actions import change_member, create_department, invite, remove_department, revoke_invitation
from saas.web.idempotency import claim
from tests.abuse.rate_status import rate_status
from tests.conftest import Person, hire, make_goal, open_business
from tests.machinery import Provider, Reply, Web, at_once, provider, web
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.actions import HoldFinalized, InsufficientTokens, SpendingSuspended
from tokens.kinds import HoldStatus, QuotaScope, Source
from tokens.models import Entry, Hold
from tokens.tasks import sweep
from tokens.verification import verify

pytestmark = pytest.mark.own_database


def hold(person: Person, tokens: int, *, seconds: int = 120) -> UUID:
    """Hold tokens as the person; return the transaction."""
    transaction_id = uuid7()
    who = {"user_id": person.user.pk, "department_id": None}
    ledger_actions.hold(
        transaction_id=transaction_id, tokens=tokens, operation="race", price_book_version=None, seconds=seconds, **who
    )
    return transaction_id


def spend_all_but(person: Person, left: int) -> None:
    """Leave the person's organization with so many tokens."""
    with person.acting():
        spare = ledger.position().available - left
        ledger_actions.settle(transaction_id=hold(person, spare), tokens=spare)


def test_fifty_threads_get_the_last_thirty_tokens_ten_times(alice: Person) -> None:
    spend_all_but(alice, 30)

    def ask() -> UUID:
        with alice.acting():
            return hold(alice, 3)

    answers = at_once([ask] * 50)
    assert Counter(map(type, answers)) == {UUID: 10, InsufficientTokens: 40}
    with alice.acting():
        assert (ledger.position().available, ledger.position().held) == (0, 30)
        assert verify().breaches == 0


# Through HTTP, against a web server of two processes.


@pytest.fixture(scope="module")
def double() -> Iterator[Provider]:
    with provider() as server:
        yield server


@pytest.fixture(scope="module")
def server(db_of_module: None, double: Provider) -> Iterator[Web]:
    with web(double.environment, workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def db_of_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def insist(server: Web, person: Person, path: str, body: Any, *, while_answered: str, key: str = "") -> Reply:
    """Ask again with the same key, as the answer says, until there is another one."""
    key = key or str(uuid4())
    while (answer := server.ask(person, "POST", path, body, key=key)).code == while_answered:
        sleep(0.05)
    return answer


def test_two_hundred_members_get_ten_quests_from_thirty_tokens(server: Web, double: Provider) -> None:
    boss = open_business("enterprise")
    goal = make_goal(boss)
    members = [hire(boss) for _ in range(200)]
    spend_all_but(boss, 30)
    before = double.calls

    def ask(member: Person) -> tuple[int, str | None]:
        answer = insist(server, member, "/quests", {"goal": str(goal.id)}, while_answered="unavailable")
        return answer.status, answer.code

    answers = at_once([partial(ask, member) for member in members])
    assert Counter(answers) == {(201, None): 10, (402, "insufficient_tokens"): 190}
    assert double.calls - before == 10
    with boss.acting():
        assert (ledger.position().available, ledger.position().held) == (0, 0)
        assert Quest.objects.count() == 10
        assert AuditEvent.objects.filter(kind="operation.refused").count() == 190
        assert verify().breaches == 0


def test_one_idempotency_key_a_hundred_times_is_one_quest(server: Web, double: Provider, alice: Person) -> None:
    body, key, before = {"goal": str(make_goal(alice).id)}, str(uuid4()), double.calls
    with alice.acting():
        ApiKey.objects.update(requests_per_minute=10_000)

    def ask() -> Any:
        answer = insist(server, alice, "/quests", body, key=key, while_answered="idempotency_in_progress")
        return answer.status, answer.body

    answers = at_once([ask] * 100)
    assert answers == [answers[0]] * 100
    [(status, made), *_] = answers  # type: ignore[misc]
    assert (status, made["tokens"]["charged"], made["tokens"]["available"]) == (201, 3, 197)
    assert double.calls - before == 1
    with alice.acting():
        assert Quest.objects.count() == 1
        assert AuditEvent.objects.filter(kind="operation.refused").count() == 0
        assert verify().breaches == 0
    subject = Subject(organization_id=alice.organization_id, user_id=alice.user.pk)
    counted = rate_status(subject=subject, limits=Limits())
    assert (counted.limit - counted.remaining, counted.blocked_until) == (1, None)


def test_one_idempotency_key_of_an_integrator_is_one_hold(server: Web, alice: Person) -> None:
    key = str(uuid4())

    def ask() -> tuple[int, str]:
        answer = server.ask(alice, "POST", "/tokens/holds", {"amount": 7, "purpose": "own model"}, key=key)
        return answer.status, answer.code or answer.body["id"]

    answers = set(at_once([ask] * 40))
    held = {answer for answer in answers if answer != (409, "idempotency_in_progress")}
    assert [status for status, _ in held] == [201]  # type: ignore[misc]
    with alice.acting():
        assert (ledger.position().available, ledger.position().held) == (193, 7)
        assert verify().breaches == 0


def test_an_allowance_is_granted_once_however_many_refresh(alice: Person, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "UPDATE plans_subscription SET anchor_at = anchor_at - interval '40 days', allowance_until = now()"
        " WHERE organization_id = %s",
        [alice.organization_id],
    )
    at_once([refresh_due] * 8)
    with alice.acting():
        assert [bucket.granted for bucket in ledger.balance().buckets] == [200, 200]
        assert verify().breaches == 0


# Ends of one hold.


def test_of_all_ends_of_a_hold_exactly_one_comes(alice: Person) -> None:
    ends: Counter[str] = Counter()
    for _ in range(25):
        with alice.acting():
            transaction_id = hold(alice, 4)
            before = ledger.position().available

        def as_alice(move: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
            def run() -> Any:
                with alice.acting():
                    return move(**arguments)

            return run

        moves: list[Callable[[], Any]] = [
            as_alice(ledger_actions.settle, transaction_id=transaction_id, tokens=3),
            as_alice(ledger_actions.release, transaction_id=transaction_id),
            as_alice(ledger_actions.suspend, reason="payment failed"),
            as_alice(ledger_actions.settle, transaction_id=transaction_id, tokens=4),
            sweep,
        ]
        answers = at_once(random.sample(moves, len(moves)))
        assert all(isinstance(a, HoldFinalized) for a in answers if isinstance(a, Exception))
        with alice.acting():
            ledger_actions.resume(reason="paid")
            ended = Hold.objects.get(id=transaction_id)
            kinds = Counter(Entry.objects.filter(transaction_id=transaction_id).values_list("kind", flat=True))
            assert ledger.position().available == before + 4 - ended.settled_tokens
        charged = ended.settled_tokens
        assert kinds == Counter(hold=1, settle=charged > 0, release=charged < 4)
        ends[f"{ended.status} {charged}"] += 1
    assert set(ends) <= {"settled 3", "settled 4", "released 0", "revoked 0"}
    with alice.acting():
        assert verify().breaches == 0


def test_a_hold_whose_time_is_over_is_swept_or_refused_never_charged(alice: Person) -> None:
    for _ in range(5):
        with alice.acting():
            transaction_id = hold(alice, 4, seconds=0)

        def settle(transaction_id: UUID = transaction_id) -> Any:
            with alice.acting():
                return ledger_actions.settle(transaction_id=transaction_id, tokens=4)

        ends: list[Callable[[], Any]] = [settle, sweep, settle, sweep]
        answers = at_once(ends)
        assert [type(answer) for answer in (answers[0], answers[2])] == [HoldFinalized] * 2
        sweep()
        with alice.acting():
            assert Hold.objects.get(id=transaction_id).status == HoldStatus.EXPIRED
            assert ledger.position().available == 200


def test_a_failed_payment_leaves_no_open_hold_and_lets_none_come_after(alice: Person) -> None:
    failed = Event()

    def keep_holding() -> list[Exception]:
        refusals: list[Exception] = []
        while not (refusals and failed.is_set()):
            try:
                with alice.acting():
                    hold(alice, 1)
            except DomainError as refusal:
                refusals.append(refusal)
        return refusals

    def fail() -> None:
        with alice.acting():
            while ledger.position().held < 40:
                sleep(0.001)
            payment_failed()
        failed.set()

    answers = at_once([*[keep_holding] * 8, fail])
    assert all(isinstance(refusal, SpendingSuspended) for each in answers[:-1] for refusal in each)  # type: ignore[union-attr]
    with alice.acting():
        assert not Hold.objects.filter(ended_at=None).exists()
        assert (ledger.position().available, ledger.position().held) == (200, 0)
        stopped = AuditEvent.objects.get(kind="account.suspended")
        assert not AuditEvent.objects.filter(kind="hold.placed", seq__gt=stopped.seq).exists()
        assert verify().breaches == 0


# Everything at once on one organization.


class Office:
    """A busy organization: what its people, its payments and the clockwork do, in any order."""

    def __init__(self, boss: Person) -> None:
        self.boss = boss
        *self.people, self.clumsy = [boss, *(hire(boss) for _ in range(4))]
        self.goals = [make_goal(boss, f"Goal {number}") for number in range(2)]
        self.done: Counter[str] = Counter()
        self.errors: list[BaseException] = []
        with boss.acting():
            for limit, value in {"minimum_gap_seconds": 0, "requests_per_minute": 100_000}.items():
                self._set_limit(limit, value)
        self.moves: list[Callable[[random.Random], Any]] = [
            self.goal,
            self.revenue,
            self.quota,
            self.people_come,
            self.department,
            self.role,
            self.grant,
            self.operation,
            self.operation,
            self.integration,
            self.payment,
            self.override,
            self.block,
            self.clockwork,
        ]

    def work(self, seed: int, seconds: float) -> None:
        chance, until = random.Random(seed), monotonic() + seconds
        while monotonic() < until:
            move = chance.choice(self.moves)
            try:
                with self.boss.acting():
                    move(chance)
                self.done[move.__name__] += 1
            except DomainError as refusal:
                self.done[refusal.code] += 1
            except Exception as error:
                self.errors.append(error)

    def goal(self, chance: random.Random) -> None:
        update_goal(goal_id=chance.choice(self.goals).id, changes={"title": f"Goal {chance.random()}"})

    def revenue(self, chance: random.Random) -> None:
        goal = chance.choice(self.goals)
        record_revenue(goal_id=goal.id, amount=Decimal(1), received_on=date(2026, 1, 1), by=self.boss.user.pk)

    def quota(self, chance: random.Random) -> None:
        scope, subject = chance.choice(
            [
                (QuotaScope.USER, chance.choice(self.people).user.pk),
                (QuotaScope.ORGANIZATION, self.boss.organization_id),
            ]
        )
        quota_id = ledger_actions.set_quota(scope=scope, subject_id=subject, tokens=chance.randint(0, 2000))
        if chance.random() < 0.5:
            ledger_actions.remove_quota(quota_id=quota_id)

    def people_come(self, chance: random.Random) -> None:
        made = invite(
            email=f"{chance.randint(0, 5)}@example.com", role=Role.MEMBER, department_id=None, by=self.boss.user
        )
        if chance.random() < 0.8:
            revoke_invitation(invitation_id=made.invitation.id)

    def department(self, chance: random.Random) -> None:
        made = create_department(name=str(chance.random()))
        if chance.random() < 0.8:
            remove_department(department_id=made.id)

    def role(self, chance: random.Random) -> None:
        member = Membership.objects.exclude(role=Role.OWNER).order_by("?").first()
        if member:
            change_member(
                membership_id=member.id, by=None, role=chance.choice([Role.ADMIN, Role.MEMBER]), department_id=None
            )

    def grant(self, chance: random.Random) -> None:
        ledger_actions.grant(
            source=Source.GIFT, tokens=chance.randint(1, 9), business_key=f"gift {chance.randint(0, 10_000)}"
        )

    def operation(self, chance: random.Random) -> None:
        who = chance.choice(self.people)
        body = {"goal": str(chance.choice(self.goals).id)}
        generate_quests(
            caller=who.caller,
            goal_id=UUID(body["goal"]),
            count=1,
            claim=claim(key=str(chance.randint(0, 1000)), request="POST /quests", body=body),
        )

    def integration(self, chance: random.Random) -> None:
        transaction_id = hold(chance.choice(self.people), chance.randint(1, 5), seconds=chance.randint(0, 5))
        end = chance.random()
        if end < 0.5:
            ledger_actions.settle(transaction_id=transaction_id, tokens=1)
        elif end < 0.8:
            ledger_actions.release(transaction_id=transaction_id)

    def payment(self, chance: random.Random) -> None:
        if chance.random() < 0.2:
            payment_failed()
        payment_succeeded()

    def override(self, chance: random.Random) -> None:
        if chance.random() < 0.5:
            self._set_limit("members", chance.randint(5, 50))
        else:
            end_override(kind=OverrideKind.LIMIT, key="members", reason="race")

    def _set_limit(self, key: str, value: int) -> None:
        set_override(kind=OverrideKind.LIMIT, key=key, value=value, reason="race", ends_at=None, by=None)

    def block(self, chance: random.Random) -> None:
        subject = Subject(organization_id=self.boss.organization_id, user_id=self.clumsy.user.pk)
        abuse.record(subject=subject, verdict=abuse.admit(subject=subject, tokens=99, limits=Limits()))

    def clockwork(self, chance: random.Random) -> None:
        jobs: list[Callable[[], Any]] = [sweep, refresh_due, advance_all]
        chance.choice(jobs)()


def test_sixteen_threads_on_one_organization_never_wait_in_a_circle(superuser: psycopg.Connection) -> None:
    office = Office(open_business("enterprise"))
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = superuser.execute(deadlocks).fetchone()
    seeds = [random.randrange(2**32) for _ in range(16)]
    at_once([lambda seed=seed: office.work(seed, seconds=5) for seed in seeds])  # type: ignore[misc]
    assert office.errors == []
    assert superuser.execute(deadlocks).fetchone() == before
    assert sum(office.done.values()) > 50
    with office.boss.acting():
        payment_succeeded()
        sweep()
        assert verify().breaches == 0
