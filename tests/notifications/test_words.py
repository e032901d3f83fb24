"""Each kind that people are notified of is put in words with what its action really records."""

import re
from typing import Any

import psycopg
import pytest
from django.conf import settings

from audit.events import KINDS
from saas.notifications.rendering import render
from saas.notifications.rules import RULES
from tests.architecture.audited import World, head
from tests.conftest import open_business
from tests.fake_stripe.worded import WORDED as MONEY
from tests.notifications.recorded import events_after, read, require_declared
from tests.notifications.worded import ELSEWHERE, WORDED

pytestmark = pytest.mark.own_database


NAMES = {
    "organization",
    "user",
    "stage",
    "from",
    "to",
    "note",
    "gift_to",
    "goal_title",
    "goal_reached",
    "step_lines",
    *("behind", "goal_lines"),
    *("month", "received", "goals", "spent", "link"),
    "trial",
    "trial_ends_at",
    "monthly_tokens",
    "monthly_price",
}


def test_every_kind_is_read_with_what_is_really_recorded_and_has_its_file() -> None:
    assert RULES.keys() == {*WORDED, *MONEY, *ELSEWHERE}
    files = {path.stem for path in (settings.BASE_DIR / "templates" / "notifications").glob("*.txt")}
    assert files == RULES.keys()


@pytest.mark.parametrize("kind", RULES)
def test_the_words_need_only_what_the_kind_declares_or_its_ids_read_like(kind: str) -> None:
    source = (settings.BASE_DIR / "templates" / "notifications" / f"{kind}.txt").read_text()
    needed = set(re.findall(r"(?:{{ |{% if |{% for stage in |money:)(\w+)", source))
    assert needed and needed <= KINDS[kind].names() | NAMES


@pytest.mark.parametrize("kind", WORDED)
def test_it_reads(kind: str, oscar: Any, superuser: psycopg.Connection) -> None:
    world = World(open_business("enterprise"), oscar, superuser)
    with world.alice.acting():
        call = WORDED[kind](world)
        before = head(superuser, world.watched)
        call()
    recorded = events_after(before, world.watched)
    require_declared(recorded)
    assert [read(event) for event in recorded if event.kind == kind]


def test_whole_numbers_are_written_as_on_the_pages() -> None:
    gift = {"from": "Milepost", "to": "Juniper Bakery", "tokens": 2000}
    text = render(kind="gift.accepted", data=gift, organization="Juniper", timezone="UTC", user="maria")
    assert "2,000 tokens" in text.title
