"""How the business stands: subscriptions, packs, and who ran out of tokens, over all organizations."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.actions import record
from licensing.models import License
from marketplace.models import PackOrder, Payment
from plans.actions import upgrade
from plans.events import PlanChanged
from plans.periods import months_after
from plans.trials.actions import begin_trial
from saas.backoffice.business import STAGES, BusinessFigures, Exhausted, PackMonth, business, exhausted, pack_months
from saas.backoffice.models import MonthMrr
from saas.backoffice.monthly import record_mrr
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.transactions import transaction
from saas.team.actions import shut_organization
from tests.backoffice.business import begins, buys, pays_plan, subscribes, works
from tests.backoffice.conftest import without_minimum_gap
from tests.conftest import Person, log_in, make_goal, open_business
from tokens import actions as ledger_actions
from tokens.kinds import Source

pytestmark = pytest.mark.own_database

PAGES = ("", "packs/", "ran-out/", "simulator/")


def state(*, days: int = 30) -> BusinessFigures:
    with tenancy.system():
        now = database_now()
        return business(since=now - timedelta(days=days), until=now)


def test_mrr_arpu_and_churn(alice: Person, carol: Person) -> None:
    before = state()
    with alice.acting():
        now = database_now()
    subscribes(alice, days_ago=40, past_due_at=now)
    subscribes(carol, "enterprise", days_ago=5)
    left, stayed, never = (open_business() for _ in range(3))
    subscribes(left, days_ago=60, ended_at=now - timedelta(days=1))
    subscribes(stayed, days_ago=60, ended_at=now - timedelta(days=1))
    subscribes(stayed, days_ago=1)
    subscribes(never, days_ago=60, duplicate=True)
    after = state()
    assert after.customers - before.customers == 3
    assert after.mrr - before.mrr == 149 + 399 + 149
    assert (after.overdue - before.overdue, after.mrr_overdue - before.mrr_overdue) == (1, Decimal(149))
    assert after.customers_before - before.customers_before == 3
    assert after.churned - before.churned == 1
    assert after.arpu == after.mrr / after.customers


def test_mrr_at_risk_is_told_by_stage_cancelling_and_downgrading(alice: Person, carol: Person) -> None:
    before = state()
    leaves, shrinks = open_business(), open_business("enterprise")
    with alice.acting():
        now = database_now()
        License.objects.update(past_due_at=now, recorded_state="suspended")
    subscribes(alice, billed_cents=14_900, past_due_at=now)
    subscribes(carol, "enterprise", billed_cents=39_900, past_due_at=now)
    subscribes(leaves, billed_cents=14_900, cancels_at=now + timedelta(days=9))
    subscribes(shrinks, "enterprise", billed_cents=39_900, scheduled_plan_key="pro")
    after = state()
    assert list(after.overdue_stages) == [each for each in STAGES if each in after.overdue_stages]

    def more(stage: str) -> tuple[int, Decimal]:
        (count, mrr), (count_before, mrr_before) = (
            each.overdue_stages.get(stage, (0, Decimal(0))) for each in (after, before)
        )
        return count - count_before, mrr - mrr_before

    assert (more("suspended"), more("grace")) == ((1, Decimal(149)), (1, Decimal(399)))
    assert (after.overdue - before.overdue, after.mrr_overdue - before.mrr_overdue) == (2, Decimal(548))
    assert (after.cancelling - before.cancelling, after.mrr_cancelling - before.mrr_cancelling) == (1, Decimal(149))
    assert (after.downgrading - before.downgrading, after.mrr_downgrading - before.mrr_downgrading) == (1, Decimal(250))


def test_churn_is_by_choice_or_unpaid_and_downgrades_lose_mrr_too(alice: Person, carol: Person) -> None:
    before = state()
    leaves, passes, returns = open_business(), open_business(), open_business()
    with alice.acting():
        now = database_now()
    yesterday = now - timedelta(days=1)
    subscribes(alice, days_ago=40, billed_cents=9_900, ended_at=yesterday, ended_unpaid=True)
    subscribes(leaves, days_ago=40, billed_cents=14_900, ended_at=yesterday)
    subscribes(passes, days_ago=9, billed_cents=14_900, ended_at=yesterday)
    subscribes(returns, days_ago=9, billed_cents=14_900, ended_at=yesterday)
    subscribes(returns, days_ago=1, billed_cents=14_900)
    subscribes(carol, "enterprise", days_ago=40, billed_cents=39_900)
    with carol.acting(), transaction():
        record(PlanChanged(from_="enterprise", to="pro"))
    after = state()
    assert after.churned - before.churned == 2
    assert after.churned_unpaid - before.churned_unpaid == 1
    assert after.churned_by_choice - before.churned_by_choice == 1
    assert after.mrr_churned - before.mrr_churned == 99 + 149
    assert after.passed - before.passed == 1, "whoever came back has not passed"
    assert (after.contracted - before.contracted, after.mrr_contracted - before.mrr_contracted) == (1, Decimal(250))
    assert after.mrr_lost == after.mrr_churned + after.mrr_contracted


def test_who_was_in_no_mrr_when_the_time_began_is_no_churn(alice: Person, carol: Person) -> None:
    before = state()
    trying = open_business()
    with alice.acting():
        now = database_now()
    yesterday, long_ago = now - timedelta(days=1), now - timedelta(days=40)
    subscribes(alice, days_ago=90, billed_cents=14_900, paused_at=long_ago, ended_at=yesterday)
    subscribes(trying, days_ago=40, billed_cents=14_900, held_back="trial", ended_at=yesterday)
    subscribes(carol, "enterprise", days_ago=90, billed_cents=39_900, paused_at=yesterday, ended_at=yesterday)
    after = state()
    assert after.customers_before - before.customers_before == 1, "paused since"
    assert (after.churned - before.churned, after.mrr_churned - before.mrr_churned) == (1, Decimal(399))


def test_what_was_taken_back_and_returned_is_neither_granted_nor_taken_back(alice: Person) -> None:
    before = state(days=1)
    with alice.acting():
        ledger_actions.grant(source=Source.PURCHASE, tokens=500, business_key="payment:disputed", reason="a pack")
        ledger_actions.claw(business_key="payment:disputed", tokens=500, reason="dispute")
        ledger_actions.claw(business_key="payment:disputed", tokens=0, reason="won")
    after = state(days=1)
    assert (after.granted - before.granted, after.clawed - before.clawed) == (500, 0)


def test_past_months_show_the_mrr_that_was_recorded_then_or_say_that_there_is_none(alice: Person, oscar: Any) -> None:
    subscribes(alice, billed_cents=14_900)
    recorded = record_mrr()
    again = record_mrr()
    assert (again.pk, again.mrr, again.customers) == (recorded.pk, state().mrr, state().customers)
    client = browser(oscar)
    with tenancy.system():
        MonthMrr.objects.update_or_create(
            mode="sandbox",
            month=date(2021, 3, 1),
            defaults={"customers": 3, "mrr": Decimal(447), "recorded_at": database_now()},
        )
    shown = client.get("/admin/business/?month=2021-03").content.decode()
    assert "$447.00" in shown and "3 paying customers, as recorded" in shown and ", now" not in shown
    silent = client.get("/admin/business/?month=2021-02").content.decode()
    assert "not recorded" in silent and ", now" not in silent
    assert client.get("/admin/business/").content.decode().count(", now") == 6


def test_a_month_that_a_moved_clock_was_paid_in_has_a_link(alice: Person, oscar: Any) -> None:
    with tenancy.system():
        now = database_now()
    pays_plan(alice, cents=14_900, at=now + timedelta(days=62))
    page = browser(oscar).get("/admin/business/").content.decode()
    assert f"?month={months_after(now.replace(day=1), 1):%Y-%m}" in page
    assert "clock of its own" in page


def test_mrr_is_what_is_billed_whatever_the_price_list_says(alice: Person, carol: Person) -> None:
    before = state()
    subscribes(alice, billed_cents=9_900)
    subscribes(carol, billed_cents=2 * 14_900)
    assert state().mrr - before.mrr == Decimal("99.00") + Decimal("298.00")


def test_overage_is_no_grant_and_not_outstanding(alice: Person) -> None:
    before = state(days=1)
    with alice.acting():
        ledger_actions.grant(source=Source.OVERAGE, tokens=833, business_key="overage:test", reason="overage")
    granted = state(days=1)
    assert (granted.granted, granted.outstanding) == (before.granted, before.outstanding)
    with alice.acting():
        hold(alice, 203)
    works(alice, "0", units=1)
    assert state(days=1).burnt == before.burnt + 3, "what is spent of it is burnt"


def test_tokens_granted_burnt_and_outstanding(alice: Person) -> None:
    before = state(days=1)
    works(alice, "0", units=2)
    after = state(days=1)
    assert (after.granted, after.burnt) == (before.granted, before.burnt + 6)
    assert after.outstanding == before.outstanding - 6
    with alice.acting():
        shut_organization(reason="nothing is to be served any more")
    assert state(days=1).outstanding == after.outstanding - 194


def months(pack_key: str) -> PackMonth:
    with tenancy.system():
        [month] = [m for m in pack_months(since=database_now() - timedelta(days=1)) if m.pack_key == pack_key]
    return month


def test_packs_convert_and_buyers_come_again(alice: Person, carol: Person) -> None:
    buys(alice, "pack_500")
    buys(alice, "pack_2000")
    before = months("pack_2000")
    begins(carol, "pack_2000")
    order = buys(carol, "pack_2000")
    buys(carol, "pack_2000")
    with carol.acting():
        Payment.objects.filter(order=order).update(reversed_cents=1_000)
    after = months("pack_2000")
    assert (after.begun - before.begun, after.paid - before.paid, after.buyers - before.buyers) == (3, 2, 1)
    assert after.again - before.again == 1, "carol came again; alice had before"
    assert (after.revenue - before.revenue, after.reversed - before.reversed) == (Decimal(158), Decimal(10))
    assert after.conversion == Decimal(after.paid) / after.begun


def hold(person: Person, amount: int) -> None:
    """Reserve tokens for something of the person's own."""
    who: dict[str, Any] = {"user_id": person.user.pk, "department_id": None}
    ledger_actions.hold(
        transaction_id=uuid4(), tokens=amount, operation="own", price_book_version=None, seconds=60, **who
    )


