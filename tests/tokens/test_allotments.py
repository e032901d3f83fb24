"""An allotment is a target: it never gives more, whatever is raised, lowered, held or repeated meanwhile."""

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from tests.conftest import Person
from tests.machinery import at_once
from tokens import actions, queries
from tokens.actions import InsufficientTokens, TokenDebt
from tokens.kinds import EntryKind, Source
from tokens.queries import Allotment
from tokens.verification import verify

pytestmark = [pytest.mark.fast, pytest.mark.own_database]


KEY = "overage:test"


def allot(tokens: int, key: str = KEY) -> int:
    expires_at = database_now() + timedelta(days=7)
    return actions.allot(source=Source.OVERAGE, key=key, tokens=tokens, expires_at=expires_at, reason="test")


def hold(person: Person, tokens: int) -> UUID:
    transaction_id = uuid7()
    who = {"user_id": person.user.pk, "department_id": None}
    actions.hold(
        transaction_id=transaction_id, tokens=tokens, operation="test", price_book_version=None, seconds=120, **who
    )
    return transaction_id


def spend(person: Person, tokens: int) -> UUID:
    transaction_id = hold(person, tokens)
    actions.settle(transaction_id=transaction_id, tokens=tokens)
    return transaction_id


def stands() -> Allotment:
    return queries.allotment(source=Source.OVERAGE, key=KEY)


@pytest.fixture
def spent(alice: Person) -> Person:
    """Alice, whose allowance is used up."""
    with alice.acting():
        spend(alice, 200)
    return alice


def test_overage_burns_last_though_it_expires_first(alice: Person) -> None:
    with alice.acting():
        actions.grant(source=Source.PURCHASE, tokens=50, business_key="pack")
        assert allot(40) == 40
        assert queries.position().available == 290
        assert (queries.position().overage, queries.position().prepaid) == (40, 250)
        assert [bucket.source for bucket in queries.balance().buckets] == ["plan", "purchase", "overage"]
        spend(alice, 249)
        assert stands() == Allotment(used=0, held=0, remaining=40)
        across = spend(alice, 3)
        charged = [(e.bucket.source, -e.held) for e in queries.entries_of(across) if e.kind == EntryKind.SETTLE]
        assert charged == [("purchase", 1), ("overage", 2)]
        assert [-line.held for line in queries.settled_from(Source.OVERAGE, after=0)] == [2]
        assert verify().breaches == 0


def test_raising_lowering_and_ending_keep_to_the_target(spent: Person) -> None:
    with spent.acting():
        assert allot(100) == allot(100) == 100
        spend(spent, 30)
        assert allot(150) == 120
        assert allot(50) == allot(50) == 20
        assert stands() == Allotment(used=30, held=0, remaining=20)
        assert allot(10) == allot(30) == 0
        assert allot(31) == 1
        actions.end_allotments(source=Source.OVERAGE, reason="turned off")
        assert queries.position().available == 0
        assert stands() == Allotment(used=30, held=0, remaining=0)
        assert allot(100) == 70
        assert allot(10, key="overage:next") == 10
        assert (stands().remaining, queries.position().available) == (0, 10)
        assert verify().breaches == 0


def test_what_was_held_when_it_was_lowered_counts_and_comes_back_by_the_next_call(spent: Person) -> None:
    with spent.acting():
        allot(100)
        kept, returned = hold(spent, 20), hold(spent, 30)
        assert allot(60) == 10
        actions.release(transaction_id=returned)
        assert queries.position().available == 10
        assert allot(60) == 40
        actions.settle(transaction_id=kept, tokens=20)
        assert stands() == Allotment(used=20, held=0, remaining=40)
        assert allot(60) == 40
        assert verify().breaches == 0


def test_overage_repays_no_debt_and_waits_while_payment_is_overdue(alice: Person) -> None:
    with alice.acting():
        actions.grant(source=Source.PURCHASE, tokens=50, business_key="pack")
        spend(alice, 250)
        actions.claw(business_key="pack", tokens=50, reason="refunded")
        allot(100)
        assert (queries.position().debt, stands().remaining) == (50, 100)
        with pytest.raises(TokenDebt):
            hold(alice, 1)
        actions.suspend(reason="payment failed")
        assert (queries.position().available, queries.position().frozen, queries.position().overage) == (0, 100, 0)
        assert [queries.balance().is_frozen(bucket) for bucket in queries.balance().buckets] == [True]
        actions.resume(reason="paid")
        assert queries.position().overage == 100
        assert verify().breaches == 0


def test_thirty_threads_get_the_last_ten_tokens_of_the_cap_and_no_more(spent: Person) -> None:
    with spent.acting():
        allot(40)
        spend(spent, 30)

    def ask() -> UUID:
        with spent.acting():
            return spend(spent, 2)

    answers = at_once([ask] * 30)
    assert Counter(map(type, answers)) == {UUID: 5, InsufficientTokens: 25}
    with spent.acting():
        assert stands() == Allotment(used=40, held=0, remaining=0)
        assert verify().breaches == 0


def test_no_race_of_caps_and_spending_passes_the_highest_cap(spent: Person) -> None:
    def work(seed: int) -> list[Exception]:
        dice = random.Random(seed)
        errors: list[Exception] = []
        with spent.acting():
            for _ in range(12):
                try:
                    if dice.random() < 0.3:
                        allot(dice.choice([10, 40, 60]))
                    elif dice.random() < 0.5:
                        actions.release(transaction_id=hold(spent, dice.randint(1, 9)))
                    else:
                        spend(spent, dice.randint(1, 4))
                except InsufficientTokens:
                    pass
                except DomainError as error:
                    errors.append(error)
        return errors

    assert at_once([lambda seed=seed: work(seed) for seed in range(8)]) == [[]] * 8  # type: ignore[misc]
    with spent.acting():
        assert stands().used <= 60
        allot(60)
        assert stands().used + stands().remaining == 60
        assert verify().breaches == 0
