"""A gift's way through the pages, on the sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from marketplace.gifts import tasks
from marketplace.stripe.gateway import client as gateway_client
from saas.accounts.models import Organization
from saas.notifications.tasks import notify
from tests.conftest import PASSWORD, Person, hire
from tests.marketplace.giving import offer
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope

pytestmark = pytest.mark.own_database


@pytest.fixture(autouse=True)
def on_fake_stripe(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.BILLING_MODE, settings.STRIPE_SECRET_KEY, settings.DATA_DIR = "sandbox", "", tmp_path
    monkeypatch.setattr("fake_stripe.delivery._start", lambda *_: None)
    gateway_client.client.cache_clear()
    yield
    gateway_client.client.cache_clear()


def give(browser: Client, email: str) -> str:
    """Give a pack and pay it on the pay page; return the link that the gift's page shows."""
    form = {"kind": "pack", "pack-pack": "pack_500", "pack-email": email, "pack-note": "Hello"}
    pay_page = browser.post(reverse("give"), {**form, "pack-idempotency_key": str(uuid4())})["Location"]
    assert pay_page.startswith("/sandbox/checkout/")
    returned = browser.post(pay_page, {"do": "pay", "later_on": "works"})["Location"]
    purchase = browser.get(returned).content.decode()
    assert f"Your gift for {email}" in purchase
    page = browser.get(purchase.split('class="button primary" href="')[1].split('"')[0]).content.decode()
    return page.split('id="gift-link" value="')[1].split('"')[0].removeprefix("http://localhost:8000")


def available(person: Person) -> int:
    return int(person.get("/tokens/balance").json()["available"])


def test_a_pack_is_given_mailed_and_taken_after_logging_in(alice: Person, mallory: Person) -> None:
    address = f"{uuid4().hex}@example.org"
    link = give(alice.browser(), address)
    tasks.look_after_gifts()
    assert [link in each.body for each in mail.outbox if each.to == [address]] == [True]
    visitor = Client()
    opened = visitor.get(link).content.decode()
    assert "500\N{NO-BREAK SPACE}tokens" in opened and "Hello" in opened and address not in opened
    assert visitor.post(link, {"answer": "accept"}).status_code == 403
    login = opened.split('href="/accounts/login/')[1].split('"')[0]
    came_back = visitor.post(
        f"/accounts/login/{login}", {"login": mallory.user.email, "password": PASSWORD, "next": link}
    )
    assert came_back["Location"] == link
    with mallory.acting():
        name = Organization.objects.get(id=mallory.organization_id).name
    assert name.split()[0] in visitor.get(link).content.decode()
    taken = visitor.post(link, {"answer": "accept"}, follow=True).content.decode()
    assert "are yours" in taken and "Juniper" in taken
    assert (available(alice), available(mallory)) == (200, 700)
    assert "You have taken them" in visitor.get(link).content.decode()
    assert Client().get(link).status_code == 404


def test_above_a_hundred_dollars_one_is_asked_once(alice: Person) -> None:
    browser = alice.browser()
    page = browser.get(reverse("give")).content.decode()
    form = {"kind": "pack", "pack-pack": "pack_10000", "pack-email": f"{uuid4().hex}@example.org"}
    form["pack-idempotency_key"] = page.split('name="pack-idempotency_key" value="')[1].split('"')[0]
    asked = browser.post(reverse("give"), form)
    assert asked.status_code == 422 and "This gift costs $349.00" in asked.content.decode()
    assert 'name="pack-confirmed" value="pack_10000"' in asked.content.decode()
    assert alice.get("/purchases").json()["data"] == []
    assert browser.post(reverse("give"), {**form, "pack-confirmed": "pack_500"}).status_code == 422, "another pack"
    assert browser.post(reverse("give"), {**form, "pack-confirmed": "pack_10000"}).status_code == 302


def test_somebody_new_signs_up_and_comes_back_to_the_gift(alice: Person) -> None:
    link = give(alice.browser(), "new@example.org")
    visitor = Client()
    signup = visitor.get(link).content.decode().split('href="/accounts/signup/')[1].split('"')[0]
    page = visitor.get(f"/accounts/signup/{signup}").content.decode()
    assert f'value="{link}"' in page
    person = {"organization": "The Flower Shop", "email": f"{uuid4().hex}@example.org", "password1": PASSWORD}
    assert visitor.post("/accounts/signup/", {**person, "next": link})["Location"] == link
    assert "The Flower Shop" in visitor.get(link).content.decode()
    assert "are yours" in visitor.post(link, {"answer": "accept"}, follow=True).content.decode()


def test_a_link_answers_its_owner_members_and_guessers(alice: Person, bob: Person, mallory: Person) -> None:
    link = give(alice.browser(), "friend@example.org")
    assert "your own gift" in alice.browser().get(link).content.decode()
    assert "your own gift" in bob.browser().get(link).content.decode()
    worker = hire(mallory).browser()
    assert "Only an owner" in worker.get(link).content.decode()
    assert worker.post(link, {"answer": "accept"}).status_code == 403
    assert Client().get(f"{link[:-1]}x").status_code == Client().get("/gifts/guess").status_code == 404
    declined = mallory.browser().post(link, {"answer": "decline"}, follow=True)
    assert "go back to who bought them" in declined.content.decode()
    assert (available(alice), available(mallory)) == (700, 200)


def test_what_waits_is_answered_on_the_page(alice: Person, bob: Person) -> None:
    gift = offer(alice, 50, note="Sorry!")
    with alice.acting():
        ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=5)
    browser = alice.browser()
    assert "Sorry!" in browser.get(reverse("gifts")).content.decode()
    assert "For you" not in bob.browser().get(reverse("gifts")).content.decode()
    browser.post(reverse("accept_gift", args=[gift.id]))
    assert available(alice) == 250
    form: dict[str, Any] = {"kind": "quota", "quota-to": f"user:{bob.user.pk}", "quota-tokens": 4}
    form["quota-idempotency_key"] = str(uuid4())
    for _ in range(2):
        assert browser.post(reverse("give"), form).status_code == 302
    offered = bob.browser().get(reverse("gifts")).content.decode()
    assert offered.count("For you") == 1
    accept = offered.split('aria-label="Accept the gift')[0].rsplit('action="', 1)[1].split('"')[0]
    assert "Accepted: 4 tokens" in bob.browser().post(accept, follow=True).content.decode()
    notify()
    assert [each.subject for each in mail.outbox if each.to == [bob.user.email]][-1].endswith(f"to {bob.user}")
    assert bob.browser().get(reverse("give")).status_code == 200
    assert bob.browser().post(reverse("give"), form).status_code == 403
