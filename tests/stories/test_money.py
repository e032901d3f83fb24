"""The whole way of money over HTTP on the sandbox: pages, pay page, operator's buttons, signed events."""

from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from fake_stripe import delivery
from fake_stripe.models import DeliveryState, FakeDelivery, FakeEvent
from marketplace.models import StripeSubscription
from marketplace.stripe import inbox, tasks
from marketplace.stripe.gateway import client as gateway_client
from plans.models import Subscription
from saas.accounts.models import Organization
from saas.kernel import tenancy
from tests.conftest import Person, make_goal
from tests.stories.payments import paid_cents


@pytest.fixture(autouse=True)
def on_fake_stripe(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work on the sandbox without a broker: the test delivers, and the inbox works at once."""
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    monkeypatch.setattr(delivery, "_start", lambda *_: None)
    monkeypatch.setattr(tasks, "wake", lambda event_pk: Context().run(inbox.handle, event_pk))  # as a worker
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


def post(body: bytes, signature: str) -> int:
    """Post a signed event to the ordinary webhook address."""
    headers = {"Stripe-Signature": signature}
    return Client().post("/webhooks/stripe", body, "application/json", headers=headers).status_code


@dataclass(frozen=True)
class Shopper:
    """An owner in the browser, with what arrives at the webhook meanwhile."""

    person: Person
    browser: Client

    def deliver(self) -> int:
        """Deliver the events of the organization that wait; return how many arrived."""
        with tenancy.system():
            waiting = FakeDelivery.objects.filter(
                organization_id=self.person.organization_id, state=DeliveryState.WAITING
            )
            ids = list(waiting.order_by("event__position").values_list("id", flat=True))
        arrived = sum(delivery.deliver(id, post) for id in ids)
        assert arrived == len(ids)
        return arrived

    def deliver_everything_again(self) -> None:
        """Deliver every event once more, the newest first."""
        with tenancy.system():
            events = FakeEvent.objects.filter(organization_id=self.person.organization_id)
            for event in events.order_by("-position"):
                delivery.redeliver(event)
        self.deliver()

    def operate(self, do: str, value: str = "", id: str = "") -> None:
        """Press a button of the operator's page, and let the news arrive."""
        assert self.browser.post("/sandbox/", {"do": do, "value": value, "id": id}).status_code == 302
        self.deliver()

    def page(self, name: str) -> str:
        """Return a page's HTML."""
        return self.browser.get(reverse(name)).content.decode()

    def available(self) -> int:
        """Return the tokens that can be spent."""
        return int(self.person.get("/tokens/balance").json()["available"])

    def license(self) -> Any:
        """Return the license as the API tells it."""
        return self.person.get("/license").json()

    def allowances(self) -> list[int]:
        """Return the tokens of each grant of the plan's allowance, newest first."""
        buckets = {each["id"]: each["source"] for each in self.person.get("/tokens/balance").json()["buckets"]}
        grants = self.person.get("/tokens/ledger", kind="grant").json()["data"]
        return [grant["tokens"] for grant in grants if buckets.get(grant["bucket"], "plan") == "plan"]

    def subscribe(self, plan: str) -> None:
        """Choose a plan, confirm it and pay."""
        page = self.browser.get(reverse("change_plan"), {"plan": plan}).content.decode()
        at = page.split('name="at" value="')[1].split('"')[0]
        pay_page = self.browser.post(reverse("change_plan"), {"plan": plan, "at": at})["Location"]
        self.browser.get(self.browser.post(pay_page, {"do": "pay", "later_on": "works"})["Location"], follow=True)
        self.deliver()


@pytest.fixture
def carol(business: Callable[..., Person]) -> Shopper:
    """The owner of an organization that pays for Pro."""
    person = business("starter", "Carol's Café")
    shopper = Shopper(person, person.browser())
    shopper.subscribe("pro")
    assert shopper.available() == 200
    return shopper


def test_a_pack_is_credited_when_it_is_paid_and_only_once(alice: Person) -> None:
    shopper = Shopper(alice, alice.browser())
    before = shopper.available()
    form = {"pack": "pack_500", "idempotency_key": str(uuid4())}
    pay_page = shopper.browser.post(reverse("packs"), form)["Location"]
    assert "$29.00" in shopper.browser.get(pay_page).content.decode()
    returned = shopper.browser.post(pay_page, {"do": "pay", "later_on": "works"})["Location"]
    assert returned.startswith("/purchases/")
    assert shopper.available() == before  # the visit alone pays nothing
    assert shopper.deliver() > 0
    assert shopper.available() == before + 500
    assert "are yours" in shopper.browser.get(returned).content.decode()
    shopper.deliver_everything_again()
    assert shopper.available() == before + 500
    [bought] = alice.get("/purchases").json()["data"]
    assert (bought["status"], bought["price"], bought["refunded"]) == ("paid", "29.00", "0.00")
    assert "Receipt" in shopper.page("billing")


def test_the_page_a_person_comes_back_to_does_not_wait_for_the_webhook(alice: Person) -> None:
    shopper = Shopper(alice, alice.browser())
    before = shopper.available()
    form = {"pack": "pack_500", "idempotency_key": str(uuid4())}
    pay_page = shopper.browser.post(reverse("packs"), form)["Location"]
    returned = shopper.browser.post(pay_page, {"do": "pay", "later_on": "works"})["Location"]
    assert "are yours" in shopper.browser.get(returned).content.decode()
    shopper.deliver()
    assert shopper.available() == before + 500


def test_a_visit_without_payment_says_so(alice: Person) -> None:
    shopper = Shopper(alice, alice.browser())
    form = {"pack": "pack_500", "idempotency_key": str(uuid4())}
    pay_page = shopper.browser.post(reverse("packs"), form)["Location"]
    shopper.browser.post(pay_page, {"do": "decline"})
    [order] = alice.get("/purchases").json()["data"]
    assert order["status"] == "pending"
    where = reverse("purchase", args=[order["id"]])
    assert "Not paid yet" in shopper.browser.get(where).content.decode()
    assert "Confirming the payment" in shopper.browser.get(where, {"session_id": "x"}).content.decode()


def test_a_saved_card_buys_in_one_click(carol: Shopper) -> None:
    assert "One click charges your" in carol.page("packs")
    bought = carol.browser.post(reverse("packs"), {"pack": "pack_500", "idempotency_key": str(uuid4())})
    assert bought["Location"].startswith("/purchases/")
    assert "are yours" in carol.browser.get(bought["Location"]).content.decode()
    carol.deliver()
    assert carol.available() == 700


def test_minds_are_changed_as_often_as_people_like(carol: Shopper) -> None:
    carol.person.post("/subscription/change", {"plan": "enterprise"})
    for _ in range(2):
        smaller = carol.person.post("/subscription/change", {"plan": "pro"})
        assert (smaller.status_code, smaller.json()["status"]) == (200, "scheduled")
        kept = carol.browser.post(reverse("keep_plan"), follow=True)
        assert "Your plan stays as it is." in kept.content.decode()
    assert carol.person.post("/subscription/cancel").json()["status"] == "scheduled"


def test_closing_ends_the_subscription_whatever_was_to_follow_it_and_late_news_change_nothing(carol: Shopper) -> None:
    carol.person.post("/subscription/change", {"plan": "enterprise"})
    assert carol.person.post("/subscription/change", {"plan": "pro"}).json()["status"] == "scheduled"
    with carol.person.acting():
        name = Organization.objects.get().name
    closed = carol.browser.post(reverse("close_organization"), {"name": name}, follow=True)
    assert closed.redirect_chain == [(reverse("closed"), 302)]
    carol.deliver_everything_again()
    with carol.person.acting():
        assert StripeSubscription.objects.get().status == "canceled"
        assert Organization.objects.get().closed_at and not Subscription.objects.filter(ended_at=None).exists()
    assert carol.person.get("/account").status_code == 401


def test_a_failed_renewal_takes_ai_then_sync_and_paying_brings_everything_back(carol: Shopper) -> None:
    bought = carol.person.post("/purchases", {"pack": "pack_500"})
    assert bought.json()["status"] == "paid"
    goal = {"goal": str(make_goal(carol.person).id), "count": 1}
    assert carol.allowances() == [200]

    carol.operate("renew", "declines")
    assert (carol.license()["state"], carol.available()) == ("grace", 0)
    refused = carol.person.post("/quests", goal)
    assert (refused.status_code, refused.json()["code"]) == (402, "license_ai_off")
    assert carol.license()["capabilities"] == {"ai": False, "sync": True, "reports": True}
    assert "Fix the payment" in carol.page("home") and 'action="/billing/fix"' in carol.page("home")
    assert carol.person.post("/purchases", {"pack": "pack_500"}).json()["code"] == "license_ai_off"

    carol.operate("clock", "fortnight")
    assert carol.license()["capabilities"] == {"ai": False, "sync": False, "reports": True}
    assert "A payment is overdue" in carol.page("billing")
    still = carol.browser.post(reverse("fix_payment"))
    assert still["Location"].startswith("/sandbox/invoices/")  # declined again: another card pays there

    carol.operate("clock", "hour")
    carol.operate("behave", "works", _card(carol))
    paid = carol.browser.post(reverse("fix_payment"), follow=True).content.decode()
    assert "Everything is on again" in paid and "overdue" not in paid
    carol.deliver()
    carol.deliver_everything_again()
    assert carol.license()["state"] == "active"
    assert carol.license()["capabilities"] == {"ai": True, "sync": True, "reports": True}
    assert (carol.allowances(), carol.available()) == ([200, 200], 700)
    assert carol.person.post("/quests", goal).status_code == 201
    assert paid_cents(carol.person.organization_id) == [2900, 14900, 14900]


def _card(shopper: Shopper) -> str:
    from marketplace.models import Customer

    with shopper.person.acting():
        return Customer.objects.get().payment_method_id


def test_another_organization_s_visit_confirms_nothing(carol: Shopper, mallory: Person) -> None:
    """The address one comes back to names a visit at Stripe: somebody else's shows and changes nothing."""
    form = {"pack": "pack_500", "idempotency_key": str(uuid4()), "new_card": "1"}
    pay_page = carol.browser.post(reverse("packs"), form)["Location"]
    back = carol.browser.post(pay_page, {"do": "pay", "later_on": "works"})["Location"]
    session = back.split("session_id=")[1]
    visitor = mallory.browser()
    assert visitor.get(back).status_code == 404
    assert visitor.post(pay_page, {"do": "pay"}).status_code == 404
    for visit in (session, "cs_sandbox_of_nobody", "x" * 300, "../customers"):
        page = visitor.get(reverse("billing"), {"session_id": visit}, follow=True)
        assert page.status_code == 200
        assert "There is no such visit" in page.content.decode() or "does not know this" in page.content.decode()
    assert mallory.get("/purchases").json()["data"] == []
    assert (carol.available(), mallory.get("/tokens/balance").json()["available"]) == (200, 200)
    carol.deliver()
    assert carol.available() == 700


def test_pressing_money_s_buttons_twice_pays_once(carol: Shopper) -> None:
    carol.operate("renew", "declines")
    carol.operate("behave", "works", _card(carol))
    first, second = (carol.browser.post(reverse("fix_payment"), follow=True).content.decode() for _ in range(2))
    assert "Everything is on again" in first and "Everything is on again" in second
    page = carol.browser.get(reverse("change_plan"), {"plan": "enterprise"}).content.decode()
    form = {"plan": "enterprise", "at": page.split('name="at" value="')[1].split('"')[0]}
    for _ in range(2):
        assert carol.browser.post(reverse("change_plan"), form).status_code == 302
    for _ in range(2):
        carol.browser.post(reverse("keep_plan"))
    carol.deliver()
    paid = paid_cents(carol.person.organization_id)
    assert paid[:2] == [14900, 14900] and len(paid) == 3
    assert carol.license()["state"] == "active"
