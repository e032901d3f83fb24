"""The main job, and what can go wrong with it, as a person sees it."""

import re
from threading import Event
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect

from audit.verification import verify
from licensing.actions import payment_failed, payment_succeeded
from quests.models import Quest
from saas.accounts.models import User
from saas.accounts.queries import memberships_of
from saas.kernel import tenancy
from tests import machinery
from tests.browser.conftest import Window
from tests.conftest import PASSWORD, Person, make_goal
from tests.team.factors import code_of

pytestmark = pytest.mark.slow


def test_from_sign_up_to_a_first_quest_and_its_receipt(window: Window) -> None:
    page = window(service_workers="block")  # so that a request can be held back
    user = sign_up(page, business="Juniper Bakery")
    organization_id = memberships_of(user.pk)[0].organization.id
    page.get_by_role("link", name="Set your first goal").click()
    page.get_by_label("What do you want to reach?").fill("Win 12,000 in office catering")
    page.get_by_label("Target amount").fill("12000")
    page.get_by_role("button", name="Set the goal").click()

    # On Starter the way on is shown in the place of the button.
    expect(page.get_by_text("This comes with Pro.")).to_be_visible()
    expect(page.get_by_role("button", name="Generate quest")).to_have_count(0)
    page.get_by_role("link", name="Get Pro").click()
    page.get_by_role("button", name="Continue to payment").click()
    waiting = hold_back(page, "**/goals/*/quests")
    page.get_by_role("button", name="Pay", exact=True).click()
    # Back where the plan was missing, what was wanted begins by itself.
    expect(page.get_by_text("Your plan has begun")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Win 12,000 in office catering")
    expect(pill(page)).to_have_text("200\N{NO-BREAK SPACE}tokens")
    expect(page.get_by_role("progressbar", name="Working")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    waiting.pop().continue_()
    expect(page.get_by_text("Charged 3\N{NO-BREAK SPACE}tokens, 197\N{NO-BREAK SPACE}tokens left.")).to_be_visible()
    expect(pill(page)).to_have_text("197\N{NO-BREAK SPACE}tokens")

    # The list of the page has it already.
    page.locator("#goal-quests").get_by_role("link").first.click()
    page.wait_for_url("**/quests/*")
    quest = page.get_by_role("heading", level=1).inner_text()
    steps = page.get_by_role("checkbox")
    with page.expect_response("**/steps"):
        steps.first.check()
    expect(page.locator("#quest-progress")).to_contain_text(f"1 of {steps.count()}")
    page.reload()
    expect(steps.first).to_be_checked()

    page.get_by_role("link", name="Receipt").click()
    expect(line(page, "Held")).to_have_text("3\N{NO-BREAK SPACE}tokens")
    expect(line(page, "Released")).to_have_text("0\N{NO-BREAK SPACE}tokens")
    expect(line(page, "Charged")).to_have_text("3\N{NO-BREAK SPACE}tokens")
    buckets = page.get_by_role("region", name="Ledger").locator("tbody td:last-child")
    assert buckets.all_inner_texts() == ["Plan", "Plan"]
    calls = page.get_by_role("region", name="Calls to the planner").locator("tbody tr")
    assert re.search(r"Ok\s+\d+\s+\d+\s+\d+ ms", calls.inner_text())
    expect(page.get_by_role("link", name=quest)).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Ledger").click()
    rows = page.get_by_role("region", name="Ledger").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("for “Win 12,000 in office catering”")
    expect(rows.first.locator(".figure")).to_have_text(["\N{MINUS SIGN}3", "197"])
    with tenancy.organization(organization_id):
        assert verify().breaches == []


def test_cancelling_brings_the_tokens_back_at_once(
    window: Window, alice: Person, site_environment: dict[str, str]
) -> None:
    goal, asked = make_goal(alice), Event()

    def hang(handler: machinery.Handler) -> None:
        asked.set()
        machinery.hang(handler)

    with (
        machinery.provider() as provider,
        machinery.web({**site_environment, **provider.environment}) as server,
    ):
        provider.behaviour = hang
        page = window(alice.user, at=f"http://127.0.0.1:{server.port}")
        page.goto(reverse("goal", args=[goal.id]))
        page.get_by_role("button", name="Generate quest").click()
        expect(page.get_by_role("status").get_by_text("The planner is working")).to_be_visible()
        assert asked.wait(15)
        assert alice.get("/tokens/balance").json()["held"] == 3
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("The tokens are back. Nothing was charged.")).to_be_visible()
        expect(pill(page)).to_have_text("200\N{NO-BREAK SPACE}tokens")
        expect(page.get_by_role("button", name="Generate quest")).to_be_enabled()
        balance = alice.get("/tokens/balance").json()
        assert (balance["available"], balance["held"], provider.closing.is_set()) == (200, 0, False)


def test_a_double_click_is_charged_once(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = window(alice.user)
    page.goto(reverse("goal", args=[goal.id]))
    page.get_by_role("button", name="Generate quest").dblclick()
    expect(page.get_by_text("Charged 3\N{NO-BREAK SPACE}tokens")).to_be_visible()
    expect(page.locator("#goal-quests").get_by_role("listitem")).to_have_count(1)
    assert alice.get("/tokens/balance").json()["available"] == 197


def test_two_factor_from_switching_it_on_to_logging_in_with_it(window: Window) -> None:
    page = window()
    user = sign_up(page, business="Careful & Co")
    EmailAddress.objects.filter(user=user).update(verified=True)
    page.goto(reverse("mfa_index"))
    page.get_by_role("link", name="Set up").click()
    secret = page.get_by_label("Or type this secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Two-factor authentication is on.")).to_be_visible()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.get_by_role("button", name="Account: ").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
    page.goto(reverse("account_login"))
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="Careful & Co")).to_be_visible()


