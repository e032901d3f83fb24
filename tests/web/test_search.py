"""Search: pages, and goals, quests, lead lists and forecasts of one's own organization."""

import re

from django.urls import reverse

from quests.models import Quest
from saas.shell.queries import CONTENT, FOUND_MAX, MANAGERS_PAGES, PAGES, search
from tests.conftest import Person, make_goal


def titles(person: Person, words: str, **query: str) -> list[str]:
    """Return the titles of what the page finds."""
    page = person.browser().get(reverse("search"), {"q": words, **query})
    assert page.status_code == 200
    found = page.content.decode().partition('<ul class="rows hits"')[2].partition("</ul>")[0]
    return re.findall(r"<bdi>([^<]*)</bdi>", found)


def test_titles_are_found_by_a_part_of_them_and_only_one_s_own(alice: Person, mallory: Person) -> None:
    goal = make_goal(alice, title="Buy a 100% <electric> van")
    make_goal(mallory, title="Buy a van of hers")
    with alice.acting():
        made = {"transaction_id": goal.id, "provider": "builtin", "created_by": alice.user, "summary": "", "steps": []}
        Quest.objects.create(goal=goal, title="Van: ask the bank", **made)
    assert titles(alice, "VAN") == ["Buy a 100% &lt;electric&gt; van", "Van: ask the bank"]
    assert titles(alice, "VAN", part="hits") == titles(alice, "VAN")
    assert titles(alice, "0% <e") == ["Buy a 100% &lt;electric&gt; van"]
    assert titles(alice, "%") == ["Buy a 100% &lt;electric&gt; van"]
    assert titles(alice, "_") == titles(alice, "nothing like it") == []


def test_a_search_is_bounded(alice: Person) -> None:
    for number in range(FOUND_MAX + 2):
        make_goal(alice, title=f"Quaint {number}")
    found = titles(alice, "quaint")
    assert found == [f"Quaint {number}" for number in reversed(range(2, FOUND_MAX + 2))]
    browser = alice.browser()
    for words in ("x" * 101, "a\0b"):
        for part in ("", "hits"):
            assert browser.get(reverse("search"), {"q": words, "part": part}).status_code == 422


def test_pages_are_found_that_one_may_open(alice: Person, bob: Person) -> None:
    assert "Audit log" in titles(alice, "audit") and titles(bob, "audit") == []
    browser = alice.browser()
    for name, _ in PAGES + MANAGERS_PAGES:
        assert browser.get(reverse(name)).status_code == 200, name


def test_without_words_the_palette_offers_pages(alice: Person) -> None:
    palette = alice.browser().get(reverse("search"), {"part": "palette"}).content.decode()
    assert '<dialog class="dialog" id="palette"' in palette and f'href="{reverse("goals")}"' in palette
    assert {hit.kind for hit in search("", caller=alice.caller)} == {"Page"}
    assert len(CONTENT) == 4
