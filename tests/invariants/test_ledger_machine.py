"""The ledger in PostgreSQL against a ledger in plain Python: any moves, in any order, with time passing.

The model is eager and knows no locks, entries or SQL: what has expired is gone the moment it expires. The
real one catches up when it is next written to, so the two are compared as a reader sees them.

Run it longer with `LEDGER_EXAMPLES=2000`; repeat a failure with `--hypothesis-seed`.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings as django
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError, Invalid
from saas.kernel.transactions import Query, Row, Statement, fetch_all
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.actions import HoldFinalized, InsufficientTokens, QuotaExceeded, SpendingSuspended, TokenDebt
from tokens.kinds import HoldStatus, QuotaScope, Source
from tokens.verification import verify

pytestmark = pytest.mark.own_database

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "40"))
STEPS = 50
TICK = 60
"""Seconds. All happens on a tick and expires half a tick later, so an example must not take that long."""

ANN, BEN, KITCHEN = (uuid4() for _ in range(3))
PEOPLE = [(ANN, None), (ANN, KITCHEN), (BEN, KITCHEN)]
BURNT_FIRST = {
    Source.PLAN: 0, Source.PROMO: 1, Source.GIFT: 1, Source.ADJUSTMENT: 2, Source.PURCHASE: 3, Source.OVERAGE: 3,
}  # fmt: skip
WAITS_FOR_PAYMENT = (Source.PURCHASE, Source.GIFT, Source.OVERAGE)
NEVER = 10**9


@dataclass(eq=False)
class Bucket:
    """Tokens of one source: `spent` for good, an older debt's repayment included; `owed` for what was refunded."""

    source: Source
    granted: int
    remaining: int
    expires: int
    held: int = 0
    spent: int = 0
    frozen: bool = False
    clawed: int = 0
    owed: int = 0


@dataclass(eq=False)
class Hold:
    """Tokens reserved, by the buckets they came from."""

    user: UUID
    department: UUID | None
    parts: list[tuple[Bucket, int]]
    created: int
    expires: int
    status: str = HoldStatus.HELD
    charged: int = 0
    absorbed: int = 0

    @property
    def is_open(self) -> bool:
        return self.status == HoldStatus.HELD

    @property
    def tokens(self) -> int:
        return sum(tokens for _, tokens in self.parts)


