"""Currency, time zone and trade: asked at sign-up, changed in the settings; another currency relabels all amounts."""

from typing import Any
from uuid import uuid4

from django.test import Client

from audit.queries import events
from quests.models import Goal
from saas.accounts.models import Organization, User
from saas.accounts.queries import memberships_of, organization
from tests.conftest import PASSWORD, Person, make_goal


def signed_up(host: str, languages: str = "", **chosen: str) -> Organization:
    address = f"{uuid4().hex}@example.com"
    headers: dict[str, Any] = {"REMOTE_ADDR": host, "HTTP_ACCEPT_LANGUAGE": languages}
    answer = Client().post("/accounts/signup/", {"email": address, "password1": PASSWORD, **chosen}, **headers)
    assert answer.status_code == 302
    [membership] = memberships_of(User.objects.get(email=address).pk)
    return membership.organization


def test_signing_up_takes_what_is_chosen_and_else_what_the_browser_says() -> None:
    chosen = {"currency": "CHF", "timezone": "Zurich, Europe", "trade": "bakery", "organization": "Juniper"}
    made = signed_up("10.97.0.1", **chosen)
    assert (made.name, made.currency, made.timezone, made.trade) == ("Juniper", "CHF", "Europe/Zurich", "bakery")
    made = signed_up("10.97.0.2", languages="it-IT")
    assert (made.name, made.currency, made.timezone, made.trade) == ("My business", "EUR", "Europe/Rome", "")


def test_the_form_has_the_guess_selected_and_refuses_what_is_not_offered() -> None:
    page = Client().get("/accounts/signup/", HTTP_ACCEPT_LANGUAGE="it-IT").content.decode()
    assert '<option value="EUR" selected>' in page and "selected>Rome, Europe" in page
    wrong = {"currency": "JPY", "timezone": "Mars/Base", "trade": "piracy"}
    answer = Client().post("/accounts/signup/", {"email": "x@example.com", "password1": PASSWORD, **wrong})
    assert set(answer.context["form"].errors) == set(wrong)


def test_another_currency_is_asked_about_and_changes_no_figure(alice: Person) -> None:
    browser = alice.browser()
    settings = {"name": "Juniper", "timezone": "Europe/Rome", "currency": "EUR", "trade": "bakery"}
    goal = make_goal(alice, "An oven")
    asked = browser.post("/settings", settings)
    assert asked.status_code == 422 and "$1,500.00" in (text := asked.content.decode()) and "€1,500.00" in text
    with alice.acting():
        assert organization(alice.organization_id).currency == "USD"
    assert browser.post("/settings", settings | {"relabel": "on"}).status_code == 302
    with alice.acting():
        now = organization(alice.organization_id)
        event = events().get(kind="organization.updated")
        assert Goal.objects.get(id=goal.id).target_amount == goal.target_amount
    assert (now.currency, now.trade) == ("EUR", "bakery")
    assert event.data["from"] == {"currency": "USD", "trade": ""} and event.data["currency"] == "EUR"
    assert f"€{goal.target_amount:,.2f}" in browser.get(f"/goals/{goal.id}").content.decode()
    shown = alice.get("/account").json()["organization"]
    assert (shown["currency"], shown["timezone"], shown["trade"]) == ("EUR", "Europe/Rome", "bakery")


def test_settings_that_leave_something_out_leave_it_as_it_was(alice: Person) -> None:
    browser = alice.browser()
    browser.post("/settings", {"name": "Juniper", "timezone": "Europe/Rome", "currency": "GBP", "trade": "bakery"})
    assert browser.post("/settings", {"name": "Juniper & Co", "timezone": "UTC"}).status_code == 302
    with alice.acting():
        now = organization(alice.organization_id)
    assert (now.name, now.currency, now.timezone, now.trade) == ("Juniper & Co", "GBP", "UTC", "bakery")
    browser.post("/settings", {"name": "Juniper & Co", "timezone": "UTC", "trade": ""})
    with alice.acting():
        assert organization(alice.organization_id).trade == ""
