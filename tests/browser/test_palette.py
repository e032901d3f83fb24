"""Search from anywhere, and single keys: only outside of fields, and only while they are switched on."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.accessibility import barriers
from tests.browser.conftest import Window
from tests.conftest import Person, make_goal

pytestmark = pytest.mark.slow


def test_a_goal_is_found_and_opened_by_keys(window: Window, alice: Person) -> None:
    goal = make_goal(alice, "A second oven for Saturdays")
    page = window(alice.user)
    page.goto(reverse("usage"))
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search")
    expect(palette).to_be_visible()
    page.keyboard.type("saturd")
    expect(palette.get_by_role("link", name="A second oven for Saturdays")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('goal', args=[goal.id])}")

    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(re.compile(r"/quests$"))
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    assert barriers(page) == []
    keys.get_by_label("Use keys without Ctrl on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("Control+k")
    expect(palette).to_be_visible()
    assert page.url.endswith("/quests"), "the key n is off"
