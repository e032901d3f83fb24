"""The pages in Stripe's place, and the operator's."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from fake_stripe.mode import NOTICE
from tests.conftest import Person, log_in
from tests.fake_stripe.shop import Shop

pytestmark = pytest.mark.urls("tests.fake_stripe.urls")


def path_of(url: str) -> str:
    """Return the address without the site's origin."""
    return url.removeprefix(settings.BASE_URL)


@pytest.fixture
def browser(shop: Shop) -> Client:
    """The owner's browser."""
    return shop.owner.browser()


def test_the_pay_page_shows_what_is_bought_and_no_card_field(shop: Shop, browser: Client) -> None:
    session = shop.session(shop.customer(), "payment")
    text = browser.get(path_of(session.url)).content.decode()
    assert "500 tokens" in text and "$29.00" in text and text.count(NOTICE) >= 2
    assert "cardnumber" not in text and 'type="text"' not in text


def test_paying_leads_back_to_the_shop(shop: Shop, browser: Client) -> None:
    success = f"{settings.BASE_URL}/done?s={{CHECKOUT_SESSION_ID}}"
    session = shop.session(shop.customer(), "payment", success_url=success)
    answer = browser.post(path_of(session.url), {"do": "pay", "later_on": "declines"})
    assert answer.status_code == 302 and answer["Location"] == f"/done?s={session.id}"
    assert shop.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("button", "status", "words"),
    [
        ("decline", "open", "Your card was declined"),
        ("authenticate", "open", "asks for a confirmation"),
        ("expire", "expired", "closed"),
    ],
)
def test_the_other_buttons_stay_on_the_page(shop: Shop, browser: Client, button: str, status: str, words: str) -> None:
    session = shop.session(shop.customer(), "payment")
    answer = browser.post(path_of(session.url), {"do": button}, follow=True)
    assert words in answer.content.decode()
    assert shop.v1.checkout.sessions.retrieve(session.id).status == status


@pytest.mark.parametrize("button", ["later", "later_fails"])
def test_paying_later_completes_the_session_unpaid(shop: Shop, browser: Client, button: str) -> None:
    session = shop.session(shop.customer(), "subscription")
    browser.post(path_of(session.url), {"do": button})
    done = shop.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "unpaid")


def test_invoices_receipts_and_the_portal_are_shown_and_say_what_they_are(shop: Shop, browser: Client) -> None:
    customer = shop.customer()
    sub = shop.subscription(customer)
    invoice = shop.v1.invoices.retrieve(sub.latest_invoice)
    charge: Any = shop.v1.charges.list({"customer": customer.id}).data[0]
    features: Any = {"payment_method_update": {"enabled": True}}
    made = shop.v1.billing_portal.configurations.create({"features": features})
    portal = shop.v1.billing_portal.sessions.create({"customer": customer.id, "configuration": made.id})
    for url in (invoice.hosted_invoice_url, charge.receipt_url, portal.url):
        text = browser.get(path_of(url)).content.decode()
        assert NOTICE in text
    browser.post(path_of(portal.url), {"do": "add", "behaviour": "declines"})
    assert shop.v1.subscriptions.retrieve(sub.id).default_payment_method != sub.default_payment_method
    browser.post(path_of(portal.url), {"do": "cancel", "id": sub.id})
    assert shop.v1.subscriptions.retrieve(sub.id).cancel_at
    browser.post(path_of(portal.url), {"do": "keep", "id": sub.id})
    assert shop.v1.subscriptions.retrieve(sub.id).cancel_at is None


def test_the_operator_moves_time_and_money(shop: Shop, browser: Client) -> None:
    sub = shop.subscription(shop.customer())
    assert NOTICE in browser.get("/sandbox/").content.decode()
    browser.post("/sandbox/", {"do": "renew", "value": "declines"})
    assert shop.v1.subscriptions.retrieve(sub.id).status == "past_due"
    bill = shop.v1.subscriptions.retrieve(sub.id).latest_invoice
    browser.post("/sandbox/", {"do": "clock", "value": "fortnight"})
    browser.post("/sandbox/", {"do": "pay", "id": bill})
    assert shop.v1.subscriptions.retrieve(sub.id).status == "active"
    charge = shop.v1.charges.list({"customer": sub.customer, "limit": 1}).data[0]
    browser.post("/sandbox/", {"do": "refund", "id": charge.id, "value": "12.50"})
    assert shop.v1.charges.retrieve(charge.id).amount_refunded == 1250
    answer = browser.post("/sandbox/", {"do": "refund", "id": charge.id, "value": "9999"}, follow=True)
    assert "greater than unrefunded" in answer.content.decode()
    browser.post("/sandbox/", {"do": "dispute", "id": charge.id})
    dispute = shop.v1.disputes.list({"charge": charge.id}).data[0]
    browser.post("/sandbox/", {"do": "dispute_won", "id": dispute.id})
    assert shop.v1.disputes.retrieve(dispute.id).status == "won"
    for manner in ("held", "twice", "at_once"):
        browser.post("/sandbox/", {"do": "manner", "value": manner})
    for press in ({"do": "release"}, {"do": "lose"}, {"do": "again", "id": shop.event_rows()[0].stripe_id}):
        assert browser.post("/sandbox/", press).status_code == 302
    assert browser.get("/sandbox/").status_code == 200


def test_visitors_members_and_other_modes_find_nothing(
    shop: Shop, bob: Person, mallory: Person, oscar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = shop.session(shop.customer(), "payment")
    page = path_of(session.url)
    assert Client().get(page).status_code == 302
    assert mallory.browser().get(page).status_code == 404
    assert mallory.browser().post(page, {"do": "pay"}).status_code == 404
    assert bob.browser().get("/sandbox/").status_code == 403
    mallory.browser().post("/sandbox/", {"do": "renew", "value": "works"})
    theirs = shop.v1.payment_methods.attach("pm_card_visa", {"customer": session.customer})
    answer = mallory.browser().post("/sandbox/", {"do": "behave", "id": theirs.id, "value": "declines"}, follow=True)
    assert "No such payment_method" in answer.content.decode()
    staff = Client()
    log_in(staff, oscar)
    here = f"/sandbox/?organization={shop.owner.organization_id}"
    assert session.id in staff.get(here).content.decode()
    assert session.id not in mallory.browser().get(here).content.decode()
    monkeypatch.setattr(settings, "BILLING_MODE", "test")
    for path in (page, "/sandbox/"):
        assert shop.owner.browser().get(path).status_code == 404
