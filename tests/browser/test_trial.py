"""From the landing page to a first quest without paying, counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from quests.models import Quest
from saas.accounts.models import User
from saas.accounts.queries import memberships_of
from saas.kernel import tenancy
from saas.kernel.ids import uuid7
from tests import machinery
from tests.browser.conftest import Window
from tests.conftest import PASSWORD, Person, make_goal, open_business
from tokens.actions import hold, settle
from tokens.queries import position
from tokens.verification import verify

NBSP = "\N{NO-BREAK SPACE}"
CLICKS_MAX, FIELDS_MAX = 5, 4

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class Visitor:
    """Somebody whose clicks and typed fields are counted."""

    page: Page
    clicks: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def click(self, locator: Locator) -> None:
        self.clicks.append(locator.inner_text())
        locator.click()

    def type(self, label: str, value: str) -> None:
        self.fields.append(label)
        self.page.get_by_label(label).first.fill(value)


@pytest.fixture
def production(site_environment: dict[str, str]) -> Iterator[str]:
    """The address of a site where addresses must be verified, as in production."""
    with machinery.web({**site_environment, "EMAIL_VERIFICATION": "mandatory"}) as server:
        yield f"http://127.0.0.1:{server.port}"


def test_five_clicks_and_four_fields_from_the_landing_page_to_a_first_quest(window: Window, production: str) -> None:
    page, email = window(at=production), f"{uuid4().hex}@example.com"
    visitor = Visitor(page)
    page.goto("/")
    expect(page.get_by_text(f"try it for 14 days with 9{NBSP}tokens")).to_be_visible()
    visitor.click(page.get_by_role("link", name="Start free"))
    visitor.type("E-mail address", email)
    visitor.type("Password", PASSWORD)
    visitor.click(page.get_by_role("button", name="Create account"))
    expect(page.get_by_text("Check your mail")).to_be_visible()
    # The mailed link.
    page.goto(reverse("account_confirm_email", args=[EmailConfirmationHMAC(_address(email)).key]))
    visitor.click(page.get_by_role("button", name="Yes, confirm"))
    visitor.type("What do you want to reach?", "Win 12,000 in office catering")
    visitor.type("Target amount", "12000")
    visitor.click(page.get_by_role("button", name="Set the goal"))
    visitor.click(page.get_by_role("button", name="Try Pro free for 14 days"))
    expect(page.get_by_text("Your trial of Pro has begun")).to_be_visible()
    expect(page.get_by_text(f"Charged 3{NBSP}tokens, 6{NBSP}tokens left.")).to_be_visible()
    assert len(visitor.clicks) <= CLICKS_MAX and len(visitor.fields) <= FIELDS_MAX, visitor
    page.reload()
    expect(page.get_by_role("button", name="Generate quest")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text(f"6 of 9{NBSP}tokens left")).to_be_visible()
    organization_id = memberships_of(User.objects.get(email=email).pk)[0].organization.id
    with tenancy.organization(organization_id):
        assert (Quest.objects.count(), verify().breaches) == (1, 0), "a reload begins nothing"


def _address(email: str) -> EmailAddress:
    address: EmailAddress = EmailAddress.objects.get(email=email)
    return address


@pytest.fixture
def newcomer() -> Person:
    """The verified owner of a new organization on Starter."""
    return open_business("starter")


def test_two_tabs_and_a_double_click_begin_one_trial_and_the_wall_shows_the_way_on(
    window: Window, newcomer: Person
) -> None:
    goal = make_goal(newcomer)
    page = window(newcomer.user)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(reverse("goal", args=[goal.id]))
    page.get_by_role("button", name="Try Pro free for 14 days").dblclick()
    expect(page.get_by_text(f"Charged 3{NBSP}tokens, 6{NBSP}tokens left.")).to_be_visible()
    other.get_by_role("button", name="Try Pro free for 14 days").click()
    expect(other.get_by_role("button", name="Generate quest")).to_be_visible()
    with newcomer.acting():
        assert (Quest.objects.count(), position().available) == (1, 6), "the second press only leads back"
        spent = uuid7()
        hold(
            transaction_id=spent,
            tokens=6,
            operation="quest",
            user_id=newcomer.user.pk,
            department_id=None,
            seconds=60,
            price_book_version=None,
        )
        settle(transaction_id=spent, tokens=6)
    other.reload()
    expect(other.get_by_text("The trial's tokens are used.")).to_be_visible()
    other.get_by_role("link", name="Get Pro").click()
    expect(other.get_by_role("heading", name="Change to Pro")).to_be_visible()
    other.get_by_role("link", name="Keep Starter").click()
    expect(other.get_by_role("heading", level=1)).to_have_text(goal.title)
