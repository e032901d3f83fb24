"""A quota counts what was held since its period began, whenever the allowance came."""

from datetime import timedelta
from typing import Any

import pytest

from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from tokens import actions, queries
from tokens.actions import QuotaReached
from tokens.kinds import QuotaScope, Source
from tokens.verification import verify


def place(person: Any, tokens: int) -> None:
    who = {"user_id": person.user.pk, "department_id": None}
    actions.hold(transaction_id=uuid7(), tokens=tokens, operation="quest", seconds=60, **who)


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
        with pytest.raises(QuotaReached, match="3 are used"):
            place(alice, 8)
        place(alice, 7)
        assert queries.quotas().get().used_tokens == 10
        assert verify().breaches == 0
