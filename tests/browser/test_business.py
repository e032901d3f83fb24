"""Currency and clock in the pages: of the device at sign-up, changed in the settings; and a bank's statement."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from saas.accounts.models import User
from saas.accounts.queries import memberships_of
from tests.browser.accessibility import barriers
from tests.browser.conftest import Window
from tests.conftest import PASSWORD, Person, make_goal

pytestmark = pytest.mark.slow

STATEMENT = (
    "Buchungstag;Verwendungszweck;Betrag;Saldo\n"
    "03.11.26;Rechnung 7;1.500,00;9.000,00\n"
    "04.11.26;Miete;-800,00;8.200,00\n"
    "bald;Rechnung 8;20,00;8.220,00\n"
    "05.11.26;Rechnung 9;250,50;8.470,50\n"
)


def test_signing_up_takes_clock_and_currency_of_the_device_and_types_two_things(window: Window) -> None:
    page = window(timezone_id="Asia/Kolkata", locale="en-US")
    address = f"{uuid4().hex}@example.com"
    page.goto(reverse("home"))
    page.get_by_role("link", name="Start free").first.click()
    expect(page.get_by_label("Time zone")).to_have_value("Kolkata, Asia")
    expect(page.get_by_label("Currency")).to_have_value("INR")
    assert barriers(page) == []
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Trade").select_option("bakery")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator(".topbar-organization")).to_have_text("My business")
    [membership] = memberships_of(User.objects.get(email=address).pk)
    made = membership.organization
    assert (made.currency, made.timezone, made.trade) == ("INR", "Asia/Kolkata", "bakery")


def test_another_currency_is_confirmed_and_relabels_what_is_there(window: Window, alice: Person) -> None:
    goal = make_goal(alice, "An oven")
    page = window(alice.user)
    page.goto(reverse("settings"))
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("$1,500.00 becomes €1,500.00")).to_be_visible()
    assert barriers(page) == []
    page.get_by_label("Change the currency, keep the figures").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(reverse("goal", args=[goal.id]))
    expect(page.get_by_text(f"of €{goal.target_amount:,.2f}")).to_be_visible()


@pytest.mark.parametrize(("scripts", "width"), [(True, 1280), (False, 390)])
def test_a_statement_is_looked_at_corrected_and_imported(
    window: Window, alice: Person, scripts: bool, width: int
) -> None:
    goal: Any = make_goal(alice, "An oven")
    page = window(alice.user, width=width, java_script_enabled=scripts)
    page.goto(reverse("import_revenue", args=[goal.id]))
    file = {"name": "umsatz.csv", "mimeType": "text/csv", "buffer": STATEMENT.encode("cp1252")}
    page.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Show the lines").click()
    expect(page.get_by_role("button", name="Import 2 of 4, $1,750.50")).to_be_enabled()
    expect(page.get_by_text("Left out: “bald” is not a date")).to_be_visible()
    expect(page.get_by_text("Left out: money that went out")).to_be_visible()
    if scripts:
        assert barriers(page) == []
    page.get_by_label("Amounts below zero").select_option("refund")
    page.get_by_role("button", name="Show again").click()
    page.get_by_role("button", name="Import 3 of 4, $950.50").click()
    expect(page.get_by_text("Imported 3 lines: $950.50, from 3 Nov 2026 to 5 Nov 2026.")).to_be_visible()
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "950.50"
