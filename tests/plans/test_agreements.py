"""Prices pinned: who subscribed keeps price and tokens of the version they agreed to, until the plan changes."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib import import_module

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from plans import actions
from plans.agreements.queries import in_force, sold_terms
from plans.models import Agreement, Subscription
from plans.queries import entitlements
from plans.tasks import refresh_allowances
from saas.kernel.clock import database_now
from tests.backoffice.business import subscribes
from tests.conftest import Person
from tests.plans.months import allowances, travel
from tests.price_books import new_prices

pytestmark = pytest.mark.own_database


@pytest.fixture
def dearer(alice: Person, superuser: psycopg.Connection) -> Iterator[int]:
    """A version that sells Pro for $99 with 100 tokens, in effect since alice subscribed; and a dearer Enterprise."""
    pro = {"monthly_price": Decimal(99), "monthly_tokens": 100}
    with new_prices(superuser, pro=pro, enterprise={"monthly_price": Decimal(499), "monthly_tokens": 3000}) as version:
        yield version


def of_plan(person: Person, key: str = "pro") -> tuple[int, int]:
    """Return price and tokens of a plan, as the person's organization has it."""
    with person.acting():
        plan = entitlements(person.organization_id).fetch().book.plans[key]
    return int(plan.monthly_price), plan.monthly_tokens


def test_a_new_price_book_changes_nothing_for_who_subscribed_before(
    alice: Person, dearer: int, superuser: psycopg.Connection
) -> None:
    assert of_plan(alice) == (149, 200)
    [pro] = [plan for plan in alice.get("/plans").json()["data"] if plan["key"] == "pro"]
    assert (pro["monthly_price"], pro["monthly_tokens"]) == ("149.00", 200)
    assert "$149.00" in alice.browser().get("/plans").content.decode()
    assert "$149.00" in alice.browser().get("/billing").content.decode()
    period = travel(alice, superuser, months=1)
    refresh_allowances()
    assert allowances(alice) == [(200, period.ends_at)]


@pytest.mark.usefixtures("dearer")
def test_many_at_once_get_what_each_gets_alone(
    alice: Person, business: Callable[..., Person], superuser: psycopg.Connection
) -> None:
    carol, dora = business(), business()
    with dora.acting():  # from before prices were pinned
        Agreement.objects.all().delete()
    for person in (alice, carol, dora):
        travel(person, superuser, months=1)
    with carol.acting():
        assert actions.refresh(subscription=Subscription.objects.get(), now=database_now())
    alone = [tokens for tokens, _ in allowances(carol)]
    refresh_allowances()
    assert ([t for t, _ in allowances(alice)], alone, [t for t, _ in allowances(dora)]) == ([200], [100], [100])


def test_who_subscribes_now_agrees_to_the_new_version(dearer: int, business: Callable[..., Person]) -> None:
    carol = business()
    assert of_plan(carol) == (99, 100)
    with carol.acting():
        agreement = Agreement.objects.get()
        assert (agreement.price_book_version, agreement.is_custom) == (dearer, False)


def test_a_change_of_plan_agrees_to_the_version_of_the_change(alice: Person, dearer: int) -> None:
    assert of_plan(alice, "enterprise") == (499, 3000)
    with alice.acting():
        before = Subscription.objects.get()
        assert actions.upgrade(plan_key="enterprise") in (2800, 2799), (
            "3,000 of the new version less 200 of the old one"
        )
        assert of_plan(alice, "enterprise") == (499, 3000)
        assert of_plan(alice, "pro") == (99, 100), "nobody keeps the price of a plan that was left"
        ends_at = actions.schedule_plan(plan_key="pro")
        assert of_plan(alice, "enterprise") == (499, 3000)
        assert actions.refresh(subscription=before, now=ends_at)
        agreed = in_force(before, "pro", ends_at)
        assert agreed is not None
        assert (agreed.price_book_version, agreed.starts_at, agreed.monthly_tokens) == (dearer, ends_at, 100)


@pytest.mark.usefixtures("dearer")
def test_a_scheduled_change_that_is_taken_back_leaves_what_was_agreed(alice: Person) -> None:
    with alice.acting():
        actions.upgrade(plan_key="enterprise")
        actions.schedule_plan(plan_key="pro")
        assert Agreement.objects.filter(plan_key="pro").count() == 2
        actions.schedule_plan(plan_key="enterprise")
        assert Agreement.objects.filter(plan_key="pro").count() == 1
        assert of_plan(alice, "enterprise") == (499, 3000)


def test_who_comes_back_pays_what_is_sold_then(alice: Person, dearer: int) -> None:
    with alice.acting():
        first = Agreement.objects.get().price_book_version
        actions.end_subscription()
        assert of_plan(alice) == (99, 100)
        actions.subscribe(plan_key="pro")
        assert of_plan(alice) == (99, 100)
        assert {row.price_book_version for row in Agreement.objects.all()} == {dearer, first}


def test_what_was_paid_says_which_version_was_sold(alice: Person, dearer: int) -> None:
    with alice.acting():
        now, first = database_now(), Agreement.objects.get().price_book_version
        assert sold_terms("pro", at=now).version == dearer
        opened_before = sold_terms("pro", at=now, price=Decimal(149))
        assert (opened_before.version, opened_before.monthly_tokens) == (first, 200)
        by_hand = sold_terms("pro", at=now, price=Decimal("120.50"))
        assert (by_hand.version, by_hand.monthly_price, by_hand.monthly_tokens) == (dearer, Decimal("120.50"), 100)


def test_what_was_agreed_never_changes_and_begins_once(alice: Person) -> None:
    with alice.acting():
        agreement = Agreement.objects.get()
        for change in ({"monthly_tokens": 1}, {"starts_at": database_now()}, {"applied_at": database_now()}):
            with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
                Agreement.objects.update(**change)
        with pytest.raises(IntegrityError, match="agreement_one_in_force"), transaction.atomic():
            Agreement.objects.create(
                subscription=agreement.subscription,
                plan_key="pro",
                starts_at=agreement.starts_at,
                price_book_version=1,
                monthly_price=1,
                monthly_tokens=1,
            )


def test_the_migration_pins_who_subscribed_before_to_what_they_pay(
    alice: Person, dearer: int, business: Callable[..., Person], superuser: psycopg.Connection
) -> None:
    with alice.acting():
        first = Agreement.objects.get().price_book_version
    paying = {alice: 14900, business(): 9900, business(): 12000}
    for person, cents in paying.items():
        subscribes(person, billed_cents=cents)
    given = business()

    def filled() -> list[tuple[int, int, int]]:
        superuser.execute("DELETE FROM plans_agreement")
        superuser.execute(import_module("plans.migrations.0015_agreements").FILL)
        found = []
        for person in (*paying, given):
            with person.acting():
                row = Agreement.objects.get()
                found.append((int(row.monthly_price), row.monthly_tokens, row.price_book_version))
        return found

    assert filled() == [(149, 200, first), (99, 100, dearer), (120, 100, dearer), (99, 100, dearer)]
    superuser.execute("UPDATE marketplace_paidsubscription SET billed_cents = NULL")
    assert filled()[:2] == [(149, 200, first), (99, 100, dearer)], "not known: what was sold when each began"