@dataclass
class Model:
    """What the ledger promises, not how it keeps it."""

    organization: UUID
    now: int = 0
    period: int = -TICK // 2
    debt: int = 0
    suspended: bool = False
    buckets: dict[str, Bucket] = field(default_factory=dict)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    quotas: dict[UUID, int] = field(default_factory=dict)

    def burn_order(self) -> list[tuple[str, Bucket]]:
        live = [(key, bucket) for key, bucket in self.buckets.items() if bucket.remaining or bucket.held]
        return sorted(live, key=lambda pair: self._place(pair[1]))

    @staticmethod
    def _place(bucket: Bucket) -> tuple[bool, int, int]:
        return bucket.source == Source.OVERAGE, bucket.expires, BURNT_FIRST[bucket.source]

    def position(self) -> tuple[int, int, int, int, int]:
        """Available, held, debt, frozen, and the overage in what is available."""
        stopped = {
            key
            for key, bucket in self.buckets.items()
            if bucket.frozen or (self.suspended and bucket.source in WAITS_FOR_PAYMENT)
        }
        frozen = sum(self.buckets[key].remaining for key in stopped)
        held = sum(bucket.held for bucket in self.buckets.values())
        overage = [b for key, b in self.buckets.items() if b.source == Source.OVERAGE and key not in stopped]
        available = sum(b.remaining for b in self.buckets.values()) - frozen
        return available, held, self.debt, frozen, sum(b.remaining for b in overage)

    def left(self, user: UUID, department: UUID | None) -> int | None:
        """What the tightest quota leaves these two of this period."""
        covering = [subject for subject in (self.organization, user, department) if subject in self.quotas]
        return min((self.quotas[subject] - self._used(subject) for subject in covering), default=None)

    def _used(self, subject: UUID | None) -> int:
        return sum(
            hold.tokens if hold.is_open else hold.charged
            for hold in self.holds.values()
            if hold.created > self.period and subject in (self.organization, hold.user, hold.department)
        )

    def refusals(self, tokens: int, user: UUID, department: UUID | None) -> set[type[DomainError]]:
        """Why a hold cannot be placed: any of these may be told."""
        left = self.left(user, department)
        reasons: dict[type[DomainError], bool] = {
            SpendingSuspended: self.suspended,
            TokenDebt: self.debt > 0,
            QuotaExceeded: left is not None and tokens > left,
            InsufficientTokens: tokens > self.position()[0],
        }
        return {Invalid} if tokens <= 0 else {error for error, applies in reasons.items() if applies}

    def hold(self, tokens: int, user: UUID, department: UUID | None, seconds: int) -> Hold:
        parts = []
        for _, bucket in self.burn_order():
            take = 0 if bucket.frozen else min(tokens, bucket.remaining)
            if take:
                bucket.remaining, bucket.held, tokens = bucket.remaining - take, bucket.held + take, tokens - take
                parts.append((bucket, take))
        return Hold(user, department, parts, self.now, self.now + seconds)

    def end(self, hold: Hold, status: str, charge: int = 0) -> None:
        hold.status, hold.charged = status, charge
        for bucket, tokens in hold.parts:
            spent = min(charge, tokens)
            charge -= spent
            bucket.held -= tokens
            bucket.spent += spent
            bucket.remaining += tokens - spent
            self._repay_from(bucket)
            bucket.remaining = bucket.remaining if bucket.expires > self.now else 0

    def _repay_from(self, bucket: Bucket) -> None:
        """Tokens that come back repay what was owed for them."""
        repaid = min(bucket.remaining, bucket.owed, self.debt)
        bucket.remaining, bucket.owed, self.debt = bucket.remaining - repaid, bucket.owed - repaid, self.debt - repaid

    def claw(self, bucket: Bucket, target: int) -> None:
        """Bring what was taken back to `target`: what is left goes first, then it is debt; and the way back.

        What expired unspent is nobody's debt.
        """
        before, more, bucket.clawed = bucket.clawed, target - bucket.clawed, target
        taken, owed = min(more, bucket.remaining), 0
        if more > 0 and bucket.expires <= self.now:
            unspent = bucket.granted - bucket.held - bucket.spent
            owed = max(target - unspent, 0) - max(before - unspent, 0)
        elif more > 0:
            owed = more - taken
        else:
            owed = -min(-more, bucket.owed, self.debt)
            taken = more - owed if bucket.expires > self.now else 0
        bucket.remaining -= taken
        bucket.owed += owed
        self.debt += owed

    def open(self) -> list[Hold]:
        return [hold for hold in self.holds.values() if hold.is_open]

    def advance(self, seconds: int) -> None:
        self.now += seconds
        for hold in self.open():
            if hold.expires <= self.now:
                self.end(hold, HoldStatus.EXPIRED)
        for bucket in self.buckets.values():
            if bucket.expires <= self.now:
                bucket.remaining = 0


# What the database says, as a reader sees it: by bucket, by hold, and the totals it keeps.

