"""What was really earned: every dollar paid and every attempt counts, once, where it belongs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from plans.actions import upgrade
from plans.price_book import PaymentFee
from plans.trials.actions import begin_trial
from saas.backoffice.business import business
from saas.backoffice.earnings import Earning, Earnings, earnings, measured_token_cost, month_of
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from tests.backoffice.business import buys, fails, is_late, pays_plan, works
from tests.conftest import Person, open_business

pytestmark = pytest.mark.own_database


CENT = Decimal("0.01")


@pytest.fixture
def newcomer() -> Person:
    """The owner of a new organization on Starter."""
    return open_business("starter")


@contextmanager
def watching() -> Iterator[list[Earnings]]:
    """Give what was earned while the block ran."""
    seen: list[Earnings] = []
    with tenancy.system():
        since = database_now()
    yield seen
    with tenancy.system():
        seen.append(earnings(since=since, until=database_now()))


def by_key(earned: list[Earning]) -> dict[str, Earning]:
    return {each.key: each for each in earned}


def figures(earned: Earning) -> tuple[str, int, str, str]:
    """Return revenue, tokens, cost by rule, and measured."""
    return (
        f"{earned.revenue:.2f}",
        earned.tokens,
        f"{earned.by_rule.cost:.2f}",
        f"{earned.measured.normalize():f}",
    )


def test_every_dollar_and_every_attempt_counts_where_it_belongs(alice: Person, carol: Person) -> None:
    with watching() as seen:
        pays_plan(alice, cents=14_900)
        pays_plan(carol, cents=39_900, plan="enterprise", reversed_cents=9_900)
        works(alice, "0.002", "0.001")
        fails(alice, "0.004")
        is_late(alice, "0.008")
        works(carol, "0.016", None, operation="lead_list")
    [live] = seen
    assert figures(live.total) == ("449.00", 8, "0.08", "0.031")
    assert (live.total.attempts, live.total.unpriced) == (Decimal(6), Decimal(1))
    assert {key: figures(each) for key, each in by_key(live.plans).items()} == {
        "pro": ("149.00", 3, "0.03", "0.015"),
        "enterprise": ("300.00", 5, "0.05", "0.016"),
    }
    assert {key: figures(each) for key, each in by_key(live.features).items()} == {
        "quest": ("149.00", 3, "0.03", "0.015"),
        "lead_list": ("300.00", 5, "0.05", "0.016"),
    }
    organizations = by_key(live.organizations)
    assert figures(organizations[str(alice.organization_id)]) == ("149.00", 3, "0.03", "0.015")
    assert live.measured_token_cost == Decimal("0.031") / 8
    with tenancy.system():
        assert measured_token_cost(since=live.since, until=live.until) == live.measured_token_cost


def test_what_a_pack_burns_is_the_packs_and_gifts_earn_nothing(alice: Person, carol: Person) -> None:
    from tokens import actions as ledger_actions
    from tokens.kinds import Source

    with alice.acting():
        ledger_actions.grant(source=Source.GIFT, tokens=2, business_key="gift", reason="thanks")
    with watching() as seen:
        buys(alice)
        for _ in range(22):
            works(alice, "0.09", operation="quest", units=3)
        works(alice, "0.12", operation="quest", units=3)
        pays_plan(carol, cents=39_900, plan="enterprise")
    [live] = seen
    [pack], [gift], [pro, enterprise] = live.packs, live.others, sorted(live.plans, key=lambda each: each.tokens)[::-1]
    assert (pro.tokens, gift.tokens, pack.tokens) == (200, 2, 5)
    assert round(pack.measured, 10) == round(Decimal("0.12") * 5 / 9, 10)
    assert round(pro.measured + gift.measured + pack.measured, 8) == live.total.measured == Decimal("2.10")
    assert (pack.revenue, gift.revenue, enterprise.revenue) == (Decimal(29), Decimal(0), Decimal(399))
    assert sum((each.revenue for each in live.features), Decimal(0)).quantize(CENT) == live.total.revenue
    assert not gift.on_target, "tokens were spent and nothing was paid"


def test_what_trials_burn_is_a_line_of_its_own_and_a_trial_is_no_customer(newcomer: Person) -> None:
    month = month_of(database_now().date())
    with tenancy.system():
        before = business(since=month[0], until=month[1])
    with newcomer.acting():
        begin_trial(caller=newcomer.caller)
    with watching() as seen:
        works(newcomer, "0.01")
    [live] = seen
    assert {(each.key, each.name): figures(each) for each in live.others} == {
        ("trial", "Trials"): ("0.00", 3, "0.03", "0.01")
    }
    assert not live.plans, "it is on no plan's account"
    with tenancy.system():
        after = business(since=month[0], until=month[1])
    assert (after.customers, after.mrr) == (before.customers, before.mrr)
    assert (after.trials_begun, after.trials_running) == (before.trials_begun + 1, before.trials_running + 1)


def test_the_difference_of_an_upgrade_is_the_larger_plans(alice: Person) -> None:
    with alice.acting():
        upgrade(plan_key="enterprise")
    with watching() as seen:
        for _ in range(22):
            works(alice, "0", units=3)
        works(alice, "0", units=3)
    [live] = seen
    assert {key: each.tokens for key, each in by_key(live.plans).items()} == {"pro": 200, "enterprise": 7}


def test_fees_are_taken_of_each_payment_and_never_come_back(alice: Person, carol: Person) -> None:
    with watching() as seen:
        pays_plan(alice, cents=14_900)
        pays_plan(carol, cents=39_900, plan="enterprise", reversed_cents=39_900)
    [live] = seen
    fees = {key: each.fees for key, each in by_key(live.plans).items()}
    assert fees == {"pro": Decimal("4.62"), "enterprise": Decimal("11.87")}
    assert by_key(live.plans)["pro"].by_rule.after_fees.percent == "96.90 %"


@pytest.mark.parametrize(("amount", "fee"), [("149", "4.62"), ("29", "1.14"), ("0.50", "0.31"), ("0", "0")])
def test_the_fee_of_a_payment(amount: str, fee: str) -> None:
    assert PaymentFee(Decimal("2.9"), Decimal("0.30"), "").of(Decimal(amount)) == Decimal(fee)


def test_the_command_tells_both_costs(alice: Person) -> None:
    pays_plan(alice, cents=14_900)
    works(alice, "0.002")
    out = StringIO()
    call_command("margins", json=True, live=True, stdout=out)
    report = json.loads(out.getvalue())
    assert (report["live"]["mode"], report["live"]["fee"]["percent"]) == ("sandbox", "2.90")
    assert {line["name"] for line in report["lines"]} >= {"Pro", "Enterprise"}
    total = report["live"]["total"]
    assert Decimal(total["cost_by_rule"]) == Decimal(total["tokens"]) / 100
    assert Decimal(total["cost_measured"]) >= Decimal("0.002")
    out = StringIO()
    call_command("margins", stdout=out)
    assert "in sandbox money" in out.getvalue() and "2.90 % + $0.30" in out.getvalue()
