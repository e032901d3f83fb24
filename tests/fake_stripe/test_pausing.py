"""A paused plan is no failed payment: AI off, nothing billed, nothing granted, nothing lost, and back in one step."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fake_stripe.engine import cards
from fake_stripe.engine import pausing as at_stripe
from licensing.models import License
from licensing.queries import AiOff, license_status
from marketplace.models import Customer, Payment, StripeSubscription
from marketplace.packs.orders import buy_pack, require_pack
from marketplace.payments import refunds
from marketplace.subscriptions import changes, pausing
from plans.actions import refresh_due
from plans.models import Subscription
from plans.queries import entitlements
from saas.backoffice.business import business
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict
from saas.kernel.ids import uuid7
from tests.fake_stripe.shop import Shop, deliver, subscribe, violations
from tests.notifications.recorded import events_after, require_declared
from tokens import actions as ledger_actions
from tokens.queries import position
from tokens.verification import verify as verify_ledger

pytestmark = pytest.mark.own_database


def spend(shop: Shop, tokens: int) -> None:
    """Spend some of what there is."""
    with shop.owner.acting():
        ledger_actions.hold(
            transaction_id=(spent := uuid7()),
            tokens=tokens,
            operation="quest",
            user_id=shop.owner.user.pk,
            department_id=None,
            seconds=60,
            price_book_version=None,
        )
        ledger_actions.settle(transaction_id=spent, tokens=tokens)


def state(shop: Shop) -> tuple[str, int]:
    """Return the license's state and what can be spent."""
    with shop.owner.acting():
        return str(license_status().state), position().available


def invoices(shop: Shop) -> list[Any]:
    with shop.owner.acting():
        customer = str(Customer.objects.get().customer_id)
    return list(shop.v1.invoices.list({"customer": customer, "limit": 100}).data)


def kinds(shop: Shop) -> list[str]:
    found = events_after(0, shop.owner.organization_id)
    require_declared(found)
    return [each.kind for each in found]


def pause(shop: Shop) -> Any:
    with shop.owner.acting():
        return pausing.pause(caller=shop.owner.caller)


def resume(shop: Shop) -> Any:
    with shop.owner.acting():
        return pausing.resume(caller=shop.owner.caller)


def paused_shop(shop: Shop) -> None:
    """Subscribe to Pro, spend 50 tokens, and pause after ten days."""
    subscribe(shop, "pro")
    spend(shop, 50)
    shop.wait(days=10)
    assert pause(shop).status == "applied"
    deliver(shop)


def test_a_pause_turns_ai_off_and_bills_nothing_for_months(opened: Shop) -> None:
    shop = opened
    paused_shop(shop)
    with shop.owner.acting():
        now = license_status()
        assert (now.state, now.past_due_at, now.stages) == ("paused", None, [])
        assert now.capabilities == {"ai": False, "sync": True, "reports": True}
        with pytest.raises(AiOff, match="paused since"):
            require_pack("pack_500")
        with pytest.raises(Conflict, match="paused"):
            changes.change_plan(caller=shop.owner.caller, plan_key="enterprise")
    bills = len(invoices(shop))
    shop.wait(days=95)
    refresh_due()
    deliver(shop)
    assert len(invoices(shop)) == bills
    assert state(shop)[0] == "paused", "no stage of an unpaid license is ever reached"
    assert pause(shop).status == "unchanged"
    assert kinds(shop).count("license.paused") == 1
    assert "license.payment_failed" not in kinds(shop)
    assert violations(shop) == []


def test_resuming_in_the_month_that_is_paid_costs_nothing(opened: Shop) -> None:
    shop = opened
    paused_shop(shop)
    bills = len(invoices(shop))
    shop.wait(days=5)
    assert resume(shop).status == "applied"
    deliver(shop)
    assert len(invoices(shop)) == bills
    assert state(shop) == ("active", 150)
    assert resume(shop).status == "unchanged"
    shop.wait(days=16)
    deliver(shop)
    assert state(shop) == ("active", 200)
    assert len(invoices(shop)) == bills + 1
    assert violations(shop) == []


