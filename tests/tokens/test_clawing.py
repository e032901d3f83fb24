"""Refunds and disputes: a target per bucket, net of what comes back; what is spent becomes debt."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid
from saas.kernel.ids import uuid7
from tests.conftest import Person
from tokens import actions
from tokens.kinds import Source
from tokens.queries import position

pytestmark = pytest.mark.fast

KEY = "payment:pi_1"


@pytest.fixture
def buyer(business) -> Iterator[Person]:  # type: ignore[no-untyped-def]
    person = business("starter")
    with person.acting():
        actions.grant(source=Source.PURCHASE, tokens=500, business_key=KEY)
        yield person


def spend(person: Person, tokens: int) -> None:
    hold = uuid7()
    actions.hold(
        transaction_id=hold,
        tokens=tokens,
        operation="quest",
        price_book_version=None,
        user_id=person.user.pk,
        department_id=None,
        seconds=60,
    )
    actions.settle(transaction_id=hold, tokens=tokens)


def test_what_is_spent_becomes_debt_which_the_next_grant_repays(buyer: Person) -> None:
    spend(buyer, 300)
    assert actions.claw(business_key=KEY, tokens=500, reason="refund") == actions.Clawed(-200, 300)
    assert actions.claw(business_key=KEY, tokens=500, reason="the same event again") == actions.Clawed(0, 0)
    assert (position().available, position().debt) == (0, 300)
    with pytest.raises(actions.TokenDebt):
        spend(buyer, 1)
    actions.grant(source=Source.PURCHASE, tokens=1000, business_key="payment:pi_2")
    assert (position().available, position().debt) == (700, 0)


def test_held_tokens_that_return_to_a_refunded_bucket_repay_its_debt(buyer: Person) -> None:
    hold = uuid7()
    actions.hold(
        transaction_id=hold,
        tokens=10,
        operation="quest",
        price_book_version=None,
        user_id=buyer.user.pk,
        department_id=None,
        seconds=60,
    )
    assert actions.claw(business_key=KEY, tokens=500, reason="refund") == actions.Clawed(-490, 10)
    actions.release(transaction_id=hold)
    assert (position().available, position().debt) == (0, 0)


def test_what_expired_unspent_is_nobodys_debt(buyer: Person, superuser: psycopg.Connection) -> None:
    actions.claw(business_key=KEY, tokens=500, reason="the pack is given back")
    spent_before(buyer, tokens=100, of=200, key="month 1", by=superuser)
    assert actions.claw(business_key="month 1", tokens=50, reason="a part back") == actions.Clawed(0, 0)
    assert actions.claw(business_key="month 1", tokens=200, reason="all of it") == actions.Clawed(0, 100)
    assert actions.claw(business_key="month 1", tokens=0, reason="won after all") == actions.Clawed(100, -100)
    assert (position().available, position().debt) == (0, 0)


def test_what_repaid_a_debt_was_spent_though_the_rest_expired(buyer: Person, superuser: psycopg.Connection) -> None:
    spend(buyer, 300)
    actions.claw(business_key=KEY, tokens=500, reason="refund")
    spent_before(buyer, tokens=50, of=400, key="month 1", by=superuser)
    assert position().debt == 0
    assert actions.claw(business_key="month 1", tokens=400, reason="refund") == actions.Clawed(0, 350)


def spent_before(person: Person, *, tokens: int, of: int, key: str, by: psycopg.Connection) -> None:
    """Grant a bucket, spend some of it and let the rest expire."""
    soon = database_now() + timedelta(hours=1)
    actions.grant(source=Source.PLAN, tokens=of, business_key=key, expires_at=soon)
    spend(person, tokens)
    by.execute("UPDATE tokens_bucket SET expires_at = now() WHERE business_key = %s", [key])
    assert position().available == 0


def test_a_won_dispute_gives_back_debt_first_and_then_tokens(buyer: Person) -> None:
    spend(buyer, 300)
    actions.claw(business_key=KEY, tokens=500, reason="dispute lost")
    assert actions.claw(business_key=KEY, tokens=100, reason="partly won") == actions.Clawed(100, -300)
    assert actions.claw(business_key=KEY, tokens=0, reason="won") == actions.Clawed(100, 0)
    assert (position().available, position().debt) == (200, 0)


def test_no_more_than_was_granted_can_be_taken_back(buyer: Person) -> None:
    with pytest.raises(Invalid):
        actions.claw(business_key=KEY, tokens=501, reason=str(uuid4()))
    assert position().available == 500


def test_frozen_tokens_are_seen_but_not_spent(buyer: Person) -> None:
    assert actions.freeze(business_key=KEY, frozen=True, reason="dispute opened")
    assert not actions.freeze(business_key=KEY, frozen=True, reason="again")
    assert (position().available, position().frozen) == (0, 500)
    with pytest.raises(actions.InsufficientTokens):
        spend(buyer, 1)
    actions.freeze(business_key=KEY, frozen=False, reason="withdrawn")
    assert position().available == 500
