"""Working without a network, as a person does it, and what becomes of it when the network is back."""

import re
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from licensing.actions import payment_failed, payment_succeeded
from quests.models import Goal
from saas.kernel.clock import database_now
from tests.browser.conftest import Window, session_of
from tests.conftest import Person, make_goal
from tests.machinery import until

pytestmark = pytest.mark.slow

ACTIVE = "navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')"
SYNCED = """async () => {
    const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
    for (const { name } of await indexedDB.databases()) {
        const db = await done(indexedDB.open(name));
        const state = await done(db.transaction("meta").objectStore("meta").get("state"));
        db.close();
        if (state?.name === "synced") return true;
    }
}"""


def at_home(window: Window, person: Person) -> Page:
    """Open the goals with a network, until this device could do without."""
    page = window(person.user)
    page.goto(reverse("goals"))
    wait_for(page, ACTIVE)
    wait_for(page, SYNCED)
    return page


def wait_for(page: Page, promised: str) -> None:
    """Wait until a promise comes to something true; a page's own waiting takes the promise itself for true."""
    deadline = monotonic() + 60
    while not page.evaluate(promised):
        assert monotonic() < deadline, f"never: {promised}"
        page.wait_for_timeout(50)


def goal_of(page: Page, title: str) -> Locator:
    """Return a goal on the offline page."""
    return page.locator("#goals > li").filter(has=page.get_by_text(title, exact=True))


def say(page: Page, text: str) -> None:
    """Expect the state to be told in these words."""
    expect(page.locator("[data-state]")).to_contain_text(text)


