"""Staff at work in a browser: the admin's scripts and our actions under the strict policy."""

from typing import Any

from django.urls import reverse
from playwright.sync_api import expect

from saas.accounts.models import Organization
from saas.kernel import tenancy
from tests.browser.conftest import Window
from tests.conftest import Person


def test_tokens_are_granted_with_a_reason(window: Window, oscar: Any, alice: Person) -> None:
    page = window(oscar)
    page.goto(reverse("admin:tokens_account_changelist") + f"?q={alice.organization_id}")
    page.get_by_label("Select this object for an action").check()
    page.get_by_label("Action:").select_option("Grant tokens…")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Source:").select_option("gift")
    page.get_by_label("Tokens:").fill("25")
    page.get_by_label("Reason:").fill("for the trouble")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".figures tbody")).to_contain_text("$0.25")
    page.get_by_role("button", name="Grant tokens").click()
    expect(page.locator(".messagelist .success")).to_contain_text("25 tokens granted")
    expect(page.locator("#result_list .field-available")).to_have_text("225")


def test_an_override_finds_its_organization_by_name(window: Window, oscar: Any, alice: Person) -> None:
    with tenancy.system():
        name = Organization.objects.get(id=alice.organization_id).name
    page = window(oscar)
    page.goto(reverse("admin:plans_override_add"))
    page.locator(".field-customer .select2-selection").click()
    page.locator(".select2-search__field").fill(name)
    page.locator(".select2-results__option", has_text=name).click()
    page.get_by_label("What:").select_option("limit:members")
    page.get_by_label("Value:").fill("12")
    page.get_by_label("Reason:").fill("a large family")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("members = 12")
