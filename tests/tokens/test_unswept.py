"""What has expired is gone, whether or not the sweeper has come."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command

from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from tests.conftest import Person
from tokens import actions, queries
from tokens.kinds import QuotaScope, Source
from tokens.models import Hold
from tokens.tasks import sweep
from tokens.verification import verify

pytestmark = pytest.mark.own_database


def place(person: Person, tokens: int, *, seconds: int = 60) -> UUID:
    """Hold tokens as the person; with 0 seconds the hold has expired at once."""
    transaction_id = uuid7()
    who = {"user_id": person.user.pk, "department_id": None}
    actions.hold(
        transaction_id=transaction_id, tokens=tokens, operation="quest", price_book_version=None, seconds=seconds, **who
    )
    return transaction_id


def nobody_sweeps() -> None:
    """Leave everything as it is."""


@pytest.fixture(params=[nobody_sweeps, sweep])
def swept(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Sweep, or do not."""
    found: Callable[[], Any] = request.param
    return found


def test_an_expired_hold_is_free_and_counts_against_no_quota(alice: Person, swept: Callable[[], Any]) -> None:
    with alice.acting():
        actions.set_quota(scope=QuotaScope.USER, subject_id=alice.user.pk, tokens=10)
        place(alice, 8, seconds=0)
        swept()
        assert (queries.position().available, queries.position().held) == (200, 0)
        tightest = queries.tightest_quota(user_id=alice.user.pk, department_id=None).fetch()
        assert (tightest and tightest.used, queries.quotas().get().used) == (0, 0)  # type: ignore[attr-defined]
        place(alice, 10)


def test_the_command_sweeps_what_has_expired(alice: Person) -> None:
    with alice.acting():
        hold = place(alice, 8, seconds=0)
    out = StringIO()
    call_command("sweep_holds", stdout=out)
    assert "organizations swept" in out.getvalue()
    with alice.acting():
        assert Hold.objects.get(id=hold).ended_at is not None


def test_a_quota_shows_what_was_held_before_the_allowance_came(alice: Person) -> None:
    with alice.acting():
        actions.set_quota(scope=QuotaScope.USER, subject_id=alice.user.pk, tokens=10)
        place(alice, 6)
        boundary = database_now()
        place(alice, 3)
        end = boundary + timedelta(days=30)
        allowance = {"source": Source.PLAN, "tokens": 100, "business_key": "period 2", "expires_at": end}
        actions.grant(**allowance, period_started_at=boundary)  # type: ignore[arg-type]
        tightest = queries.tightest_quota(user_id=alice.user.pk, department_id=None).fetch()
        assert (tightest and tightest.used, queries.quotas().get().used) == (3, 3)  # type: ignore[attr-defined]


def test_what_expired_is_not_taken_back_once_more(alice: Person, superuser: Any, swept: Callable[[], Any]) -> None:
    with alice.acting():
        soon = database_now() + timedelta(hours=1)
        actions.grant(source=Source.PURCHASE, tokens=10, business_key="pack", expires_at=soon)
        superuser.execute(
            "UPDATE tokens_bucket SET expires_at = now() WHERE organization_id = %s AND business_key = 'pack'",
            [alice.organization_id],
        )
        swept()
        clawed = actions.claw(business_key="pack", tokens=4, reason="refunded")
        assert (clawed.tokens, clawed.debt) == (0, 0)  # nobody spent it
        assert verify().breaches == 0


def test_a_debt_that_an_expired_hold_repays_stops_nobody(
    alice: Person, superuser: Any, swept: Callable[[], Any]
) -> None:
    with alice.acting():
        soon = database_now() + timedelta(hours=1)
        actions.grant(source=Source.GIFT, tokens=5, business_key="gift", expires_at=soon)
        abandoned = place(alice, 5)
        assert actions.claw(business_key="gift", tokens=5, reason="a mistake").debt == 5
        with pytest.raises(actions.TokenDebt):
            place(alice, 1)
        superuser.execute("UPDATE tokens_hold SET expires_at = now() WHERE id = %s", [abandoned])
        swept()
        place(alice, 1)
        assert (queries.position().available, queries.position().debt) == (199, 0)
        assert verify().breaches == 0
