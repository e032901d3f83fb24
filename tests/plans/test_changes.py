"""Up at once, with the rest of the period rounded up; down at the period's end; nothing to farm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from plans import actions, changes
from plans.models import Subscription
from plans.periods import period_at
from plans.queries import current_book
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from tests.conftest import Person
from tokens.queries import position

pytestmark = pytest.mark.fast

ANCHOR = datetime(2026, 1, 31, tzinfo=UTC)


def test_an_upgrade_is_rounded_up() -> None:
    book = current_book()
    period = period_at(ANCHOR, ANCHOR)
    almost_over = period.ends_at - timedelta(seconds=1)
    change = changes.preview(book.plans["pro"], book.plans["enterprise"], period, almost_over)
    assert (change.tokens_now, change.effective_at) == (1, almost_over)
    assert changes.remaining_fraction(period, ANCHOR) == Fraction(1)
    down = changes.preview(book.plans["enterprise"], book.plans["pro"], period, almost_over)
    assert (down.tokens_now, down.effective_at, down.immediate) == (0, period.ends_at, False)
    fewer = replace(book.plans["enterprise"], monthly_tokens=10)
    larger = changes.preview(book.plans["pro"], fewer, period, ANCHOR)
    assert (larger.tokens_now, larger.immediate) == (0, True), "agreed with fewer tokens: nothing is taken back"


def test_up_down_and_up_again_brings_the_difference_once(alice: Person) -> None:
    with alice.acting():
        assert actions.upgrade(plan_key="enterprise") == 1800
        assert actions.upgrade(plan_key="enterprise") == 0
        actions.schedule_plan(plan_key="pro")
        assert actions.upgrade(plan_key="enterprise") == 0
        assert position().available == 2000
        with pytest.raises(Invalid):
            actions.upgrade(plan_key="pro")


def test_down_and_up_again_over_a_period_s_end_farms_nothing(alice: Person) -> None:
    """The smaller plan's month is granted; the upgrade brings the rest of the difference, never a second month."""
    with alice.acting():
        actions.upgrade(plan_key="enterprise")
        ends_at = actions.schedule_plan(plan_key="pro")
        assert actions.refresh(subscription=Subscription.objects.get(), now=ends_at)
        before = position().available
        actions.upgrade(plan_key="enterprise")
        actions.schedule_plan(plan_key="pro")
        actions.schedule_plan(plan_key="enterprise")
        assert actions.upgrade(plan_key="enterprise") == 0
        assert position().available - before <= 1800


def test_an_upgrade_counts_from_when_it_was_paid_for(alice: Person) -> None:
    with alice.acting():
        anchor = Subscription.objects.get().anchor_at
        assert actions.upgrade(plan_key="enterprise", at=anchor - timedelta(days=9)) == 1800, "never more than a month"
    with alice.acting():
        assert actions.upgrade(plan_key="enterprise", at=anchor) == 0


def test_an_upgrade_in_a_month_that_is_not_granted_yet_comes_on_top_of_the_smaller_plan_s(alice: Person) -> None:
    """The job runs hourly; who upgrades in the first minutes of a month gets what everyone else gets."""
    with alice.acting():
        Subscription.objects.update(anchor_at=database_now() - timedelta(days=40))
        before = position().available
        brought = actions.upgrade(plan_key="enterprise")
        assert 1000 < brought < 1800
        assert not actions.refresh(subscription=Subscription.objects.get(), now=database_now())
        assert position().available - before == 200 + brought


def test_an_upgrade_heard_of_in_the_next_month_brings_that_month_once(alice: Person) -> None:
    """The month's allowance is not granted yet: it comes with the larger plan, and no difference beside it."""
    with alice.acting():
        subscription = Subscription.objects.get()
        anchor = subscription.anchor_at - timedelta(days=40)
        Subscription.objects.update(anchor_at=anchor)
        assert actions.upgrade(plan_key="enterprise", at=period_at(anchor, database_now()).starts_at) == 0
        before = position().available
        assert actions.refresh(subscription=Subscription.objects.get(), now=database_now())
        assert position().available - before == 2000


def test_a_downgrade_that_is_heard_of_late_holds_at_once(alice: Person) -> None:
    with alice.acting():
        actions.upgrade(plan_key="enterprise")
        began = database_now() - timedelta(hours=1)
        actions.schedule_plan(plan_key="pro", at=began)
        actions.refresh(subscription=Subscription.objects.get(), now=database_now())
        assert Subscription.objects.get().plan_key == "pro"


def test_a_downgrade_waits_for_the_period_s_end_and_then_grants_the_smaller_plan(alice: Person) -> None:
    with alice.acting():
        actions.upgrade(plan_key="enterprise")
        ends_at = actions.schedule_plan(plan_key="pro")
        subscription = Subscription.objects.get()
        assert not actions.refresh(subscription=subscription, now=ends_at - timedelta(seconds=1))
        assert actions.refresh(subscription=subscription, now=ends_at)
        assert Subscription.objects.get().plan_key == "pro"


def test_going_to_starter_ends_the_subscription(alice: Person) -> None:
    with alice.acting():
        ends_at = actions.schedule_plan(plan_key="starter")
        assert not actions.refresh(subscription=Subscription.objects.get(), now=ends_at)
        assert not actions.end_subscription()
        with pytest.raises(Conflict):
            actions.upgrade(plan_key="enterprise")
        assert actions.subscribe(plan_key="pro", anchor_at=database_now()).plan_key == "pro"