def test_resuming_later_pays_a_new_month_and_what_was_left_comes_back_once(opened: Shop) -> None:
    shop = opened
    paused_shop(shop)
    bills = len(invoices(shop))
    shop.wait(days=70)
    assert resume(shop).status == "applied"
    deliver(shop)
    assert len(invoices(shop)) == bills + 1
    assert invoices(shop)[0].amount_paid == 14900
    assert state(shop) == ("active", 350), "a new month's, and those of the month that was not used"
    refresh_due()
    with shop.owner.acting():
        row, plan = StripeSubscription.objects.get(), Subscription.objects.get()
        assert abs(row.period_starts_at - plan.anchor_at).total_seconds() < 1
        assert row.anchor_at < plan.anchor_at, "it began when it began"
    assert "subscription.months_moved" not in kinds(shop), "staff are not told of an ordinary resumption"
    shop.wait(days=31)
    refresh_due()
    deliver(shop)
    assert state(shop) == ("active", 200), "each month brings its own, once"
    with shop.owner.acting():
        assert verify_ledger().breaches == 0
    assert violations(shop) == []


def test_what_one_pause_gave_back_and_is_unspent_comes_back_after_the_next(opened: Shop) -> None:
    shop = opened
    paused_shop(shop)
    for available in (350, 550):
        shop.wait(days=70)
        resume(shop)
        deliver(shop)
        assert state(shop) == ("active", available)
        shop.wait(days=5)
        pause(shop)
        deliver(shop)
    with shop.owner.acting():
        assert verify_ledger().breaches == 0


