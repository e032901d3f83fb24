"""Usage: the same figures over the API, in the chart and in its table, by the days of the organization's zone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.urls import reverse

from saas.accounts.models import Organization
from saas.kernel.clock import database_now
from saas.metering.operations import OPERATIONS
from saas.metering.queries import usage_by_day
from saas.team.actions import create_department
from tests.conftest import Person, hire
from tokens import actions as ledger_actions

ZONE = ZoneInfo("Pacific/Auckland")


@pytest.fixture
def spend(superuser: psycopg.Connection[Any]) -> Any:
    """Spend tokens at some time in the past."""

    def spend(
        person: Person, tokens: int, operation: str = "quest", *, at: datetime | None = None, of: UUID | None = None
    ) -> None:
        transaction_id = uuid4()
        with person.acting():
            ledger_actions.hold(
                transaction_id=transaction_id,
                tokens=tokens,
                operation=operation,
                price_book_version=None,
                user_id=person.user.pk,
                department_id=of,
                seconds=60,
            )
            ledger_actions.settle(transaction_id=transaction_id, tokens=tokens)
        if operation in OPERATIONS:
            superuser.execute("UPDATE tokens_hold SET price_book_version = 1 WHERE id = %s", (transaction_id,))
        if at is not None:
            superuser.execute("UPDATE tokens_hold SET created_at = %s WHERE id = %s", (at, transaction_id))

    return spend


@pytest.fixture
def far_away(alice: Person) -> Person:
    """Alice in a zone whose day begins half a day before that of UTC."""
    with alice.acting():
        Organization.objects.filter(id=alice.organization_id).update(timezone=ZONE.key)
    return alice


def test_every_grouping_adds_up_to_the_same(business: Any, spend: Any) -> None:
    alice = business("enterprise")
    bob = hire(alice)
    with alice.acting():
        kitchen = create_department(name="Kitchen")
    spend(alice, 3), spend(alice, 5, "lead_list"), spend(bob, 4, "our own model", of=kitchen.id)
    usage = {by: alice.get("/usage", group_by=by).json() for by in ("day", "feature", "purpose", "user", "department")}
    assert {each["total"] for each in usage.values()} == {12}
    groups = {
        by: {(row["group"], row["tokens"], row["operations"]) for row in each["data"]} for by, each in usage.items()
    }
    assert groups["feature"] == {("quest", 3, 1), ("lead_list", 5, 1), ("metering", 4, 1)}
    assert groups["purpose"] == {(None, 8, 2), ("our own model", 4, 1)}
    assert groups["user"] == {(str(alice.user.pk), 8, 2), (str(bob.user.pk), 4, 1)}
    assert groups["department"] == {(None, 8, 2), (str(kitchen.id), 4, 1)}
    assert groups["day"] == {(usage["day"]["to"], 12, 3)}


def test_a_day_is_the_organizations_day(far_away: Person, spend: Any) -> None:
    today = database_now().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = (today - timedelta(days=1)).date()
    spend(far_away, 3, at=today - timedelta(seconds=1))
    spend(far_away, 5, at=today)
    usage = far_away.get("/usage", group_by="day").json()
    assert usage["to"] == str(today.date())
    assert {row["group"]: row["tokens"] for row in usage["data"]} == {str(yesterday): 3, str(today.date()): 5}
    only = far_away.get("/usage", **{"from": str(yesterday), "to": str(yesterday)}).json()
    assert only["total"] == 3
    with far_away.acting():
        assert usage_by_day(ZONE.key).daily[-2:] == [3, 5]


def test_a_year_and_a_bit_is_the_most(alice: Person) -> None:
    first = database_now().date() - timedelta(days=399)
    assert alice.get("/usage", **{"from": str(first)}).status_code == 200
    assert alice.get("/usage", **{"from": str(first - timedelta(days=1))}).status_code == 422


def test_the_page_stacks_days_beside_the_time_before(alice: Person, spend: Any) -> None:
    now, bob = database_now(), hire(alice)
    spend(alice, 9), spend(bob, 5, "lead_list"), spend(alice, 4, "<b>invoices</b>", at=now - timedelta(days=2))
    spend(bob, 7, at=now - timedelta(days=30)), spend(bob, 6, at=now - timedelta(days=70))
    with alice.acting():
        found = usage_by_day("UTC", "user")
    assert (found.tokens, found.operations, sum(found.before), found.daily[-1], found.daily[-3]) == (18, 3, 7, 14, 4)
    assert [(stack.tokens, stack.operations, stack.before) for stack in found.stacks] == [(13, 2, 0), (5, 1, 7)]
    browser = alice.browser()
    pages = {
        by: browser.get(reverse("usage"), {"by": by}).content.decode()
        for by in ("feature", "purpose", "user", "department")
    }
    assert "Lead list" in pages["feature"] and "Your own AI" in pages["feature"]
    assert "&lt;b&gt;invoices" in pages["purpose"] and "AI of Milepost" in pages["purpose"]
    assert "<b>invoices" not in pages["purpose"]
    assert str(bob.user) in pages["user"] and "No department" in pages["department"]
    for page in pages.values():
        assert 'class="ghost"' in page and 'class="expected"' in page and "style=" not in page
    assert browser.get(reverse("usage"), {"by": "day"}).status_code == 422


def test_every_page_goes_by_one_pace(alice: Person, spend: Any) -> None:
    spend(alice, 61)
    browser = alice.browser()
    usage, dashboard = (browser.get(reverse(name)).content.decode() for name in ("usage", "home"))
    assert "61.0 tokens a day" in dashboard
    assert "Expected, 61.0 a day" in usage and '<span class="stat-value">61.0</span>' in usage


def test_many_groups_become_others(alice: Person, spend: Any) -> None:
    for number in range(8):
        spend(alice, number + 1, f"model {number}")
    page = alice.browser().get(reverse("usage"), {"by": "purpose"}).content.decode()
    assert "Others" in page and 'class="c6"' in page and "model 0" in page
