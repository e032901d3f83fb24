"""The comparison with Stripe reaches everybody: those who wait longest first, whatever happens to a run."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F

from marketplace.models import Customer
from marketplace.stripe import gateway, reconciliation
from saas.kernel import tenancy
from tests.conftest import Person, open_business
from tests.marketplace.conftest import known
from tests.marketplace.double import Double

pytestmark = pytest.mark.own_database

DAY = timedelta(days=1)


@pytest.fixture
def waiting(stripe_double: Double) -> list[Person]:
    """Five customers; the last one was compared longest ago, nobody else's day is over."""
    people = [open_business() for _ in range(5)]
    with tenancy.system():
        Customer.objects.update(compare_at=F("compare_at") + 9 * DAY)
    for days, person in enumerate(people, start=1):
        known(person, stripe_double)
        with person.acting():
            Customer.objects.update(compare_at=F("compare_at") - days * DAY)
    return people


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The organizations that were compared, in their order."""
    seen: list[UUID] = []
    monkeypatch.setattr(
        reconciliation, "reconcile_organization", lambda: seen.append(tenancy.current_organization_id())
    )
    return seen


def test_the_longest_waiting_are_first_and_each_is_compared_once_a_day(
    waiting: list[Person], compared: list[UUID]
) -> None:
    assert (reconciliation.reconcile(), reconciliation.reconcile()) == (5, 0)
    assert compared == [person.organization_id for person in reversed(waiting)]
    with waiting[0].acting():
        Customer.objects.update(compare_at=F("compare_at") - DAY)
    assert reconciliation.reconcile() == 1


def test_a_run_whose_time_is_over_is_gone_on_with(
    waiting: list[Person], compared: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "CHUNK", 2)
    monkeypatch.setattr(reconciliation, "monotonic", iter([0.0, 0.0, 999.0, 0.0, 0.0, 0.0, 0.0]).__next__)
    assert (reconciliation.reconcile(), reconciliation.reconcile()) == (2, 3)
    assert compared == [person.organization_id for person in reversed(waiting)]


def test_while_stripe_is_away_a_run_ends_and_nobody_is_set_aside(
    waiting: list[Person], compared: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def away() -> None:
        asked.append(tenancy.current_organization_id())
        raise gateway.PaymentsUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(reconciliation, "reconcile_organization", away)
        assert reconciliation.reconcile() == 0
    assert asked == [waiting[-1].organization_id], "the others do not wait for a timeout each"
    assert reconciliation.reconcile() == 4
    with waiting[-1].acting():
        Customer.objects.update(compare_at=F("compare_at") - reconciliation.LEASE)
    assert reconciliation.reconcile() == 1, "it is not set aside"