def test_an_invitation_leads_into_the_organization_that_invites(window: Window, alice: Person) -> None:
    team = window(alice.user)
    team.goto(reverse("team"))
    address = new_address("bob")
    team.get_by_label("E-mail address").fill(address)
    team.get_by_role("button", name="Invite").click()
    link = re.search(r"http\S+", team.get_by_text(f"Invited {address}").inner_text())
    assert link

    page = window()
    page.goto(urlsplit(link[0]).path)
    page.get_by_role("link", name="Sign up to accept").click()
    expect(page.get_by_label("E-mail address")).to_have_value(address)
    expect(page.get_by_label("E-mail address")).to_be_disabled()
    expect(page.get_by_label("Your business")).to_have_count(0)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    team.reload()
    business = team.locator(".topbar-organization").inner_text()
    expect(page.get_by_role("heading", name=business)).to_be_visible()
    expect(team.get_by_role("listitem").filter(has_text=address)).to_contain_text("Member")
    [membership] = memberships_of(User.objects.get(email=address).pk)
    assert (membership.organization_id, membership.role) == (alice.organization_id, "member")


def test_a_quest_without_javascript_ends_on_its_receipt(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = window(alice.user, java_script_enabled=False)
    page.goto(reverse("goal", args=[goal.id]))
    page.get_by_label("2 6 tokens").check()
    page.get_by_role("button", name="Generate quest").click()
    expect(page.get_by_role("heading", name="Receipt: Quest")).to_be_visible()
    expect(line(page, "Charged")).to_have_text("6\N{NO-BREAK SPACE}tokens")
    with alice.acting():
        quest = Quest.objects.first()
    assert quest is not None
    page.get_by_role("link", name=quest.title).first.click()
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Save progress").click()
    expect(page.locator("#quest-progress")).to_contain_text("1 of")
    page.goto(reverse("goal", args=[goal.id]))
    page.get_by_role("button", name="Generate quest").click()
    expect(page.get_by_role("heading", name="Too soon")).to_be_visible()


def test_an_overdue_payment_is_told_with_its_dates_until_it_is_paid(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = window(alice.user)
    page.goto(reverse("goal", args=[goal.id]))
    with alice.acting():
        payment_failed()
    # The page is older than the failure: pressing its button says why not.
    page.get_by_role("button", name="Generate quest").click()
    expect(page.locator("#generate-quests-result")).to_contain_text("AI is off")
    page.reload()
    banner = page.get_by_role("region", name="Payment overdue")
    stages = banner.get_by_role("listitem")
    assert [text.split(":")[0] for text in stages.all_inner_texts()] == ["AI off", "Sync off", "Reports off"]
    assert all(re.search(r": \d+ \w{3} \d{4}$", text) for text in stages.all_inner_texts())
    expect(stages.first).to_have_attribute("aria-current", "step")
    expect(page.get_by_role("button", name="Generate quest")).to_have_count(0)
    expect(page.locator("#generate-quests")).to_contain_text("a payment has been overdue")
    with alice.acting():
        payment_succeeded()
    page.reload()
    expect(banner).to_have_count(0)
    expect(page.get_by_role("button", name="Generate quest")).to_be_enabled()
    assert alice.get("/tokens/balance").json()["available"] == 200


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_the_chosen_theme_stays(window: Window, alice: Person, theme: str) -> None:
    page = window(alice.user, color_scheme="light" if theme == "Dark" else "dark")
    page.goto(reverse("home"))
    page.get_by_role("button", name="Account: ").click()
    page.get_by_text(theme, exact=True).click()
    page.goto(reverse("goals"))
    assert page.locator("html").get_attribute("data-theme") == theme.lower()
    page.get_by_role("button", name="Account: ").click()
    page.get_by_text("System", exact=True).click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None


def sign_up(page: Page, *, business: str) -> User:
    """Sign up for Starter; return the person."""
    address = new_address("alice")
    page.goto(reverse("home"))
    page.get_by_role("link", name="Plans and prices").click()
    page.get_by_role("link", name="Start free").click()
    page.get_by_label("Your business").fill(business)
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Set a goal")).to_be_visible()
    page.goto(reverse("home"))
    expect(page.get_by_role("heading", name=business)).to_be_visible()
    return User.objects.get(email=address)


def new_address(name: str) -> str:
    return f"{name}-{uuid4().hex[:12]}@example.com"


def pill(page: Page) -> Locator:
    """Return the balance in the top bar."""
    return page.locator("#balance")


def line(page: Page, name: str) -> Locator:
    """Return a value of a receipt."""
    return page.locator(".receipt > div").filter(has=page.get_by_text(name, exact=True)).locator("dd")


def hold_back(page: Page, address: str) -> list[Route]:
    """Keep requests to an address waiting; return where they wait."""
    waiting: list[Route] = []
    page.route(address, lambda route: waiting.append(route))
    return waiting