BUCKETS = """
    SELECT b.business_key,
        CASE WHEN b.expires_at <= organization_now() THEN 0 ELSE b.remaining + coalesce(late.tokens, 0) END,
        b.held - coalesce(late.tokens, 0)
    FROM tokens_bucket b LEFT JOIN (
        SELECT e.bucket_id, sum(e.held) AS tokens FROM tokens_hold h JOIN tokens_entry e ON e.transaction_id = h.id
        WHERE e.kind = 'hold' AND h.ended_at IS NULL AND h.expires_at <= organization_now() GROUP BY e.bucket_id
    ) late ON late.bucket_id = b.id
"""
HOLDS = """
    SELECT id, CASE WHEN ended_at IS NULL AND expires_at <= organization_now() THEN 'expired' ELSE status END,
        settled_tokens, absorbed_tokens
    FROM tokens_hold
"""
TOTALS = """
    SELECT ARRAY[available, held, debt] FROM tokens_account
    UNION ALL SELECT ARRAY[coalesce(sum(tokens), 0), coalesce(sum(held), 0), coalesce(sum(debt), 0)] FROM tokens_entry
    UNION ALL SELECT ARRAY[coalesce(sum(remaining), 0), coalesce(sum(b.held), 0), a.debt]
        FROM tokens_account a LEFT JOIN tokens_bucket b USING (organization_id) GROUP BY a.debt
    UNION ALL SELECT ARRAY[
            a.available, (SELECT coalesce(sum(tokens), 0) FROM tokens_hold WHERE status = 'held'), a.debt]
        FROM tokens_account a
"""
RETURNED_TO_THE_DEAD = """
    SELECT count(*) FROM tokens_entry e JOIN tokens_bucket b ON b.id = e.bucket_id
    WHERE e.transaction_id = %s AND e.kind = 'release' AND b.expires_at <= organization_now() AND b.remaining > 0
"""


def by_first(rows: list[Row]) -> dict[Any, Any]:
    """Rows by their first column."""
    return {key: tuple(rest) for key, *rest in rows}


READINGS: list[Query[Any]] = [
    ledger.POSITION,
    *(ledger.tightest_quota(user_id=user, department_id=department) for user, department in PEOPLE),
    Query(Statement(BUCKETS), by_first),
    Query(Statement(HOLDS), by_first),
    Query(Statement(TOTALS), lambda rows: [tuple(map(int, totals)) for (totals,) in rows]),
]