def test_the_refund_of_the_month_that_was_paused_takes_what_came_back_of_it(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    pause(shop)
    deliver(shop)
    shop.wait(days=70)
    resume(shop)
    deliver(shop)
    assert state(shop) == ("active", 400)
    with shop.owner.acting():
        first = Payment.objects.order_by("paid_at")[0]
        refunds.refund(payment_id=first.id, amount=Decimal("74.50"), reason="half of it")
        assert position().available == 300
        refunds.refund(payment_id=first.id, reason="all of it")
        assert position().available == 200
        assert verify_ledger().breaches == 0


def test_a_declined_card_leaves_it_paused_and_the_bill_can_be_paid(opened: Shop) -> None:
    shop = opened
    paused_shop(shop)
    with shop.owner.acting():
        card = Customer.objects.get().payment_method_id
    shop.act("payment_method", card, cards.set_behaviour, behaviour="declines")
    shop.wait(days=40)
    made = resume(shop)
    assert (made.status, bool(made.url)) == ("pay", True)
    deliver(shop)
    assert state(shop)[0] == "paused"
    assert "license.payment_failed" not in kinds(shop)
    shop.act("payment_method", card, cards.set_behaviour, behaviour="works")
    assert resume(shop).status == "applied"
    deliver(shop)
    assert state(shop) == ("active", 350)
    assert len([bill for bill in invoices(shop) if bill.amount_paid]) == 2
    assert violations(shop) == []


def test_bought_tokens_wait(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        buy_pack(caller=shop.owner.caller, pack_key="pack_500", request_key="p1")
    deliver(shop)
    pause(shop)
    with shop.owner.acting():
        assert position().frozen == 500
    shop.wait(days=100)
    resume(shop)
    deliver(shop)
    assert state(shop) == ("active", 900)


@pytest.mark.parametrize("behavior", ["void", "mark_uncollectible", "keep_as_draft"])
def test_collection_paused_in_the_dashboard_brings_no_months(opened: Shop, behavior: str) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        sub = StripeSubscription.objects.get().subscription_id
    shop.v1.subscriptions.update(sub, {"pause_collection": {"behavior": behavior}})
    deliver(shop)
    assert state(shop)[0] == "paused"
    for _ in range(3):
        shop.wait(days=31)
        refresh_due()
        deliver(shop)
    assert state(shop)[0] == "paused"
    assert resume(shop).status == "applied"
    deliver(shop)
    assert state(shop) == ("active", 200), "what the paid month left, and nothing for those that nobody paid"
    assert refresh_due() == 0 or state(shop) == ("active", 200)
    shop.wait(days=31)
    deliver(shop)
    assert state(shop) == ("active", 200), "the next month is billed, and brings its own"
    assert violations(shop) == []


@pytest.mark.parametrize(("why", "expected"), [("pause_requested", "paused"), ("final_payment_failure", "grace")])
def test_only_a_pause_after_a_failed_payment_is_dunning(opened: Shop, why: str, expected: str) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        sub = StripeSubscription.objects.get().subscription_id
    shop.act("subscription", sub, at_stripe.pause, why=why)
    deliver(shop)
    assert state(shop)[0] == expected


def test_what_cannot_be_paused_says_what_to_do(opened: Shop) -> None:
    shop = opened
    with shop.owner.acting(), pytest.raises(Conflict, match="no paid subscription"):
        pausing.pause(caller=shop.owner.caller)
    subscribe(shop, "enterprise")
    with shop.owner.acting():
        changes.change_plan(caller=shop.owner.caller, plan_key="pro")
        with pytest.raises(Conflict, match="Undo it first"):
            pausing.pause(caller=shop.owner.caller)
        changes.undo_scheduled_change(caller=shop.owner.caller)
        changes.cancel(caller=shop.owner.caller)
        with pytest.raises(Conflict, match="Keep it first"):
            pausing.pause(caller=shop.owner.caller)


def test_cancelling_while_paused_ends_it_at_once(opened: Shop) -> None:
    shop = opened
    paused_shop(shop)
    with shop.owner.acting():
        assert changes.cancel(caller=shop.owner.caller).status == "applied"
    deliver(shop)
    with shop.owner.acting():
        assert entitlements(shop.owner.organization_id).fetch().plan.key == "starter"
        assert License.objects.get().paused_at is None
    assert violations(shop) == []


def test_a_paused_plan_is_in_no_mrr(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")

    def figures() -> tuple[int, Any, int, Any]:
        with tenancy.system():
            now = database_now()
            found = business(since=now, until=now)
        return found.customers, found.mrr, found.paused, found.mrr_paused

    before = figures()
    pause(shop)
    after = figures()
    assert [b - a for a, b in zip(before, after, strict=True)] == [-1, -149, 1, 149]


def test_the_pages_pause_and_resume_in_one_click(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    web = Client()
    web.force_login(shop.owner.user)
    page = web.get(reverse("billing")).content.decode()
    assert reverse("pause_plan") in page
    paused = web.post(reverse("pause_plan"), follow=True).content.decode()
    assert "Your plan is paused" in paused and reverse("resume_plan") in paused and reverse("pause_plan") not in paused
    assert "resuming costs nothing" in paused
    resumed = web.post(reverse("resume_plan"), follow=True).content.decode()
    assert "Your plan goes on" in resumed and reverse("pause_plan") in resumed


def test_the_api_pauses_and_resumes(opened: Shop) -> None:
    shop, carol = opened, opened.owner
    subscribe(shop, "pro")
    assert carol.post("/subscription/pause").json()["status"] == "applied"
    license = carol.get("/license").json()
    assert (license["state"], license["past_due_at"], license["capabilities"]["ai"]) == ("paused", None, False)
    assert license["paused_at"]
    refused = carol.post("/tokens/holds", {"amount": 1, "purpose": "mine"})
    assert (refused.status_code, refused.json()["code"]) == (402, "license_ai_off")
    assert refused.json()["state"] == "paused" and refused.json()["paused_at"] == license["paused_at"]
    assert carol.post("/subscription/resume").json()["status"] == "applied"
    assert carol.get("/license").json()["state"] == "active"
