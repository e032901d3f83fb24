"""Revenue out of a spreadsheet: all of its lines, or none, and once."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from quests import spreadsheet
from saas.kernel.errors import Invalid
from tests.conftest import Person
from tests.machinery import at_once


def send(person: Person, goal: Any, content: bytes) -> Any:
    where = reverse("import_revenue", args=[goal.id])
    return person.browser().post(where, {"file": SimpleUploadedFile("revenue.csv", content)}, follow=True)


def progress(person: Person, goal: Any) -> str:
    return str(person.get(f"/goals/{goal.id}").json()["current_amount"])


def test_a_file_moves_the_goal_once_however_often_it_is_sent(alice: Person, goal: Any) -> None:
    content = b"date,amount,note\n2026-11-03,1500.00,Fair\n2026-11-17,-80.00,\n"
    answers = at_once([lambda: send(alice, goal, content)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]  # type: ignore[union-attr]
    assert progress(alice, goal) == "1420.00"
    entries = alice.get("/revenue-entries").json()["data"]
    assert sorted((entry["received_on"], entry["amount"], entry["note"]) for entry in entries) == [
        ("2026-11-03", "1500.00", "Fair"), ("2026-11-17", "-80.00", ""),
    ]  # fmt: skip


def test_one_wrong_line_imports_nothing_and_is_named(alice: Person, goal: Any) -> None:
    page = send(alice, goal, b"2026-11-03,1500.00\n03.11.2026,10.00\n2026-11-04,1_000\n")
    assert page.status_code == 422
    assert "Line 2: received on" in page.content.decode()
    assert "Line 3: amount" in page.content.decode()
    assert progress(alice, goal) == "0.00"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"date,amount\n",
        b"\xff\xfe1\x00",
        b"2026-11-03,1\x00",
        b"x" * (spreadsheet.BYTES_MAX + 1),
        b"2026-11-03,1\n" * (spreadsheet.LINES_MAX + 1),
        b"2026-11-03,999999999999\n" * 3,
        b'"2026-11-03,1\n' + b"a" * 200_000,
        "2026-11-03,\u0661".encode(),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_list_of_revenue_changes_nothing(alice: Person, goal: Any, content: bytes) -> None:
    assert send(alice, goal, content).status_code == 422
    assert progress(alice, goal) == "0.00"


def test_semicolons_tabs_a_byte_order_mark_and_commas_in_notes_are_fine() -> None:
    for content in (
        "\ufeff2026-11-03;1.50;Fair, and rain",
        '2026-11-03,1.50,"Fair, and rain"',
        "2026-11-03\t1.50\tFair, and rain",
    ):
        [line] = spreadsheet.read(content.encode()).lines
        assert (str(line.amount), line.note) == ("1.50", "Fair, and rain")


def test_a_formula_is_text() -> None:
    with pytest.raises(Invalid):
        spreadsheet.read(b"2026-11-03,=1+1,")