def test_a_day_without_a_network_comes_home(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    quest = alice.post("/quests", {"goal": str(goal.id)}).json()["quests"][0]
    page = at_home(window, alice)
    page.goto(reverse("offline"))
    say(page, "All synced")

    # No page comes from the server now: the goal's own address shows it from this device.
    page.context.set_offline(True)
    page.goto(reverse("usage"))
    expect(page.get_by_text("Usage needs a connection; your goals do not.")).to_be_visible()
    page.goto(reverse("goal", args=[goal.id]))
    say(page, "Offline")
    expect(page.get_by_text("needs a connection")).to_have_count(0)
    mine = goal_of(page, goal.title)
    mine.get_by_role("checkbox").first.check()
    mine.get_by_text("Edit the goal").click()
    mine.get_by_label("What do you want to reach?").fill("Win the whole street")
    mine.get_by_role("button", name="Save the goal").click()
    mine = goal_of(page, "Win the whole street")
    mine.get_by_text("Record money").click()
    mine.get_by_label("Amount", exact=True).fill("250.50")
    mine.get_by_role("button", name="Save", exact=True).click()
    expect(mine).to_contain_text("$250.50 of $12,000.00")
    new = page.locator("#app > section").last
    new.get_by_label("What do you want to reach?").fill("A second oven")
    new.get_by_label("Target amount").fill("8000")
    new.get_by_role("button", name="Save the goal").click()
    say(page, "Offline. 4 changes on this device")

    page.reload()
    say(page, "4 changes on this device")
    mine = goal_of(page, "Win the whole street")
    expect(mine.get_by_role("checkbox").first).to_be_checked()
    expect(mine).to_contain_text("Not sent yet")
    expect(goal_of(page, "A second oven")).to_be_visible()
    assert alice.get(f"/goals/{goal.id}").json()["version"] == 1

    page.context.set_offline(False)
    say(page, "All synced")
    expect(page.get_by_text("Not sent yet").locator("visible=true")).to_have_count(0)
    found = alice.get(f"/goals/{goal.id}").json()
    assert (found["title"], found["current_amount"]) == ("Win the whole street", "250.50")
    assert alice.get(f"/quests/{quest['id']}").json()["steps"][0]["done"] is True
    assert "A second oven" in [each["title"] for each in alice.get("/goals").json()["data"]]
    page.get_by_role("link", name="Open the full site").click()
    expect(page.get_by_text("A second oven")).to_be_visible()


def test_what_is_there_already_is_corrected_and_removed(window: Window, alice: Person) -> None:
    goal, day = make_goal(alice), "2026-11-02"
    alice.patch(f"/goals/{goal.id}", {"description": "Lunch boxes.\r\nOffices only."})
    wrong, twice = (
        alice.post("/revenue-entries", {"goal": str(goal.id), "amount": amount, "received_on": day}).json()
        for amount in ("100.00", "7.00")
    )
    page = at_home(window, alice)
    page.goto(reverse("offline"))
    expect(page.locator("[data-state]")).to_have_text(re.compile(r"All synced, ([01]\d|2[0-3]):[0-5]\d$"))
    page.context.set_offline(True)
    page.goto(reverse("goal", args=[goal.id]))
    mine = goal_of(page, goal.title)
    mine.get_by_label("Edit $100.00 of 2 Nov 2026", exact=True).click()  # days and times as on the full site
    mine.get_by_role("textbox", name="Amount", exact=True).fill("120.00")
    mine.get_by_role("textbox", name="Note").fill("with the tip")
    mine.get_by_role("button", name="Save", exact=True).click()
    say(page, "Offline. 1 change on this device")
    mine.get_by_label("Edit $7.00 of").click()
    mine.get_by_role("button", name="Remove").click()
    expect(mine).to_contain_text("$120.00 of $12,000.00")
    mine.get_by_text("Edit the goal").click()
    expect(mine.get_by_label("What should the planner know?")).to_have_value("Lunch boxes.\nOffices only.")
    mine.get_by_label("What should the planner know?").fill("Dinner, too.")
    mine.get_by_role("button", name="Save the goal").click()
    say(page, "Offline. 3 changes on this device")

    page.context.set_offline(False)
    say(page, "All synced")
    found = alice.get(f"/goals/{goal.id}").json()
    assert (found["description"], found["title"], found["current_amount"]) == ("Dinner, too.", goal.title, "120.00")
    entry = alice.get(f"/revenue-entries/{wrong['id']}").json()
    assert (entry["amount"], entry["note"], entry["received_on"]) == ("120.00", "with the tip", day)
    assert alice.get(f"/revenue-entries/{twice['id']}").status_code == 404


def test_what_waits_is_sent_from_any_page(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = at_home(window, alice)
    edit_offline(page, goal, "Written on the train")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(reverse("team"))
    until(lambda: alice.get(f"/goals/{goal.id}").json()["title"] == "Written on the train")


def edit_offline(page: Page, goal: Any, title: str) -> None:
    """Give a goal another title without a network."""
    page.context.set_offline(True)
    page.goto(reverse("goal", args=[goal.id]))
    mine = goal_of(page, goal.title)
    mine.get_by_text("Edit the goal").click()
    mine.get_by_label("What do you want to reach?").fill(title)
    mine.get_by_role("button", name="Save the goal").click()
    say(page, "Offline. 1 change on this device")


def test_a_conflict_is_shown_with_both_sides_and_ends_with_a_choice(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = at_home(window, alice)
    edit_offline(page, goal, "Mine")
    alice.patch(f"/goals/{goal.id}", {"title": "Theirs"})
    page.context.set_offline(False)
    conflict = page.locator(".alert").filter(has_text="Conflict: Theirs")
    expect(page.locator("[data-state]")).to_have_text("1 conflict to decide")
    expect(conflict.get_by_role("row").last).to_have_text(re.compile("Title\\s*Mine\\s*Theirs"))
    expect(goal_of(page, "Theirs")).to_be_visible()

    # The site's own page has it, too.
    other = window(alice.user)
    other.goto(reverse("goals"))
    other.get_by_role("link", name="Choose a version").click()
    expect(other.get_by_role("row").last).to_have_text(re.compile("Title\\s*Mine\\s*Theirs"))

    conflict.get_by_role("button", name="Keep mine").click()
    expect(goal_of(page, "Mine")).to_be_visible()
    expect(conflict).to_have_count(0)
    assert alice.get(f"/goals/{goal.id}").json()["title"] == "Mine"
    other.reload()
    expect(other.get_by_role("heading", name="No conflicts")).to_be_visible()


def test_while_the_license_is_offline_people_work_on_and_lose_nothing(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = at_home(window, alice)
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=14))
    page.goto(reverse("offline"))
    page.get_by_role("button", name="Sync now").click()
    say(page, "Sync is off")
    expect(page.get_by_text("is sent when the payment is made")).to_be_visible()
    mine = goal_of(page, goal.title)
    mine.get_by_text("Open", exact=True).click()
    mine.get_by_text("Record money").click()
    mine.get_by_label("Amount", exact=True).fill("99")
    mine.get_by_role("button", name="Save", exact=True).click()
    say(page, "Sync is off. 1 change on this device")
    page.reload()
    expect(goal_of(page, goal.title)).to_contain_text("$99.00 of")
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "0.00"
    with alice.acting():
        payment_succeeded()
    page.get_by_role("button", name="Sync now").click()
    say(page, "All synced")
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "99.00"


def test_what_the_server_refuses_stays_here_and_says_why(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    alice.post("/revenue-entries", {"goal": str(goal.id), "amount": "999999999999.00", "received_on": "2026-11-01"})
    page = at_home(window, alice)
    page.goto(reverse("offline"))
    say(page, "All synced")
    mine = goal_of(page, goal.title)
    mine.get_by_text("Open", exact=True).click()
    mine.get_by_text("Record money").click()
    mine.get_by_label("Amount", exact=True).fill("500")
    mine.get_by_role("button", name="Save", exact=True).click()
    refusal = page.locator(".alert").filter(has_text="Not accepted")
    expect(refusal).to_contain_text("it must stay below")
    say(page, "Not all sent. 1 change on this device")
    refusal.get_by_role("button", name="Discard the change").click()
    expect(refusal).to_have_count(0)


def test_what_is_typed_stays_when_everything_is_shown_anew(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = at_home(window, alice)
    page.goto(reverse("offline"))
    say(page, "All synced")
    mine = goal_of(page, goal.title)
    mine.get_by_text("Open", exact=True).click()
    mine.get_by_text("Record money").click()
    mine.get_by_label("Amount", exact=True).fill("500")
    alice.patch(f"/goals/{goal.id}", {"title": "Another title"})
    page.get_by_role("button", name="Sync now").click()
    expect(goal_of(page, "Another title").get_by_label("Amount", exact=True)).to_have_value("500")


def test_what_is_typed_brings_nothing_old_back(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = at_home(window, alice)
    page.goto(reverse("offline"))
    say(page, "All synced")
    mine = goal_of(page, goal.title)
    mine.get_by_text("Open", exact=True).click()
    mine.get_by_text("Edit the goal").click()
    mine.get_by_label("What should the planner know?").fill("Offices only.")
    alice.patch(f"/goals/{goal.id}", {"title": "Another title"})
    page.get_by_role("button", name="Sync now").click()
    mine = goal_of(page, "Another title")
    mine.get_by_role("button", name="Save the goal").click()
    until(lambda: alice.get(f"/goals/{goal.id}").json()["description"] == "Offices only.")
    assert alice.get(f"/goals/{goal.id}").json()["title"] == "Another title"


def test_logging_out_leaves_nothing_and_asks_before_losing_anything(window: Window, alice: Person) -> None:
    goal = make_goal(alice)
    page = at_home(window, alice)
    page.reload()
    asked: list[str] = []
    answers: list[Callable[[Any], None]] = [lambda dialog: dialog.dismiss(), lambda dialog: dialog.accept()]

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        answers.pop(0)(dialog)

    page.on("dialog", answer)
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=14))
    page.goto(reverse("offline"))
    mine = goal_of(page, goal.title)
    mine.get_by_text("Open", exact=True).click()
    mine.get_by_text("Record money").click()
    mine.get_by_label("Amount", exact=True).fill("1")
    mine.get_by_role("button", name="Save", exact=True).click()
    say(page, "Sync is off. 1 change on this device")
    page.goto(reverse("goals"))
    page.get_by_role("button", name="Account: ").click()
    for number in (1, 2):
        page.get_by_role("button", name="Log out").click()
        until_asked(page, asked, number)
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
    assert len(asked) == 2 and "could not be sent: 1" in asked[0]
    wait_for(page, "indexedDB.databases().then((found) => found.length === 0)")
    assert page.evaluate("localStorage.getItem('milepost')") is None


def until_asked(page: Page, asked: list[str], number: int) -> None:
    """Wait for so many questions; Playwright tells of them only while it is asked itself."""
    deadline = monotonic() + 60
    while len(asked) < number:
        assert monotonic() < deadline, "nobody asked"
        page.wait_for_timeout(20)


def test_another_person_finds_nothing_of_the_first(window: Window, alice: Person, mallory: Person) -> None:
    goal, own = make_goal(alice, "Alice's secret plan"), make_goal(mallory)
    page = at_home(window, alice)
    edit_offline(page, goal, "Alice's other plan")
    page.context.set_offline(False)
    page.context.clear_cookies()
    cookie = {"name": "sessionid", "value": session_of(mallory.user), "url": page.url.split("/goals")[0]}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(reverse("goals"))
    only_hers = f"indexedDB.databases().then((all) => all.every(({{name}}) => name.includes('{mallory.user.pk}')))"
    wait_for(page, only_hers)
    page.goto(reverse("offline"))
    expect(goal_of(page, own.title)).to_be_visible()
    say(page, "All synced")
    expect(page.get_by_text("Alice's")).to_have_count(0)
    with mallory.acting():
        assert Goal.objects.count() == 1
    page.context.set_offline(True)
    page.goto(reverse("goal", args=[goal.id]))
    expect(goal_of(page, own.title)).to_be_visible()
    expect(page.get_by_text("Alice's")).to_have_count(0)


def test_only_files_and_the_offline_page_are_cached(window: Window, alice: Person) -> None:
    make_goal(alice, "Alice's secret plan")
    page = at_home(window, alice)
    page.goto(reverse("goals"))
    kept: list[list[str]] = page.evaluate(
        """async () => {
            const [name] = await caches.keys();
            const cache = await caches.open(name);
            return Promise.all((await cache.keys()).map(async (request) =>
                [new URL(request.url).pathname, await (await cache.match(request)).text()]));
        }"""
    )
    assert {path for path, _ in kept if not path.startswith("/static/")} == {"/offline"}
    assert not [path for path, text in kept if "secret plan" in text or alice.user.email in text]
