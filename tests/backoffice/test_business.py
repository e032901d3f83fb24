"""How the business stands: subscriptions, packs, and who ran out of tokens, over all organizations."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.models import Order, PaidSubscription, Payment
from plans.actions import upgrade
from plans.models import Subscription
from saas.backoffice.business import Business, Exhausted, PackMonth, business, exhausted, pack_months
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.team.actions import shut_organization
from tests.backoffice.business import begins, buys, pays_plan, works
from tests.backoffice.conftest import unhurried
from tests.conftest import Person, log_in, make_goal, open_business
from tokens import actions as tokens
from tokens.kinds import Source

pytestmark = pytest.mark.own_database

PAGES = ("", "packs/", "ran-out/", "simulator/")


def subscribes(person: Person, plan: str = "pro", *, days_ago: int = 0, **values: Any) -> PaidSubscription:
    """Have the person's plan be a paid one since."""
    with person.acting():
        now, begun = database_now(), Subscription.objects.get(ended_at=None)
        return PaidSubscription.objects.create(
            subscription_id=f"sub_{uuid4().hex}",
            plan_subscription_id=begun.id,
            plan_key=plan,
            status="active",
            anchor_at=now - timedelta(days=days_ago),
            period_starts_at=now,
            period_ends_at=now + timedelta(days=30),
            **values,
        )


def state(*, days: int = 30) -> Business:
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


def test_mrr_is_what_is_billed_whatever_the_price_list_says(alice: Person, carol: Person) -> None:
    before = state()
    subscribes(alice, billed_cents=9_900)
    subscribes(carol, billed_cents=2 * 14_900)
    assert state().mrr - before.mrr == Decimal("99.00") + Decimal("298.00")


def test_overage_is_no_grant_and_not_outstanding(alice: Person) -> None:
    before = state(days=1)
    with alice.acting():
        tokens.grant(source=Source.OVERAGE, tokens=833, business_key="overage:test", reason="overage")
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
    tokens.hold(transaction_id=uuid4(), tokens=amount, operation="own", seconds=60, **who)


def run_out(person: Person) -> None:
    """Be refused for want of tokens."""
    goal = str(make_goal(person).id)
    with person.acting():
        hold(person, 199)
    assert person.post("/quests", {"goal": goal}).json()["code"] == "insufficient_tokens"


def test_who_ran_out_and_who_then_bought(alice: Person, oscar: Any) -> None:
    bob, dora = unhurried("pro"), unhurried("pro")
    buys(alice)
    with alice.acting():
        Order.objects.update(paid_at=database_now() - timedelta(days=1))
        hold(alice, 500)
    for person in (alice, bob, dora):
        run_out(person)
    buys(bob, "pack_2000")
    with dora.acting():
        upgrade(plan_key="enterprise")
    with tenancy.system():
        found = {each.organization_id: each for each in exhausted(since=database_now() - timedelta(days=1))}

    def told(person: Person) -> tuple[int, int, str, bool]:
        each: Exhausted = found[person.organization_id]
        return each.refusals, each.packs, each.upgraded_to, each.converted

    assert told(alice) == (1, 0, "", False), "what she bought before does not count"
    assert told(bob) == (1, 1, "", True)
    assert told(dora) == (1, 0, "enterprise", True)
    waited = found[bob.organization_id].bought_after
    assert waited is not None and timedelta(0) <= waited < timedelta(minutes=1)
    order = list(found)
    assert order.index(alice.organization_id) < order.index(bob.organization_id), "first who did nothing yet"
    page = browser(oscar).get("/admin/business/ran-out/").content.decode()
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
        person = unhurried("pro")
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
