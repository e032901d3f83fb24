"""An owner's days with Milepost: goals, usage, team, reports, alerts and settings, as a person goes through them."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from plans.actions import set_override
from plans.models import OverrideKind
from quests.models import Goal
from saas.accounts.models import User
from saas.kernel.clock import database_now
from saas.notifications.tasks import notify
from saas.reports import actions as reports
from tests.browser.conftest import Window
from tests.conftest import PASSWORD, Person, hire, make_goal
from tests.tokens.past import founded, spend
from tokens.tasks import watch

pytestmark = pytest.mark.slow

NBSP = "\N{NO-BREAK SPACE}"


def test_a_goal_from_its_first_money_to_its_archive(window: Window, alice: Person) -> None:
    in_a_hurry(alice)
    page = window(alice.user)
    page.goto(reverse("goals"))
    page.get_by_role("link", name="Set your first goal").click()
    page.get_by_label("What do you want to reach?").fill("Win 12,000 in catering")
    page.get_by_label("Target amount").fill("12000")
    page.get_by_role("button", name="Set the goal").click()
    goal = page.url
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Target amount").fill("15000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("of $15,000.00")).to_be_visible()

    page.get_by_label("Amount", exact=True).fill("1500")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("Recorded $1,500. $13,500 to go.")).to_be_visible()
    page.get_by_role("link", name="Edit $1,500.00 of").click()
    page.get_by_label("Amount", exact=True).fill("1600")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("$1,600.00 of $15,000.00")).to_be_visible()
    page.get_by_role("link", name="Edit $1,600.00 of").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("$0.00 of $15,000.00")).to_be_visible()
    page.get_by_label("Amount", exact=True).fill("1500")
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_text("Record money").click()
    page.get_by_role("link", name="Import a CSV").click()
    page.get_by_label("CSV file").set_input_files(sheet("money.csv", "1500.00", "1000.00", "2000.00", "nonsense"))
    page.get_by_role("button", name="Show the lines").click()
    expect(page.get_by_text("Left out: “nonsense” is not an amount")).to_be_visible()
    page.get_by_role("button", name="Import 3 of 4").click()
    expect(page.get_by_text("$9,000 to go.")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress")).to_have_attribute("value", "40")

    page.get_by_role("button", name="Generate quest").click()
    expect(charged(page, "quests")).to_contain_text(f"Charged 3{NBSP}tokens, 197{NBSP}tokens left.")
    page.get_by_role("button", name="Generate quest").click()
    expect(charged(page, "quests")).to_contain_text(f"Charged 3{NBSP}tokens, 194{NBSP}tokens left.")
    expect(page.locator("#goal-quests").get_by_role("listitem")).to_have_count(2)
    page.get_by_label("Whom should we look for?").fill("Offices nearby")
    page.get_by_role("button", name="Find leads").click()
    page.locator("#generate-lead_list-result").get_by_role("link").first.click()
    expect(page.get_by_role("link", name="Receipt")).to_be_visible()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Forecasts").click()
    page.get_by_label("How far ahead?").select_option("3 months")
    page.get_by_role("button", name="Forecast revenue").click()
    page.locator("#generate-forecast-result").get_by_role("link").first.click()
    expect(page.get_by_role("img")).to_be_visible()
    expect(page.get_by_role("region", name="Month by month").locator("tbody tr")).to_have_count(3)

    page.goto(goal)
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("is archived")).to_be_visible()
    expect(page.get_by_text("No goals yet")).to_be_visible()
    page.get_by_role("link", name="Archived goals").click()
    page.get_by_role("link", name="Win 12,000 in catering").click()
    page.get_by_role("button", name="Restore").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Goals").click()
    expect(page.get_by_role("link", name="Win 12,000 in catering")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Quests").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)


def test_tokens_that_run_out_are_told_in_time(
    window: Window, alice: Person, superuser: psycopg.Connection[Any]
) -> None:
    founded(alice, 60, superuser)
    for day in range(14):
        spend(alice, 13, "quest", days_ago=day + 0.5, by=superuser)
    page = window(alice.user)
    page.goto(reverse("home"))
    date = page.get_by_text("Runs out on").locator("..").locator("time").first.inner_text()
    warning = page.locator(".alert", has_text="Your tokens could run out within three days")
    expect(warning).to_contain_text(f"more likely about {date.rpartition(' ')[0]}")
    expect(card(page, "Tokens")).to_contain_text(f"Quest: 100{NBSP}%")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Usage").click()
    expect(page.get_by_role("main")).to_contain_text(f"182{NBSP}tokens")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    lines = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert sum(int(line["Tokens"]) for line in lines) == 182

    page.go_back()
    warning.get_by_role("link", name="Get more tokens").click()
    expect(page.get_by_role("button", name="Buy for $29.00")).to_be_visible()


def test_a_member_reaches_the_quota_and_is_given_more(window: Window, business: Any) -> None:
    alice = business("enterprise")
    bob, goal = hire(alice), make_goal(alice)
    in_a_hurry(alice)
    owner, member = window(alice.user), window(bob.user)
    owner.goto(reverse("team"))
    owner.get_by_label("Name", exact=True).fill("Kitchen")
    owner.get_by_role("button", name="Add department").click()
    owner.get_by_role("link", name=f"Edit {bob.user}").click()
    owner.get_by_label("Department").select_option("Kitchen")
    owner.get_by_label("Tokens a month at most").fill("3")
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("listitem").filter(has_text=str(bob.user))).to_contain_text("Kitchen")

    generate(member, goal.id)
    expect(charged(member, "quests")).to_contain_text(f"Charged 3{NBSP}tokens")
    expect(member.locator("#generate-quests").get_by_text("quota", exact=False).first).to_be_visible()
    member.locator("#generate-quests").get_by_role("link", name="Ask for more").click()
    member.get_by_label("How many tokens more?").fill("3")
    member.get_by_label("What for?").fill("The fair is next week")
    member.get_by_role("button", name="Ask", exact=True).click()
    expect(member.get_by_text(f"You asked for 3{NBSP}tokens")).to_be_visible()

    notify()
    owner.reload()
    owner.get_by_role("link", name="Notifications, 1 unread").click()
    owner.get_by_role("button", name="Unread: open").click()
    expect(owner.get_by_text("The fair is next week")).to_be_visible()
    owner.get_by_role("button", name="Allow until the next allowance").click()
    generate(member, goal.id)
    expect(charged(member, "quests")).to_contain_text(f"Charged 3{NBSP}tokens")

    owner.goto(reverse("give"))
    quota = card(owner, "More quota for a colleague")
    quota.get_by_label("For").select_option(f"user:{bob.user.pk}")
    quota.get_by_label("Tokens").fill("6")
    quota.get_by_role("button", name="Give").click()
    member.goto(reverse("gifts"))
    member.get_by_role("button", name="Accept the gift").click()
    expect(member.get_by_text("Accepted").first).to_be_visible()
    generate(member, goal.id)
    expect(charged(member, "quests")).to_contain_text(f"Charged 3{NBSP}tokens")


def test_reports_are_taken_as_csv_and_pdf_and_a_long_one_is_waited_for(window: Window, alice: Person) -> None:
    make_goal(alice)
    page = window(alice.user)
    page.goto(reverse("reports"))
    assert taken(page, page.get_by_role("button", name="PDF of Goals")).startswith(b"%PDF-")
    assert b"Win 12,000" in taken(page, card(page, "Goals").get_by_role("button", name="CSV"))

    with alice.acting():
        Goal.objects.bulk_create(
            Goal(title=f"Goal {n}", target_amount=n, created_by_id=alice.user.pk) for n in range(1, 1001)
        )
    page.get_by_role("button", name="PDF of Goals").click()
    expect(page.get_by_role("progressbar", name="Lines read")).to_be_visible()
    with alice.acting():
        reports.build_waiting()
    assert taken(page, page.get_by_role("link", name="Download the PDF")).startswith(b"%PDF-")
    page.get_by_role("link", name="All reports").click()
    expect(page.get_by_role("region", name="Long PDFs").first).to_contain_text("Ready")


def test_a_low_balance_is_told_once_and_by_mail_only_to_who_wants_it(window: Window, alice: Person) -> None:
    page = window(alice.user)
    use(alice, 165)
    page.goto(reverse("home"))
    page.get_by_role("link", name="Notifications, 1 unread").click()
    page.get_by_role("button", name="Unread: open").click()
    expect(page.get_by_role("button", name="Buy for $29.00")).to_be_visible()
    use(alice, 1)
    page.goto(reverse("notifications"))
    expect(page.get_by_role("button", name="Open")).to_have_count(1)
    assert len(mails(alice)) == 1

    page.get_by_label("Low balance and quotas, by e-mail").uncheck()
    page.get_by_role("button", name="Save").click()
    use(alice, 30)
    page.reload()
    expect(page.get_by_role("button", name="Open")).to_have_count(2)
    expect(page.get_by_label("Low balance and quotas, by e-mail")).not_to_be_checked()
    assert len(mails(alice)) == 1


def test_settings_name_clock_keys_and_everything_taken_out(window: Window, alice: Person) -> None:
    page = window(alice.user)
    page.goto(reverse("ledger"))
    times = page.locator("tbody time")
    expect(times).to_have_count(2)
    before = times.all_inner_texts()
    page.goto(reverse("settings"))
    page.get_by_label("Your business").fill("Juniper & Sons")
    page.get_by_label("Time zone").select_option("Auckland, Pacific")
    card(page, "Organization").get_by_role("button", name="Save").click()
    expect(page.locator(".topbar-organization")).to_have_text("Juniper & Sons")
    page.goto(reverse("ledger"))
    for time, once in zip(times.all_inner_texts(), before, strict=True):
        assert clock(time) - clock(once) in (timedelta(hours=12), timedelta(hours=13))

    page.goto(reverse("settings"))
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("What is it for?").fill("Till")
    page.get_by_role("button", name="Create the key").click()
    first = page.get_by_label("Till", exact=True).input_value()
    assert status(alice, first) == 200
    page.get_by_label("Rotate or revoke Till").first.click()
    page.get_by_role("button", name="Replace by a new key").click()
    second = page.get_by_label("Till", exact=True).input_value()
    assert [status(alice, first), status(alice, second)] == [200, 200]
    for _ in range(2):
        page.get_by_label("Rotate or revoke Till").first.click()
        page.get_by_role("button", name="Revoke now").locator("visible=true").click()
        expect(page.get_by_text("The key stopped working.")).to_be_visible()
    assert [status(alice, first), status(alice, second)] == [401, 401]

    page.goto(reverse("own_data"))
    everything = json.loads(taken(page, page.get_by_role("button", name="Export everything")))
    assert everything["organization"]["name"] == "Juniper & Sons"


def test_closing_the_organization_and_one_way_out(window: Window, alice: Person) -> None:
    bob = hire(alice)
    page, member = window(alice.user), window(bob.user)
    page.goto(reverse("settings"))
    name = page.get_by_label("Your business").input_value()
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_role("link", name=f"Close {name}").click()
    expect(page.get_by_role("main")).to_contain_text(f"200{NBSP}tokens")
    before = json.loads(taken(page, page.get_by_role("button", name="Export everything")))
    page.get_by_label("The organization's name").fill(name.lower())
    page.get_by_label("Why do you leave?").fill("The bakery is sold.")
    page.get_by_role("button", name="Close for good").click()
    expect(page.get_by_text("This is not the organization's name. Nothing was changed.")).to_be_visible()
    assert status(alice, alice.api_key) == 200
    page.get_by_label("The organization's name").fill(name)
    page.get_by_role("button", name="Close for good").click()
    expect(page.get_by_role("heading", name=f"{name} is closed")).to_be_visible()
    assert status(alice, alice.api_key) == status(bob, bob.api_key) == 401

    after = json.loads(taken(page, page.get_by_role("button", name="Export everything")))
    assert after["goals"] == before["goals"] and len(after["audit_events"]) > len(before["audit_events"])
    [closing] = [event for event in after["audit_events"] if event["kind"] == "organization.closed"]
    assert closing["reason"] == "The bakery is sold."
    member.goto(reverse("goals"))
    expect(member.get_by_role("heading", name=f"{name} is closed")).to_be_visible()
    expect(member.get_by_role("button", name="Export everything")).to_have_count(0)
    member.get_by_role("button", name="Log out").last.click()
    expect(member.get_by_role("link", name="Log in").first).to_be_visible()


def test_from_login_to_a_receipt_with_the_keyboard_alone(window: Window, alice: Person) -> None:
    # The site's own hash, not the quick one of these tests.
    User.objects.filter(pk=alice.user.pk).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt"))
    page = window()
    page.goto(reverse("account_login"))
    tab_to(page, page.get_by_label("E-mail address"))
    page.keyboard.type(alice.user.email)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Juniper Bakery")
    press(page, page.get_by_role("link", name="Set your first goal"))
    tab_to(page, page.get_by_label("What do you want to reach?"))
    page.keyboard.type("Win 12,000 in office catering")
    tab_to(page, page.get_by_label("Target amount"))
    page.keyboard.type("12000")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("radio", name="1 3 tokens"))
    press(page, page.get_by_role("button", name="Generate quest"))
    expect(charged(page, "quests")).to_contain_text(f"Charged 3{NBSP}tokens")
    press(page, page.locator("#generate-quests-result").get_by_role("link").first)
    page.wait_for_url("**/quests/*")
    first = page.get_by_role("checkbox").first
    with page.expect_response("**/steps"):
        press(page, first, "Space")
    expect(first).to_be_checked()
    press(page, page.get_by_role("link", name="Receipt"))
    expect(page.get_by_role("heading", name="Receipt: Quest")).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Go on with Tab until the target has the focus; each stop on the way must show that it has it."""
    expect(target).to_be_visible()
    for _ in range(60):
        if target.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => { const at = document.activeElement, style = getComputedStyle(at);
            const shown = [at, at.closest("label"), at.parentElement].some((each) => each &&
                (getComputedStyle(each).outlineStyle !== "none" || getComputedStyle(each).boxShadow !== "none"));
            return at === document.body || shown ? null : at.outerHTML.slice(0, 200); }"""
        )
        assert hidden is None, "the focus cannot be seen"
    pytest.fail("Tab does not lead there.")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def in_a_hurry(person: Person) -> None:
    """Let the person's organization use the AI without a pause in between."""
    with person.acting():
        kind, key = OverrideKind.LIMIT, "minimum_gap_seconds"
        set_override(kind=kind, key=key, value=0, reason="a story", ends_at=None, by=None)


