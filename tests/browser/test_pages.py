"""Every page in the browser: no error, no breach of its policy, light, open to all, on every screen, without script."""

import gzip
import re
from collections.abc import Iterator
from typing import Any, Literal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.converters import IntConverter
from playwright.sync_api import Page, Response, expect

from saas.urls import pages, urlpatterns
from tests.browser.accessibility import barriers
from tests.browser.conftest import Window
from tests.browser.page_list import NAMES, Place
from tests.browser.page_list import places as made_places
from tests.conftest import Person, log_in

DOCUMENT, ALL = 8_000, 40_000
"""Bytes of a page, compressed: its HTML alone, and with its styles and scripts."""
PICTURE = 4_000
"""The page with the secret of an authenticator app has its QR code within its HTML: no cache may keep it as a file."""

WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Place]]:
    """Every page, as organizations see it that have something to show."""
    with django_db_blocker.unblock():
        yield made_places()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_sound_and_open_to_all(window: Window, places: dict[str, Place], name: str) -> None:
    place = places[name]
    if only_posted_to(place):
        return
    page = window(place.user)
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    answer = page.goto(place.path)
    assert answer is not None
    assert answer.status == (404 if "missing" in name else 200)
    assert page.title().endswith((" · Milepost", " | Milepost staff"))
    expect(page.locator("h1")).to_have_count(1)
    for width in WIDTHS:
        assert overflow(page, width) == []
    code = [each for each in loaded if each.ok and each.request.resource_type in ("document", "stylesheet", "script")]
    most = DOCUMENT + PICTURE if name == "mfa_activate_totp" else DOCUMENT
    assert weight(answer) < most or name.startswith("staff")  # the stock admin alone is more
    assert sum(weight(each) for each in code) < ALL
    assert "?" in place.path or "missing" in name or answer.headers["content-encoding"] == "gzip"
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for width, scheme in zip(WIDTHS, schemes, strict=True):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert barriers(page) == []


def weight(answer: Response) -> int:
    return len(gzip.compress(answer.body()))


def only_posted_to(place: Place) -> bool:
    client = Client()
    if place.user is not None:
        log_in(client, place.user)
    return client.get(place.path).status_code == 405


def overflow(page: Page, width: int) -> list[str]:
    """Return what sticks out of a window of this width."""
    page.set_viewport_size({"width": width, "height": 900})
    return list(
        page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.body.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > innerWidth)
            .map((each) => each.outerHTML.slice(0, 120))"""
        )
    )


@pytest.mark.slow
def test_every_page_works_without_script(window: Window, places: dict[str, Place]) -> None:
    for user in {place.user for place in places.values()}:
        page = window(user, java_script_enabled=False)
        for name, place in places.items():
            if place.user == user and not only_posted_to(place):
                answer = page.goto(place.path)
                assert answer is not None
                assert answer.status == (404 if "missing" in name else 200), name
                expect(page.locator("h1").first).to_be_visible()


NO_PAGES = {
    "operation_status", "report", "report_content", "calendar_feed", "invoice_pdf",
    "service_worker", "manifest", "stripe_webhook", "schema", "docs",
}  # fmt: skip
"""Addresses that answer a part of a page, a file or a machine; the documentation has a test of its own."""


def test_no_page_is_forgotten(alice: Person) -> None:
    looked_at = {name.split()[-1] for name in NAMES} | NO_PAGES
    named = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern) and pattern.name]
    for pattern in [*pages, *named]:
        if pattern.name not in looked_at:
            kinds = pattern.pattern.converters.values()
            path = reverse(str(pattern.name), args=[0 if isinstance(kind, IntConverter) else uuid4() for kind in kinds])
            assert alice.browser().get(path).status_code == 405, f"{pattern.name} is a page: look at it here, too"


@pytest.mark.slow
def test_the_documentation_of_the_api_is_drawn_under_our_policy(window: Window, alice: Person) -> None:
    for user in (None, alice.user):
        page = window(user)
        page.goto(reverse("docs"))
        generate = page.locator(".opblock-post").filter(has_text="/quests").first
        generate.locator(".opblock-summary-control").click()
        generate.get_by_role("button", name="Try it out").click()
        expect(generate.get_by_role("button", name="Execute")).to_be_visible()
        assert overflow(page, 390) == []


@pytest.mark.slow
def test_the_admin_keeps_the_policy(window: Window, oscar: Any) -> None:
    page = window(oscar)
    page.goto(reverse("admin:index"))
    links = page.locator("#content-main :is(th a, .addlink)").evaluate_all("links => links.map((link) => link.href)")
    assert len(links) > 3
    for link in links:
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, link
    page.goto(reverse("home"))
    expect(page).to_have_url(re.compile("/admin/$"))