def select(statement: str, *params: Any) -> list[Any]:
    """Rows that the organization acted for sees."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


@contextmanager
def refused(reasons: set[type[DomainError]]) -> Iterator[None]:
    """Exactly one of the reasons is told if there are any, and none otherwise."""
    try:
        yield
    except tuple(reasons):
        return
    else:
        assert not reasons, f"not refused for {reasons}"


NUMBER = st.integers(0, 99)


def has_holds(machine: "LedgerMachine") -> bool:
    """Return True if there are holds to end."""
    return bool(machine.model.holds)


class LedgerMachine(RuleBasedStateMachine):
    """One organization's ledger, and every way to move it."""

    moves: ClassVar[int] = 0
    superuser: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(organization=uuid4())
        self._context = tenancy.organization(self.model.organization)
        self._context.__enter__()
        Organization.objects.create(id=self.model.organization, name="Juniper Bakery")
        ledger_actions.open_account()
        self.started_at = database_now()
        half_a_tick_ago = self.started_at - timedelta(seconds=TICK / 2)
        self._as_superuser("UPDATE tokens_account SET period_started_at = %s WHERE organization_id", half_a_tick_ago)
        for source in Source:
            bought = source == Source.PURCHASE
            self._grant(f"first {source}", source, 60 if bought else 9, None if bought else 6 * TICK)

    def teardown(self) -> None:
        try:
            assert verify().breaches == 0
            took = database_now() - self.started_at - timedelta(seconds=self.model.now)
            assert took < timedelta(seconds=TICK / 2), "the example took too long"
        finally:
            self._context.__exit__(None, None, None)

    def _as_superuser(self, statement: str, *params: Any) -> None:
        """Run a statement which ends with the column that is the organization's id."""
        self.superuser.execute(f"{statement} = %s", [*params, self.model.organization])

    def _at(self, seconds: int | None) -> datetime | None:
        """The instant so far from now, the same for all in a tick, or never."""
        return None if seconds is None else self.started_at + timedelta(seconds=self.model.now + seconds)

    def _hold_of(self, number: int) -> UUID:
        """One of the holds, mostly of the open ones."""
        every, still_open = list(self.model.holds), [id for id, hold in self.model.holds.items() if hold.is_open]
        choice = still_open if still_open and number % 5 else every
        return choice[number % len(choice)]

    def _key_of(self, number: int) -> str:
        """One of the grants, mostly of those with tokens held."""
        held = [key for key, bucket in self.model.buckets.items() if bucket.held]
        choice = held if held and number % 5 else list(self.model.buckets)
        return choice[number % len(choice)]

    # Tokens come and are owed.

    @rule(
        source=st.sampled_from(Source),
        tokens=st.sampled_from([20, 5, 9, 40, 0]),
        ticks=st.sampled_from([None, None, 1, 2, 2, 4, -1]),
        number=st.integers(0, 60),
    )
    def grant(self, source: Source, tokens: int, ticks: int | None, number: int) -> None:
        seconds = None if ticks is None else ticks * TICK + TICK // 2
        self._grant(f"payment {number}", source, tokens, seconds)

    @rule(tokens=st.integers(1, 20), ago=st.integers(0, 3), ticks=st.integers(1, 4))
    def begin_period(self, tokens: int, ago: int, ticks: int) -> None:
        """The allowance of a period which began some ticks ago: holds may have come before it."""
        begun = self.model.now - ago * TICK - TICK // 2
        if begun > self.model.period:
            started_at = self._at(begun - self.model.now)
            self._grant(f"period {begun}", Source.PLAN, tokens, ticks * TICK + TICK // 2, started_at=started_at)
            self.model.period = begun

    def _grant(
        self, key: str, source: Source, tokens: int, seconds: int | None, *, started_at: datetime | None = None
    ) -> None:
        known = key in self.model.buckets
        valid = tokens > 0 and (seconds is None or seconds > 0)
        with refused(set() if known or valid else {Invalid}):
            granted = ledger_actions.grant(
                source=source,
                tokens=tokens,
                business_key=key,
                expires_at=self._at(seconds),
                period_started_at=started_at,
            )
            assert granted is not known
        if valid and not known:
            repaid = 0 if source == Source.OVERAGE else min(self.model.debt, tokens)
            self.model.debt -= repaid
            expires = NEVER if seconds is None else self.model.now + seconds
            self.model.buckets[key] = Bucket(source, tokens, tokens - repaid, expires, spent=repaid)

    def _refund(self, number: int) -> None:
        """Take back so many in all; then fewer, since a dispute was won."""
        key = self._key_of(number)
        bucket = self.model.buckets[key]
        for target in (bucket.granted - number % 3, bucket.granted // (1 + number % 4), -number % 2):
            possible = 0 <= target <= bucket.granted
            with refused(set() if possible else {Invalid}):
                ledger_actions.claw(business_key=key, tokens=target, reason="refunded")
            if possible:
                self.model.claw(bucket, target)

    def _dispute(self, number: int) -> None:
        frozen, key = number % 3 == 0, self._key_of(number)
        bucket = self.model.buckets[key]
        changed = ledger_actions.freeze(business_key=key, frozen=frozen, reason="disputed")
        assert changed is (bucket.frozen is not frozen)
        bucket.frozen = frozen

    # Tokens are held, and holds end.

    @rule(tokens=st.integers(-1, 16), who=st.sampled_from(PEOPLE), ticks=st.integers(0, 3))
    def hold(self, tokens: int, who: tuple[UUID, UUID | None], ticks: int) -> None:
        transaction_id, seconds = uuid4(), ticks * TICK + TICK // 2
        reasons = self.model.refusals(tokens, *who)
        with refused(reasons):
            self._hold(transaction_id, tokens, who, seconds)
        if not reasons:
            self.model.holds[transaction_id] = self.model.hold(tokens, *who, seconds)

    @rule(tokens=st.integers(1, 9), who=st.sampled_from(PEOPLE))
    def hold_some(self, tokens: int, who: tuple[UUID, UUID | None]) -> None:
        self.hold(tokens, who, 1)

    @rule(tokens=st.integers(1, 14), who=st.sampled_from(PEOPLE), delivered=st.integers(0, 14))
    def work(self, tokens: int, who: tuple[UUID, UUID | None], delivered: int) -> None:
        """Hold and settle, as an operation does."""
        before = len(self.model.holds)
        self.hold(tokens, who, 1)
        for transaction_id in list(self.model.holds)[before:]:
            self._settle(transaction_id, min(tokens, delivered))

    def _hold(self, transaction_id: UUID, tokens: int, who: tuple[UUID, UUID | None], seconds: int) -> None:
        user_id, department_id = who
        ledger_actions.hold(
            transaction_id=transaction_id,
            tokens=tokens,
            operation="quest",
            price_book_version=None,
            user_id=user_id,
            department_id=department_id,
            seconds=seconds,
        )

    def _hold_again(self, number: int) -> None:
        if self.model.holds:
            with pytest.raises((DomainError, DatabaseError)):
                self._hold(self._hold_of(number), 1, PEOPLE[0], TICK)

    @precondition(has_holds)
    @rule(number=NUMBER, tokens=st.none() | st.integers(-1, 17))
    def settle(self, number: int, tokens: int | None) -> None:
        self._settle(self._hold_of(number), tokens)

    def _settle(self, transaction_id: UUID, tokens: int | None = None) -> None:
        hold = self.model.holds[transaction_id]
        charge = hold.tokens if tokens is None else tokens
        wrong = not 0 <= charge <= hold.tokens
        finalized = not hold.is_open and (hold.status, hold.charged) != (HoldStatus.SETTLED, charge)
        with refused({Invalid} if wrong else {HoldFinalized} if finalized else set()):
            ended = ledger_actions.settle(transaction_id=transaction_id, tokens=charge)
            assert (ended.status, ended.settled_tokens) == (HoldStatus.SETTLED, charge)
        if hold.is_open and not wrong:
            self.model.end(hold, HoldStatus.SETTLED, charge)
            assert select(RETURNED_TO_THE_DEAD, transaction_id) == [(0,)]

    @precondition(has_holds)
    @rule(number=NUMBER)
    def release(self, number: int) -> None:
        self._release(self._hold_of(number))

    def _release(self, transaction_id: UUID) -> None:
        hold = self.model.holds[transaction_id]
        with refused(set() if hold.is_open or hold.status == HoldStatus.RELEASED else {HoldFinalized}):
            assert ledger_actions.release(transaction_id=transaction_id).status == HoldStatus.RELEASED
        if hold.is_open:
            self.model.end(hold, HoldStatus.RELEASED)
            assert select(RETURNED_TO_THE_DEAD, transaction_id) == [(0,)]

    @precondition(has_holds)
    @rule(number=NUMBER, tokens=st.integers(0, 12))
    def absorb(self, number: int, tokens: int) -> None:
        """A result comes after its hold has ended, or before, when there is nothing to absorb."""
        self._absorb(self._hold_of(number), tokens)

    def _absorb(self, transaction_id: UUID, tokens: int) -> None:
        hold = self.model.holds[transaction_id]
        ended = hold.status in (HoldStatus.RELEASED, HoldStatus.EXPIRED, HoldStatus.REVOKED)
        noted = tokens > 0 and ended and not hold.absorbed
        answer = ledger_actions.absorb_query(transaction_id=transaction_id, tokens=tokens).fetch()
        assert answer == (hold.status if noted else None)
        hold.absorbed = tokens if noted else hold.absorbed

    @precondition(has_holds)
    @rule(number=NUMBER, ticks=st.integers(1, 3), late=st.sampled_from(["settle", "release", "absorb", "refund"]))
    def come_late(self, number: int, ticks: int, late: str) -> None:
        """Time passes, nobody sweeps, and then something comes of a hold."""
        transaction_id = self._hold_of(number)
        self.pass_time(ticks)
        self.keeps_every_promise()
        match late:
            case "settle":
                self._settle(transaction_id)
            case "release":
                self._release(transaction_id)
            case "absorb":
                self._absorb(transaction_id, 3)
            case "refund":
                self._refund(number)

    # The account stops and goes on; quotas; time.

    @rule(number=NUMBER)
    def now_and_then(self, number: int) -> None:
        """What happens less often than work does."""
        moves = [self._show, self._sweep, self._pay, self._dispute, self._refund, self._hold_again]
        moves[number % len(moves)](number)

    def _pay(self, number: int) -> None:
        if self.model.suspended:
            assert ledger_actions.resume(reason="paid")
            assert not ledger_actions.resume(reason="paid")
        else:
            assert ledger_actions.suspend(reason="payment failed") == len(self.model.open())
            assert ledger_actions.suspend(reason="payment failed") == 0
            for hold in self.model.open():
                self.model.end(hold, HoldStatus.REVOKED)
        self.model.suspended = not self.model.suspended

    @rule(whose=st.sampled_from(QuotaScope), tokens=st.sampled_from([0, 8, 25, 80]), user=st.sampled_from([ANN, BEN]))
    def set_quota(self, whose: QuotaScope, tokens: int, user: UUID) -> None:
        subjects = {QuotaScope.ORGANIZATION: self.model.organization, QuotaScope.DEPARTMENT: KITCHEN}
        subject = subjects.get(whose, user)
        ledger_actions.set_quota(scope=whose, subject_id=subject, tokens=tokens)
        self.model.quotas[subject] = tokens

    @rule(place=st.integers(0, 3))
    def remove_quota(self, place: int) -> None:
        for quota in ledger.quotas()[place : place + 1]:
            assert ledger_actions.remove_quota(quota_id=quota.id)
            assert not ledger_actions.remove_quota(quota_id=quota.id)
            del self.model.quotas[quota.subject_id]

    @rule(ticks=st.integers(1, 3))
    def pass_time(self, ticks: int) -> None:
        forward = "UPDATE accounts_organization SET clock_offset = clock_offset + %s WHERE id"
        self._as_superuser(forward, timedelta(seconds=ticks * TICK))
        in_debt = self.model.debt > 0
        self.model.advance(ticks * TICK)
        if in_debt:  # what expired holds repay shows once they are swept
            self._sweep()

    def _sweep(self, number: int = 0) -> None:
        select("SELECT tokens_sweep('{}')")
        stored = dict(select("SELECT business_key, remaining FROM tokens_bucket"))
        assert stored == {key: bucket.remaining for key, bucket in self.model.buckets.items()}
        assert select("SELECT count(*) FROM tokens_hold WHERE status = 'held'") == [(len(self.model.open()),)]

    def _show(self, number: int) -> None:
        shown = [bucket.business_key for bucket in ledger.balance().buckets]
        wanted = [key for key, bucket in self.model.burn_order() if bucket.expires > self.model.now]
        assert [key for key in shown if key in wanted] == wanted

    # What must be so after every move.

    @invariant()
    def keeps_every_promise(self) -> None:
        LedgerMachine.moves += 1
        position, *left, buckets, holds, totals = fetch_all(*READINGS)
        assert astuple(position) == self.model.position()
        assert [quota and quota.limit - quota.used for quota in left] == [self.model.left(*who) for who in PEOPLE]
        assert buckets == {key: (bucket.remaining, bucket.held) for key, bucket in self.model.buckets.items()}
        ends = {id: (hold.status, hold.charged, hold.absorbed) for id, hold in self.model.holds.items()}
        assert holds == ends
        account, *sums = totals
        assert min(account) >= 0
        assert sums == [account] * 3


@pytest.mark.timeout(60 + 2 * EXAMPLES)
def test_the_ledger_keeps_what_the_model_promises(capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(django.DATABASE_URL, autocommit=True) as LedgerMachine.superuser:
        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    with capsys.disabled():
        sys.stdout.write(f"\nledger: {LedgerMachine.moves:,} moves ")