def card(page: Page, title: str) -> Locator:
    return page.locator(".card").filter(has=page.get_by_role("heading", name=title, exact=True))


def generate(page: Page, goal_id: Any) -> None:
    page.goto(reverse("goal", args=[goal_id]))
    page.get_by_role("button", name="Generate quest").click()


def charged(page: Page, name: str) -> Locator:
    """Return where a page tells what an operation made and cost."""
    return page.locator(f"#generate-{name}-result")


def sheet(name: str, *amounts: str) -> Any:
    """Return a spreadsheet of money that came in, a line a month."""
    today = database_now().date()
    days = [today - timedelta(days=30 * n) for n, _ in enumerate(amounts)]
    text = "".join(f"{day},{amount},Sales\n" for day, amount in zip(days, amounts, strict=True))
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def clock(text: str) -> datetime:
    return datetime.strptime(text, "%d %b %Y, %H:%M")  # noqa: DTZ007


def taken(page: Page, button: Locator) -> bytes:
    """Press what downloads a file; return the file."""
    with page.expect_download() as download:
        button.click()
    return download.value.path().read_bytes()


def use(person: Person, tokens: int) -> None:
    """Spend tokens over the API, and let the watch and the news run."""
    for size in [10] * (tokens // 10) + [tokens % 10] * (tokens % 10 > 0):
        hold = person.post("/tokens/holds", {"amount": size, "purpose": "an AI of its own"}).json()["id"]
        person.post(f"/tokens/holds/{hold}/settle", {"amount": size})
    watch()
    notify()


def mails(person: Person) -> list[Any]:
    return [message for message in mail.outbox if message.to == [person.user.email]]


def status(person: Person, key: str) -> int:
    """Return what the API answers to a key."""
    return int(Person(person.organization_id, person.user, person.role, key).get("/goals").status_code)
