"""Allowances: once a period, whoever asks how often; late without making up; what is left rolls over to a cap."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import F

from licensing.actions import payment_failed, payment_succeeded
from plans import actions, anchors, queries
from plans.models import Subscription
from plans.periods import nth_period
from plans.tasks import refresh_allowances
from saas.accounts.models import Organization
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from tests.conftest import Person
from tests.plans.months import allowances, travel
from tokens import actions as ledger_actions
from tokens import queries as ledger

pytestmark = pytest.mark.own_database


def test_the_next_period_brings_the_next_allowance_once(alice: Person, superuser: psycopg.Connection) -> None:
    period = travel(alice, superuser, months=1)
    for _ in range(3):
        refresh_allowances()
    assert allowances(alice) == [(200, period.ends_at)]
    with alice.acting():
        assert ledger.balance().resets_at == period.ends_at
        assert Subscription.objects.get().allowance_until == period.ends_at


def test_three_months_missed_bring_the_present_one_only(alice: Person, superuser: psycopg.Connection) -> None:
    period = travel(alice, superuser, months=3, days=5)
    assert period.index == 3
    refresh_allowances()
    assert allowances(alice) == [(200, period.ends_at)]


def test_a_job_that_missed_three_days_grants_late_and_until_the_period_s_own_end(
    alice: Person, superuser: psycopg.Connection
) -> None:
    period = travel(alice, superuser, months=1, days=3)
    assert database_now() - period.starts_at >= timedelta(days=3)
    with alice.acting():
        assert ledger.position().available == 0
    refresh_allowances()
    refresh_allowances()
    assert allowances(alice) == [(200, period.ends_at)]


def test_before_the_end_nothing_is_granted(alice: Person, superuser: psycopg.Connection) -> None:
    period = travel(alice, superuser, months=0, days=20)
    refresh_allowances()
    assert allowances(alice) == [(200, period.ends_at)]


def test_jobs_and_payments_at_once_grant_once(alice: Person, superuser: psycopg.Connection) -> None:
    period = travel(alice, superuser, months=1)

    def paid() -> None:
        with alice.acting():
            actions.refresh(subscription=Subscription.objects.get(), now=database_now())

    def closing(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(closing, [refresh_allowances, paid] * 4))
    assert allowances(alice) == [(200, period.ends_at)]


def test_nothing_while_payment_is_overdue_and_everything_when_it_is_paid(
    alice: Person, superuser: psycopg.Connection
) -> None:
    with alice.acting():
        payment_failed()
    period = travel(alice, superuser, months=1)
    refresh_allowances()
    with alice.acting():
        assert not actions.refresh(subscription=Subscription.objects.get(), now=database_now())
        assert ledger.position().available == 0
        payment_succeeded()
    assert allowances(alice) == [(200, period.ends_at)]


@pytest.fixture
def cap_of_50(monkeypatch: pytest.MonkeyPatch) -> None:
    """A price book whose Pro lets 50 tokens roll over."""
    book = queries.current_book()
    plans = {key: replace(plan, rollover_tokens_max=50) for key, plan in book.plans.items()}
    monkeypatch.setattr(actions, "current_book", lambda: replace(book, plans=plans))


@pytest.mark.parametrize(("spent", "rolled"), [(0, 50), (170, 30), (200, 0)])
@pytest.mark.parametrize("swept_before", [True, False])
@pytest.mark.usefixtures("cap_of_50")
def test_the_unspent_rest_rolls_over_up_to_the_cap_once(
    spent: int, rolled: int, swept_before: bool, alice: Person, superuser: psycopg.Connection
) -> None:
    if spent:
        spend(alice, spent)
    period = travel(alice, superuser, months=1)
    if swept_before:
        with alice.acting():
            superuser.execute("SELECT set_config('app.current_org', %s, false)", [str(alice.organization_id)])
            superuser.execute("SELECT tokens_sweep('{}')")
    refresh_allowances()
    refresh_allowances()
    expected = [200, rolled] if rolled else [200]
    assert sorted(allowances(alice), reverse=True) == [(tokens, period.ends_at) for tokens in expected]


@pytest.mark.usefixtures("cap_of_50")
def test_what_rolled_over_does_not_come_back_after_a_pause_too(alice: Person, superuser: psycopg.Connection) -> None:
    period = travel(alice, superuser, months=1)
    refresh_allowances()
    with alice.acting():
        subscription = Subscription.objects.get()
        paused = nth_period(subscription.anchor_at, period.index - 1)
        assert anchors.carry_over(subscription, paused=paused) == 150
        assert ledger.position().available == 200 + 50 + 150


@pytest.mark.usefixtures("cap_of_50")
def test_what_ended_months_ago_does_not_roll_over(alice: Person, superuser: psycopg.Connection) -> None:
    period = travel(alice, superuser, months=2)
    refresh_allowances()
    assert allowances(alice) == [(200, period.ends_at)]


def spend(person: Person, amount: int) -> None:
    """Hold and settle tokens."""
    transaction_id = uuid7()
    who: dict[str, Any] = {"user_id": person.user.pk, "department_id": None}
    with person.acting():
        ledger_actions.hold(
            transaction_id=transaction_id, tokens=amount, operation="quest", price_book_version=None, seconds=60, **who
        )
        ledger_actions.settle(transaction_id=transaction_id, tokens=amount)


@pytest.mark.parametrize(("cap", "rolled"), [(5000, 1400), (1300, 1300)])
def test_what_an_upgrade_brought_rolls_over_with_the_month_it_came_in(
    cap: int, rolled: int, alice: Person, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = queries.current_book()
    plans = {key: replace(plan, rollover_tokens_max=cap) for key, plan in book.plans.items()}
    monkeypatch.setattr(actions, "current_book", lambda: replace(book, plans=plans))
    with alice.acting():
        brought = actions.upgrade(plan_key="enterprise")
        spend(alice, brought - 1200)
    for unspent in (rolled, min(cap, rolled + 2000)):
        with alice.acting():
            ends_at = ledger.balance().resets_at
            assert ends_at is not None
            on = F("clock_offset") + (ends_at - database_now())
            Organization.objects.filter(id=alice.organization_id).update(clock_offset=on)
        refresh_allowances()
        assert sorted((tokens for tokens, _ in allowances(alice)), reverse=True) == sorted(
            [2000, unspent], reverse=True
        )
