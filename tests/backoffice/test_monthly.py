"""Each past month is checked once against the 90 % line, and staff hear of one below it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from audit.models import PLATFORM, Event
from plans import checking
from plans.models import MarginCheck
from saas.backoffice import monthly
from saas.backoffice.tasks import check_margins
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid
from saas.notifications.models import Notification
from saas.notifications.tasks import notify
from tests.backoffice.business import fails, pays_plan, works
from tests.conftest import Person
from tests.machinery import at_once

pytestmark = [pytest.mark.fast, pytest.mark.own_database]


@pytest.fixture
def test_money(settings: LazySettings) -> None:
    """Months long ago, in money of their own, so that the job of other tests does not check them first."""
    settings.BILLING_MODE = "test"


def worked_then(superuser: psycopg.Connection, person: Person, instant: datetime) -> None:
    """Move everything the person's organization has done to an instant."""
    superuser.execute(
        "UPDATE tokens_hold SET created_at = %(at)s, expires_at = %(at)s, ended_at = %(at)s"
        " WHERE organization_id = %(id)s",
        {"at": instant, "id": person.organization_id},
    )


def events_of(month: str) -> list[str]:
    with tenancy.system():
        return list(Event.objects.filter(organization_id=PLATFORM, data__month=month).values_list("kind", flat=True))


@pytest.mark.usefixtures("test_money")
def test_a_month_is_what_was_paid_and_used_between_its_ends(alice: Person, superuser: psycopg.Connection) -> None:
    pays_plan(alice, cents=14_900, at=datetime(2020, 1, 31, 23, 59, 59, tzinfo=UTC))
    pays_plan(alice, cents=14_900, at=datetime(2020, 2, 1, tzinfo=UTC), reversed_cents=4_900)
    pays_plan(alice, cents=14_900, at=datetime(2020, 3, 1, tzinfo=UTC))
    works(alice, "0.03")
    fails(alice, "0.5")
    worked_then(superuser, alice, datetime(2020, 2, 29, 23, 59, 59, tzinfo=UTC))
    check = monthly.check_month(date(2020, 2, 1))
    assert (check.paid, check.reversed, check.fees) == (Decimal("149.00"), Decimal("49.00"), Decimal("4.62"))
    assert (check.tokens, check.cost_by_rule, check.cost_measured) == (3, Decimal("0.03"), Decimal("0.53"))
    assert (checking.by_rule(check).percent, checking.measured(check).percent) == ("99.97 %", "99.47 %")
    assert events_of("February 2020") == ["margin.checked"]


@pytest.mark.usefixtures("test_money")
def test_many_workers_check_a_month_once_and_its_first_figures_stay(alice: Person) -> None:
    month = date(2020, 5, 1)
    checks = at_once([lambda: monthly.check_month(month)] * 6)
    assert len({check.pk for check in checks if isinstance(check, MarginCheck)}) == 1
    pays_plan(alice, cents=14_900, at=datetime(2020, 5, 2, tzinfo=UTC))
    assert monthly.check_month(month).paid == 0
    assert events_of("May 2020") == ["margin.checked"]
    with tenancy.system(), pytest.raises(DatabaseError, match="append-only"):
        MarginCheck.objects.filter(month=month).update(paid=1)


@pytest.mark.parametrize(("cents", "cost", "year"), [(30, "0", 2016), (14_900, "15", 2017)], ids=["rule", "measured"])
@pytest.mark.usefixtures("test_money")
def test_staff_hear_of_a_month_below_the_line(
    cents: int, cost: str, year: int, alice: Person, oscar: Any, superuser: psycopg.Connection
) -> None:
    pays_plan(alice, cents=cents, at=datetime(year, 6, 15, tzinfo=UTC))
    works(alice, cost)
    worked_then(superuser, alice, datetime(year, 6, 15, tzinfo=UTC))
    monthly.check_month(date(year, 6, 1))
    assert events_of(f"June {year}") == ["margin.below_target"]
    notify()
    notify()
    [message] = [m for m in mail.outbox if m.to == [oscar.email] and m.subject.startswith(f"June {year} earned")]
    assert "of test money" in message.body and "/admin/plans/margincheck/" in message.body
    with tenancy.system():
        assert Notification.objects.filter(user=oscar, organization=None).count() >= 1
    with alice.acting():
        assert not Notification.objects.filter(kind="margin.below_target").exists()


def test_the_job_catches_up_and_may_run_as_often_as_it_likes(alice: Person, superuser: psycopg.Connection) -> None:
    def forget() -> None:
        superuser.execute("ALTER TABLE plans_margin_check DISABLE TRIGGER append_only")
        superuser.execute("DELETE FROM plans_margin_check WHERE mode = 'sandbox'")
        superuser.execute("ALTER TABLE plans_margin_check ENABLE TRIGGER append_only")

    forget()
    with tenancy.system():
        now = database_now()
    paid_at = now - timedelta(days=100)
    pays_plan(alice, cents=14_900, at=paid_at)
    first_run = check_margins()
    assert first_run >= 3 and check_margins() == 0, "without any check, every month since the first payment"
    with tenancy.system():
        months = [check.month for check in checking.saved_checks(mode="sandbox")]
    assert paid_at.date().replace(day=1) in months and len(months) == first_run
    forget()
    superuser.execute(
        "INSERT INTO plans_margin_check (mode, month, paid, reversed, fees, tokens, cost_by_rule, cost_measured,"
        " attempts_unpriced, price_book_version)"
        " VALUES ('sandbox', date_trunc('month', now()) - interval '4 months', 0, 0, 0, 0, 0, 0, 0, 1)"
    )
    assert (check_margins(), check_margins()) == (3, 0), "after an outage, every month since"


@pytest.mark.usefixtures("test_money")
def test_a_month_that_is_not_over_is_not_checked() -> None:
    with tenancy.system():
        now = database_now()
    with pytest.raises(Invalid, match="is not over"):
        monthly.check_month(now.date())
    with pytest.raises(CommandError, match="is not over"):
        call_command("check_margin", month=now.date())
    out = StringIO()
    call_command("check_margin", month=date(2019, 1, 1), stdout=out)
    assert "January 2019, test money: revenue $0.00" in out.getvalue()