def run_out(person: Person) -> None:
    """Be refused for want of tokens."""
    goal = str(make_goal(person).id)
    with person.acting():
        hold(person, 199)
    assert person.post("/quests", {"goal": goal}).json()["code"] == "insufficient_tokens"


def test_who_ran_out_and_who_then_bought(alice: Person, oscar: Any) -> None:
    bob, dora = without_minimum_gap("pro"), without_minimum_gap("pro")
    buys(alice)
    with alice.acting():
        PackOrder.objects.update(paid_at=database_now() - timedelta(days=1))
        hold(alice, 500)
    tries = without_minimum_gap("starter")
    with tries.acting():
        begin_trial(caller=tries.caller)
        hold(tries, 9)
    tries.post("/quests", {"goal": str(make_goal(tries).id)})
    for person in (alice, bob, dora):
        run_out(person)
    buys(bob, "pack_2000")
    with dora.acting():
        upgrade(plan_key="enterprise")
    with tenancy.system():
        found = {each.organization_id: each for each in exhausted(since=database_now() - timedelta(days=1))}

    def shown(person: Person) -> tuple[int, int, str, bool]:
        each: Exhausted = found[person.organization_id]
        return each.refusals, each.packs, each.upgraded_to, each.converted

    assert shown(alice) == (1, 0, "", False), "what she bought before does not count"
    assert shown(bob) == (1, 1, "", True)
    assert shown(dora) == (1, 0, "enterprise", True)
    waited = found[bob.organization_id].bought_after
    assert waited is not None and timedelta(0) <= waited < timedelta(minutes=1)
    order = list(found)
    assert order.index(alice.organization_id) < order.index(bob.organization_id), "first who did nothing yet"
    trying = found[tries.organization_id]
    assert (trying.plan_key, trying.on_trial, found[bob.organization_id].on_trial) == ("pro", True, False)
    page = browser(oscar).get("/admin/business/ran-out/").content.decode()
    assert "Pro, on trial" in page
    assert "nothing yet" in page and "upgraded to Enterprise" in page and "bought 1 pack for" in page


