"""The pages about money answer, to the right people."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.urls import reverse

from fake_stripe.mode import NOTICE
from licensing.actions import payment_failed, payment_succeeded
from marketplace.stripe.gateway import client as gateway_client
from tests.conftest import Person, hire, make_goal
from tokens.actions import grant, set_quota
from tokens.kinds import QuotaScope, Source


@pytest.fixture(autouse=True)
def on_fake_stripe(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


@pytest.mark.parametrize("name", ["packs", "purchases", "billing", "plans"])
def test_a_page_answers_owner_and_member_and_says_that_no_money_moves(alice: Person, bob: Person, name: str) -> None:
    for person in (alice, bob):
        page = person.browser().get(reverse(name))
        assert page.status_code == 200
        assert NOTICE in page.content.decode()
    assert 'href="/sandbox/"' in alice.browser().get(reverse(name)).content.decode()


def test_a_double_click_is_one_order(alice: Person) -> None:
    browser = alice.browser()
    page = browser.get(reverse("packs")).content.decode()
    assert "166 quests" in page and "at your pace" not in page and "Usual choice" in page
    form = {"pack": "pack_500", "idempotency_key": str(uuid4())}
    first, second = browser.post(reverse("packs"), form), browser.post(reverse("packs"), form)
    assert first["Location"] == second["Location"]
    assert first["Location"].startswith("/sandbox/checkout/")
    assert len(alice.get("/purchases").json()["data"]) == 1


def test_above_a_hundred_dollars_one_is_asked_once_and_led_back(alice: Person) -> None:
    browser, back = alice.browser(), f"{reverse('goal', args=[make_goal(alice).id])}#generate-quests"
    form = {"pack": "pack_10000", "idempotency_key": str(uuid4()), "next": back}
    asked = browser.post(reverse("packs"), form, follow=True)
    page = asked.content.decode()
    assert "Buy 10,000 tokens for" in page and f'name="next" value="{back}"' in page and 'name="confirmed"' in page
    assert alice.get("/purchases").json()["data"] == []
    first, second = (browser.post(reverse("packs"), {**form, "confirmed": "1"})["Location"] for _ in range(2))
    assert first == second and first.startswith("/sandbox/checkout/")
    bought = browser.post(first, {"do": "pay", "later_on": "works"})["Location"]
    page = " ".join(browser.get(bought).content.decode().split())
    assert f'<a class="button primary" href="{back}">Back to the goal</a>' in page
    [order] = alice.get("/purchases").json()["data"]
    other = " ".join(alice.browser().get(reverse("purchase", args=[order["id"]])).content.decode().split())
    assert "Back to the dashboard" in other and order["status"] == "paid"


def test_members_see_no_buttons_and_cannot_press_them(bob: Person) -> None:
    browser = bob.browser()
    for name in ("packs", "purchases"):
        page = browser.get(reverse(name)).content.decode()
        assert "Buy for" not in page and "Buy a pack" not in page, name
    assert browser.post(reverse("packs"), {"pack": "pack_500", "idempotency_key": str(uuid4())}).status_code == 403
    assert browser.get(reverse("change_plan"), {"plan": "enterprise"}).status_code == 403
    for name in ("billing_portal", "fix_payment", "keep_plan", "pause_plan", "resume_plan", "set_topup"):
        assert browser.post(reverse(name)).status_code == 403, name


def test_packs_say_why_they_cannot_be_bought(business) -> None:  # type: ignore[no-untyped-def]
    browser = business("starter").browser()
    page = browser.get(reverse("packs")).content.decode()
    assert "Your plan, Starter, does not have this" in page and "Buy for" not in page


def test_a_plan_is_chosen_seen_and_paid(business) -> None:  # type: ignore[no-untyped-def]
    browser = business("starter").browser()
    assert "/plans/change?plan=pro" in browser.get(reverse("plans")).content.decode()
    page = browser.get(reverse("change_plan"), {"plan": "pro"}).content.decode()
    assert "$149.00" in page and "+200" in page and "Renews" in page
    assert "Outgoing webhooks" in page.partition("You gain")[2] and "This stops" not in page
    at = page.split('name="at" value="')[1].split('"')[0]
    pay = browser.post(reverse("change_plan"), {"plan": "pro", "at": at})["Location"]
    assert pay.startswith("/sandbox/checkout/")
    back = browser.post(pay, {"do": "pay", "later_on": "works"})["Location"]
    arrived = browser.get(back, follow=True).content.decode()
    assert "Your plan has begun" in arrived and "Get your first quest" in arrived
    due = browser.get(reverse("billing")).content.decode().partition("Next bill")[2].partition("</p>")[0]
    assert "$149.00" in due and " on " in due
    assert "200" in browser.get(reverse("ledger")).content.decode()
    scheduled = browser.get(reverse("change_plan"), {"plan": "starter"}).content.decode()
    assert "Cancel at the period" in scheduled and "0.00" not in scheduled and "To pay" not in scheduled
    words = " ".join(scheduled.replace("\N{NO-BREAK SPACE}", " ").split())
    assert "Outgoing webhooks" in words.partition("This stops on")[2]
    assert '<data value="200">200 tokens</data> of the plan are left now' in words and "lapses" in words
    at = scheduled.split('name="at" value="')[1].split('"')[0]
    cancelled = browser.post(reverse("change_plan"), {"plan": "starter", "at": at}, follow=True).content.decode()
    assert "Your plan changes on" in cancelled and "Keep Pro" in cancelled
    assert "Your plan stays" in browser.post(reverse("keep_plan"), follow=True).content.decode()


def test_auto_topup_is_set(alice: Person) -> None:
    form = {"enabled": "on", "pack_key": "pack_500", "below_tokens": "40", "monthly_cap": "10"}
    refused = alice.browser().post(reverse("set_topup"), form)
    assert refused.status_code == 422 and "29.00" in refused.content.decode()
    saved = alice.browser().post(reverse("set_topup"), {**form, "monthly_cap": "100"}, follow=True)
    assert "Saved." in saved.content.decode()
    assert "$29.00" in saved.content.decode() and "$1,499.00" in saved.content.decode()


def test_while_a_payment_is_overdue_nobody_is_offered_what_is_refused(alice: Person) -> None:
    with alice.acting():
        grant(source=Source.PURCHASE, tokens=500, business_key="pack", reason="a pack")
        payment_failed()
    dashboard = alice.browser().get(reverse("home")).content.decode()
    assert "Nothing can be spent while a payment is overdue" in dashboard and "After payment" in dashboard
    assert "Fix the payment" in dashboard
    for wrong in ("Get more tokens", "Compare plans", "Resets on", "Runs out on"):
        assert wrong not in dashboard
    packs = f'href="{reverse("packs")}"'
    assert packs not in alice.browser().get(reverse("billing")).content.decode()
    with alice.acting():
        payment_succeeded()
    dashboard = alice.browser().get(reverse("home")).content.decode()
    assert "Resets on" in dashboard and "overdue" not in dashboard
    assert packs in alice.browser().get(reverse("billing")).content.decode()


def test_a_member_asks_for_tokens_where_an_owner_buys_them(business: Callable[..., Person]) -> None:
    alice = business("enterprise")
    bob = hire(alice)
    billing, packs = (bob.browser().get(reverse(name)).content.decode() for name in ("billing", "packs"))
    assert "Buy a pack" not in billing and "Ask for tokens" not in billing
    assert f"mailto:{alice.user.email}" in packs
    with alice.acting():
        set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=2)
    for name in ("billing", "packs"):
        page = bob.browser().get(reverse(name)).content.decode()
        assert "Ask for tokens" in page and f'href="{reverse("team")}"' in page
    assert "Ask for more" in bob.browser().get(reverse("team")).content.decode()
