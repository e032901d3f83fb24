"""What is overdue is paid by one button, whatever the case, or by saving another card."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.dateformat import format as format_date

from fake_stripe.engine import cards, checkout
from fake_stripe.views import _add_card
from licensing.actions import payment_failed
from licensing.queries import license_status
from marketplace.models import Customer, StripeSubscription
from marketplace.subscriptions import changes, overdue, sweeps
from plans.actions import subscribe as give
from plans.models import Subscription
from plans.queries import entitlements
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict
from tests.conftest import Person
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tokens.queries import position

pytestmark = pytest.mark.own_database


def fall_behind(shop: Shop, behaviour: str = "declines") -> None:
    """Let the renewal fail."""
    with shop.owner.acting():
        card = Customer.objects.get().payment_method_id
    shop.act("payment_method", card, cards.set_behaviour, behaviour=behaviour)
    shop.wait(days=31)
    deliver(shop)
    with shop.owner.acting():
        assert license_status().state == "grace"


def plan_of(shop: Shop) -> str:
    with shop.owner.acting():
        return entitlements(shop.owner.organization_id).fetch().plan.key


def tried(shop: Shop) -> bool:
    """Let the job look at this organization; the sweep would count those that other tests left overdue."""
    with shop.owner.acting():
        return overdue.pay_with_new_card()


def test_another_card_pays_the_open_bill_by_itself_and_the_next_ones(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    fall_behind(shop)
    assert not tried(shop), "the card that failed is not tried again"
    with shop.owner.acting():
        customer_id = str(Customer.objects.get().customer_id)
        old = Customer.objects.get().payment_method_id
    shop.act("customer", customer_id, lambda store, customer: _add_card(store, customer, "declines"))
    deliver(shop)
    assert tried(shop)
    deliver(shop)
    assert not tried(shop), "a new card that is declined is tried once"
    shop.act("customer", customer_id, lambda store, customer: _add_card(store, customer, "works"))
    deliver(shop)
    with shop.owner.acting():
        assert license_status().state == "grace", "a new card alone pays nothing"
    assert sweeps.pay_with_new_cards() >= 1
    with shop.owner.acting():
        assert (license_status().state, position().available) == ("active", 200)
        kept = StripeSubscription.objects.get()
        assert (kept.tried_card, kept.open_invoice_id) == ("", "")
        assert Customer.objects.get().payment_method_id != old
    shop.wait(days=31)
    deliver(shop)
    with shop.owner.acting():
        assert (license_status().state, position().available) == ("active", 200)


def test_the_billing_page_says_what_is_owed_and_since_when(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    assert b"You owe" not in shop.owner.browser().get(reverse("billing")).content
    fall_behind(shop)
    with shop.owner.acting():
        past_due_at = license_status().past_due_at
        bill = StripeSubscription.objects.get().open_invoice_id
    page = shop.owner.browser().get(reverse("billing"))
    assert past_due_at is not None
    alert = words(page.content).partition("A payment is overdue")[2][:60]
    assert f"You owe $149.00 since {format_date(past_due_at, 'j M Y')}" in alert
    shop.act(
        "invoice", bill, lambda store, invoice: checkout.pay_invoice(store, invoice, cards.new_card(store, "works"))
    )
    deliver(shop)
    assert b"You owe" not in shop.owner.browser().get(reverse("billing")).content


def words(page: bytes) -> str:
    """Return the text of a page, one space between words."""
    return " ".join(re.sub("<[^>]*>", " ", page.decode()).split()).replace(" .", ".")


def test_a_declined_card_leads_to_the_open_bill_where_any_card_pays(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    fall_behind(shop)
    with shop.owner.acting():
        way = overdue.fix_payment(caller=shop.owner.caller)
        assert not way.paid and "/sandbox/invoices/in_" in way.url
        bill = StripeSubscription.objects.get().open_invoice_id
    shop.act(
        "invoice", bill, lambda store, invoice: checkout.pay_invoice(store, invoice, cards.new_card(store, "works"))
    )
    deliver(shop)
    with shop.owner.acting():
        assert license_status().state == "active"
        assert overdue.fix_payment(caller=shop.owner.caller).paid, "nothing is overdue any more"


def test_a_bank_that_wants_a_confirmation_leads_to_the_open_bill_at_once(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    fall_behind(shop, "authentication")
    with shop.owner.acting():
        assert StripeSubscription.objects.get().needs_customer
        before = len(shop.recorder.calls)
        assert "/sandbox/invoices/in_" in overdue.fix_payment(caller=shop.owner.caller).url
        assert not [url for _, url, *_ in shop.recorder.calls[before:] if url.endswith("/pay")], "it cannot work"


def test_a_given_plan_that_is_overdue_is_paid_by_subscribing(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    with owner.acting():
        give(plan_key="pro", anchor_at=database_now() - timedelta(days=40), reason="given by staff")
        payment_failed(reason="the transfer did not come")
        way = overdue.fix_payment(caller=owner.caller)
        assert way.url.endswith("/plans/change?plan=pro")
    browser = owner.browser()
    assert "has not been paid for" in browser.get(reverse("billing")).content.decode()
    to_change = browser.post(reverse("fix_payment"))["Location"]
    page = browser.get(to_change).content.decode()
    assert "Continue to payment" in page and "$149.00" in page
    subscribe(shop, "pro")
    with owner.acting():
        assert license_status().state == "active"
        assert position().available == 400, "what was given stays until its own end, the paid month comes on top"
        assert Subscription.objects.filter(ended_at=None).count() == 1
        assert overdue.fix_payment(caller=owner.caller).paid


def at_of(browser: Client, plan: str) -> str:
    return (
        browser.get(reverse("change_plan"), {"plan": plan}).content.decode().split('name="at" value="')[1].split('"')[0]
    )


def test_a_plan_given_by_staff_can_be_left_at_its_period_s_end(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    with owner.acting():
        give(plan_key="pro", reason="given by staff")
    browser = owner.browser()
    form = {"plan": "starter", "at": at_of(browser, "starter")}
    said = browser.post(reverse("change_plan"), form, follow=True).content.decode()
    assert "Your plan changes on" in said and "Keep Pro" in said
    assert "Your plan stays" in browser.post(reverse("keep_plan"), follow=True).content.decode()
    with owner.acting():
        assert Subscription.objects.get().scheduled_for is None
        assert changes.cancel(caller=owner.caller).status == "scheduled"
        assert plan_of(shop) == "pro"
    shop.wait(days=32)
    with owner.acting():
        from plans.actions import refresh

        refresh(subscription=Subscription.objects.get(), now=database_now())
        with pytest.raises(Conflict):
            changes.cancel(caller=owner.caller)
    assert plan_of(shop) == "starter"


def test_a_given_plan_that_is_overdue_is_left_at_once(business: Callable[..., Person], opened: Shop) -> None:
    shop, owner = opened, opened.owner
    with owner.acting():
        give(plan_key="pro", reason="given by staff")
        payment_failed(reason="the transfer did not come")
        assert changes.cancel(caller=owner.caller).status == "applied"
        assert license_status().state == "active", "what is not subscribed to is not owed"
    assert plan_of(shop) == "starter"
