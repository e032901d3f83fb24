"""Money as a person sees it, on the sandbox: a pack, a renewal that fails, two weeks of silence, and paying at last."""

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.urls import reverse
from playwright.sync_api import Page, expect

from fake_stripe import delivery
from fake_stripe.models import DeliveryState, FakeDelivery, FakeEvent
from marketplace.models import EventStatus, StripeEvent
from marketplace.stripe import inbox
from marketplace.stripe.gateway import client as gateway_client
from saas.kernel import tenancy
from tests.browser.conftest import Window
from tests.conftest import Person
from tests.stories.payments import paid_cents

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Post:
    """The worker's part: what the sandbox tells is posted to the site and handled."""

    site: str
    person: Person

    def __call__(self) -> None:
        with tenancy.system():
            mine = FakeDelivery.objects.filter(organization_id=self.person.organization_id)
            waiting = mine.filter(state=DeliveryState.WAITING).order_by("event__position")
            ids = list(waiting.values_list("id", flat=True))
        assert sum(delivery.deliver(id, self.send) for id in ids) == len(ids)
        with tenancy.system():
            emitted = FakeEvent.objects.filter(organization_id=self.person.organization_id).values("stripe_id")
            kept = StripeEvent.objects.filter(event_id__in=emitted, status=EventStatus.RECEIVED)
            events = list(kept.order_by("id").values_list("id", flat=True))
        for event in events:
            inbox.handle(event)

    def send(self, body: bytes, signature: str) -> int:
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        client = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=60)
        try:
            client.request("POST", "/webhooks/stripe", body, headers)
            return client.getresponse().status
        finally:
            client.close()


@pytest.fixture
def carol(
    business: Callable[..., Person], settings: LazySettings, site_environment: dict[str, str]
) -> Iterator[Person]:
    """The owner of an organization on the free plan; the test shares the site's sandbox."""
    settings.DATA_DIR = Path(site_environment["DATA_DIR"])
    gateway_client.client.cache_clear()
    yield business("starter", "Carol's Café")
    gateway_client.client.cache_clear()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_pack_a_failed_renewal_two_weeks_and_paying_at_last(window: Window, site: str, carol: Person) -> None:
    page, arrive = window(carol.user), Post(site, carol)
    balance = page.locator("#balance")
    page.goto(f"{reverse('change_plan')}?plan=pro")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_text("Your plan has begun")).to_be_visible()
    expect(balance).to_have_text(f"200{NBSP}tokens")

    arrive()
    page.goto(reverse("packs"))
    page.get_by_role("button", name="Buy for $29.00").dblclick()
    expect(page.get_by_text("are yours")).to_be_visible()
    expect(balance).to_have_text(f"700{NBSP}tokens")
    arrive()
    page.reload()
    expect(balance).to_have_text(f"700{NBSP}tokens")

    press(page, "Fail the renewal")
    arrive()
    banner = page.get_by_role("region", name="Payment overdue")
    page.goto(reverse("home"))
    stages = banner.get_by_role("listitem")
    assert [text.split(":")[0] for text in stages.all_inner_texts()] == ["AI off", "Sync off", "Reports off"]
    expect(banner).to_contain_text("AI is off. Goals, sync and reports still work.")
    expect(stages.nth(0)).to_have_attribute("aria-current", "step")

    press(page, "14 days later")
    arrive()
    page.goto(reverse("home"))
    expect(banner).to_contain_text("AI and sync are off.")
    expect(stages.nth(1)).to_have_attribute("aria-current", "step")

    banner.get_by_role("button", name="Fix the payment").click()
    expect(page.get_by_role("heading", name="Invoice")).to_be_visible()  # the saved card is declined again
    page.get_by_role("button", name="Pay with a new card").click()
    expect(page.get_by_text("Paid", exact=True)).to_be_visible()
    arrive()
    page.goto(reverse("billing"))
    expect(banner).to_have_count(0)
    expect(balance).to_have_text(f"700{NBSP}tokens")  # the month's allowance is new, the pack was never lost
    assert paid_cents(carol.organization_id) == [2900, 14900, 14900]
    grants = carol.get("/tokens/ledger", kind="grant").json()["data"]
    assert sorted(grant["tokens"] for grant in grants) == [200, 200, 500]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_plan_and_a_pack_by_debit_wait_for_the_money(window: Window, site: str, carol: Person) -> None:
    page, arrive = window(carol.user, width=360), Post(site, carol)
    page.goto(f"{reverse('change_plan')}?plan=pro")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name="Pay later, it arrives").click()
    expect(page.get_by_text("Your plan begins as soon as")).to_be_visible()
    arrive()
    page.goto(reverse("billing"))
    expect(page.get_by_text("Pro begins when the bank debit of $149.00 has arrived")).to_be_visible()
    expect(page.get_by_text("Bank account ending in 6789")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    press(page, "It came")
    arrive()
    page.goto(reverse("packs"))
    expect(page.get_by_text("The tokens come when the debit has arrived")).to_be_visible()
    page.get_by_role("button", name="Buy for $29.00").click()
    expect(page.get_by_text("The money is on its way")).to_be_visible()
    press(page, "It came")
    arrive()
    page.goto(reverse("purchases"))
    page.get_by_role("link", name="500 tokens").click()
    expect(page.get_by_text("are yours")).to_be_visible()


def press(page: Page, button: str) -> None:
    """Press a button of the operator's page."""
    page.goto(reverse("sandbox"))
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()
