"""Small things that pages say: browsers by name, addresses as links, an example that adds up."""

import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client

from saas.web.browsers import browser_name
from saas.web.templatetags.components import linked

pytestmark = pytest.mark.fast

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/150.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/150.0.0.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on macOS"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {WEBKIT} Version/19 Safari/604.1",
            "Safari on iPhone",
        ),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {WEBKIT} Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.9.1", "curl"),
        ("", "Unknown browser"),
        ("Mozilla/5.0", "Unknown browser"),
    ],
)
def test_a_browser_is_told_by_its_name_and_its_system(user_agent: str, expected: str) -> None:
    assert browser_name(user_agent) == expected


def test_addresses_of_ours_are_links_and_nothing_else_is() -> None:
    said = linked("Receipt: https://pay.example/r?a=1&b=2\n<b>evil.example</b> javascript:alert(1)")
    assert '<a href="https://pay.example/r?a=1&amp;b=2">pay.example/r?a=1&amp;b=2</a>' in said
    long = f"https://pay.example/{'a' * 60}"
    assert f'<a href="{long}">pay.example/{"a" * 27}\N{HORIZONTAL ELLIPSIS}</a>' in linked(long)
    assert said.count("<a ") == 1 and "&lt;b&gt;evil.example" in said


def test_the_example_on_the_landing_page_adds_up() -> None:
    page = Client().get("/").content.decode()
    have, want = (Decimal(figure.replace(",", "")) for figure in re.search(_PROGRESS, page).groups())  # type: ignore[union-attr]
    steps = re.findall(r"<small>\s*\$([0-9,.]+)\s*<span>by", page)
    assert sum(Decimal(step.replace(",", "")) for step in steps) == want - have
    assert f"<b>{100 * have / want:f} %</b>" in page and f'value="{100 * have / want:f}"' in page


_PROGRESS = r"\$([0-9,.]+) of \$([0-9,.]+)</span>"


RETIRED = re.compile(
    r"at once|[Gg]iven back|\bgo on\b|\bGo on\b|goes on|(?:are|is) told|What you are told|Take it up again|>It may<"
    r"|Below zero|Turn it into quests|Have a plan with AI|Keep what was sent"
)
"""What pages and mails said once that nobody says elsewhere."""

STAFFS = ("admin", "fake_stripe")
COMMENT = re.compile(r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}", re.DOTALL)


def test_pages_and_mails_say_what_people_say_elsewhere() -> None:
    folder = settings.BASE_DIR / "templates"
    pages = [page for page in folder.rglob("*.*") if page.relative_to(folder).parts[0] not in STAFFS]
    found = {page.name: RETIRED.search(COMMENT.sub("", page.read_text())) for page in pages}
    assert {name: words[0] for name, words in found.items() if words} == {}
    assert len(pages) > 150
