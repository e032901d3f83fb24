"""A quota counts what was held since its period began, whenever the allowance came."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from saas.kernel.clock import database_now
from saas.kernel.errors import NotFound
from saas.kernel.ids import uuid7
from tests.machinery import at_once
from tokens import actions, queries
from tokens.actions import InsufficientTokens, QuotaExceeded
from tokens.kinds import QuotaScope, Source
from tokens.verification import verify

pytestmark = pytest.mark.fast


def allowed() -> int:
    """Return what the organization's only quota allows in the present period."""
    quota: Any = queries.quotas().get()
    return int(quota.allowed)


def place(person: Any, tokens: int) -> None:
    who = {"user_id": person.user.pk, "department_id": None}
    actions.hold(transaction_id=uuid7(), tokens=tokens, operation="quest", price_book_version=None, seconds=60, **who)


def begin_period(number: int, started_at: Any) -> None:
    actions.grant(
        source=Source.PLAN,
        tokens=100,
        business_key=f"period {number}",
        period_started_at=started_at,
        expires_at=database_now() + timedelta(days=30),
    )


def test_a_hold_between_the_boundary_and_the_allowance_counts_in_the_new_period(alice: Any) -> None:
    with alice.acting():
        actions.set_quota(scope=QuotaScope.USER, subject_id=alice.user.pk, tokens=10)
        place(alice, 6)
        boundary = database_now()
        place(alice, 3)
        begin_period(2, boundary)
        with pytest.raises(QuotaExceeded, match="3 are used"):
            place(alice, 8)
        place(alice, 7)
        assert queries.quotas().get().used_tokens == 10
        assert verify().breaches == 0


def test_a_raise_is_exact_under_parallel_holds_and_gone_in_the_next_period(alice: Any) -> None:
    with alice.acting():
        actions.set_quota(scope=QuotaScope.USER, subject_id=alice.user.pk, tokens=10)
        raising = partial(actions.raise_quota, scope=QuotaScope.USER, subject_id=alice.user.pk)
        raising(tokens=6)
        raising(tokens=2)

    def ask() -> bool:
        with alice.acting():
            place(alice, 3)
            return True

    answers = at_once([ask] * 12)
    assert Counter(map(type, answers)) == {bool: 6, QuotaExceeded: 6}
    with alice.acting():
        quota: Any = queries.quotas().get()
        assert (quota.allowed, quota.used, quota.limit_tokens) == (18, 18, 10)
        actions.set_quota(scope=QuotaScope.USER, subject_id=alice.user.pk, tokens=11)
        assert allowed() == 19
        assert verify().breaches == 0
        begin_period(2, database_now())
        assert allowed() == 11
        with pytest.raises(QuotaExceeded, match="quota is 11"):
            place(alice, 12)
        place(alice, 11)
        assert queries.quotas().get().raised_tokens == 0
        raising(tokens=1)
        place(alice, 1)
        assert verify().breaches == 0


def test_a_raise_is_of_a_quota_and_of_what_is_there(alice: Any) -> None:
    with alice.acting():
        raising = partial(actions.raise_quota, scope=QuotaScope.USER, subject_id=alice.user.pk)
        with pytest.raises(NotFound, match="no such quota"):
            raising(tokens=1)
        actions.set_quota(scope=QuotaScope.USER, subject_id=alice.user.pk, tokens=2**31 - 1)
        with pytest.raises(InsufficientTokens, match="200 are available"):
            raising(tokens=201)
        raising(tokens=200)
        assert allowed() == 2**31 - 1
