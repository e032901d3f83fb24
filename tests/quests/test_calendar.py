"""A person's steps as a calendar: text that other programs read, and an address that is a secret."""

import re
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from quests.calendar.ics import AllDay, calendar, escaped, folded
from saas.accounts.models import Membership
from tests.conftest import Person
from tests.quests.plans import plan


@pytest.mark.fast
@pytest.mark.parametrize("line", ["SUMMARY:" + "é" * 200, "SUMMARY:" + "x" * 67, "SUMMARY:" + "🥐" * 40, "A:"])
def test_a_long_line_is_folded_within_75_bytes_and_unfolds_to_itself(line: str) -> None:
    pieces = folded(line).split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert "".join([pieces[0], *(piece.removeprefix(" ") for piece in pieces[1:])]) == line


@pytest.mark.fast
def test_a_text_cannot_end_its_line() -> None:
    assert escaped("a\\b; c, d\r\nEND:VEVENT\x07\n") == "a\\\\b\\; c\\, d\\nEND:VEVENT\\n"


@pytest.mark.fast
def test_a_calendar_reads() -> None:
    event = AllDay("step-0.q@milepost", date(2026, 12, 31), "Phone, then write", "For a van", "https://example.com/q")
    text = calendar("Juniper: steps", [event], made_at=datetime(2026, 11, 30, 9, tzinfo=UTC))
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:") and text.endswith("END:VCALENDAR\r\n")
    for line in (
        "UID:step-0.q@milepost",
        "DTSTAMP:20261130T090000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "SUMMARY:Phone\\, then write",
    ):
        assert f"\r\n{line}\r\n" in text


def make(person: Person) -> str:
    """Make the person's feed in the page; return its path."""
    page = person.browser().post(reverse("make_calendar")).content.decode()
    [address] = re.findall(r'value="(http[^"]+\.ics)"', page)
    return str(urlsplit(address).path)


def test_the_address_shows_ones_own_open_steps_until_it_is_replaced_or_removed(
    alice: Person, bob: Person, mallory: Person, goal: Any
) -> None:
    quest = plan(alice, goal, 1, 2, 3, done=(3,))
    alice.patch(f"/quests/{quest.pk}", {"step": 1, "assignee": str(bob.user.pk)})
    hers, his = make(alice), make(bob)
    read = Client().get(hers)
    assert (read.status_code, read.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    text = read.content.decode()
    assert f"UID:step-0.{quest.pk}@milepost" in text and text.count("BEGIN:VEVENT") == 1
    assert f"UID:step-1.{quest.pk}@milepost" in Client().get(his).content.decode()
    assert Client().get(hers.replace(str(alice.organization_id), str(mallory.organization_id))).status_code == 404
    again = make(alice)
    assert (Client().get(hers).status_code, Client().get(again).status_code) == (404, 200)
    alice.browser().post(reverse("remove_calendar"))
    assert Client().get(again).status_code == 404
    with alice.acting():
        Membership.objects.filter(user=bob.user).delete()
    assert Client().get(his).status_code == 404