def browser(user: Any) -> Client:
    client = Client()
    log_in(client, user)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_for_staff_who_may_see_margins(page: str, alice: Person, oscar: Any) -> None:
    address = f"/admin/business/{page}"
    assert Client().get(address).status_code == 302
    assert alice.browser().get(address, follow=True).status_code == 403
    assert browser(oscar).get(address).status_code == 200
    assert browser(oscar).post(address).status_code == 405
    oscar.is_superuser = False
    oscar.save()
    assert browser(oscar).get(address).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_ask_no_more_with_more_customers(page: str, oscar: Any) -> None:
    from django.db import connection

    client, counts = browser(oscar), []
    client.get(f"/admin/business/{page}")
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            text = client.get(f"/admin/business/{page}").content.decode()
        counts.append(len(queries))
        assert "Sandbox money." in text
        person = without_minimum_gap("pro")
        subscribes(person)
        pays_plan(person, cents=14_900)
        buys(person)
        works(person, "0.01")
    assert counts[0] == counts[1] < 20


@pytest.mark.parametrize("nonsense", ["?month=2026-13", "?month=%00", "?days=-1", "?days=x", "?version=99999999999999"])
def test_nonsense_shows_the_default(nonsense: str, oscar: Any) -> None:
    for page in PAGES:
        assert browser(oscar).get(f"/admin/business/{page}{nonsense}").status_code == 200


def test_the_simulator_begins_with_the_hundred_customers_and_counts_any(oscar: Any, carol: Person) -> None:
    works(carol, "0.5")
    page = browser(oscar).get("/admin/business/simulator/").content.decode()
    assert "$28,480.00" in page and "$1,350.00" in page and "95.26 %" in page
    page = browser(oscar).get("/admin/business/simulator/?plan-pro=2&pack-pack_500=1").content.decode()
    assert "$327.00" in page and "$9.00" in page and "97.25 %" in page
    page = browser(oscar).get("/admin/business/simulator/?plan-pro=-2").content.decode()
    assert "greater than or equal to 0" in page
