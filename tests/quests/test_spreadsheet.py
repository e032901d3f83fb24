"""Revenue out of a spreadsheet: all of its lines, or none, and once."""

import html
import re
from contextlib import suppress
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from quests import spreadsheet
from saas.kernel.errors import Invalid
from tests.conftest import Person
from tests.machinery import at_once


def send(person: Person, goal: Any, content: bytes, **choices: str) -> Any:
    where = reverse("import_revenue", args=[goal.id])
    form = {"file": SimpleUploadedFile("revenue.csv", content), **choices}
    return person.browser().post(where, form, follow=True)


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
    page = send(alice, goal, b"2026-11-03,1500.00\nsoon,10.00\n2026-11-04,1_000\n,\n2026-02-30,\n31/31/2026,-5\n")
    assert page.status_code == 422
    assert words(page.content.decode()) >= {
        "Line 2: “soon” is not a date like 2026-11-30 or 30/11/2026.",
        "Line 3: “1_000” is not an amount like 1500.00, $1,500.00 or 1.500,00 €.",
        "Line 5: there is no day “2026-02-30”, read as year/month/day; the amount is missing.",
        "Line 6: there is no day “31/31/2026”, read as day/month/year.",
    }
    assert "4 of 5 lines cannot be read" in page.content.decode()
    assert progress(alice, goal) == "0.00"


def words(page: str) -> set[str]:
    """Return what the items of a page's lists say."""
    return {html.unescape(item) for item in re.findall("<li>([^<]*)</li>", page)}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1500.00", "1500.00"),
        ("$2,300.00", "2300.00"),
        ("(200.00)", "-200.00"),
        ("($2,300)", "-2300.00"),
        ("1.234,50 €", "1234.50"),
        ("€ -1.234.567,5", "-1234567.50"),
        ("-$80", "-80.00"),
        ("\u221280,10", "-80.10"),
        ("80.00-", "-80.00"),
        ("EUR 1\u00a0234,50", "1234.50"),
        ("1'234.50 CHF", "1234.50"),
        ("1,234", "1234.00"),
        ("1.234", "1234.00"),
        ("12,5", "12.50"),
        ("0.05", "0.05"),
    ],
)
def test_amounts_are_read_as_people_write_them(written: str, expected: str) -> None:
    for content in (f"2026-11-30;{written};Fair", f'2026-11-30,"{written}",Fair', f"2026-11-30\t{written}\tFair"):
        [line] = spreadsheet.read(content.encode()).lines
        assert (f"{line.amount:.2f}", line.note) == (expected, "Fair")


@pytest.mark.parametrize(
    "written",
    [
        *(
            "--5",
            "(-5)",
            "-5-",
            "1,23,456",
            "1.234.5",
            "0,125",
            "1,2345",
            "12.345,678",
            "$",
            "€5$",
            "1e3",
            "5%",
            "1 23",
        ),
        *("1 23", "", "1_000", "\u0661", "\uff15", "5" * 16, "1" * 13, "(5", "$2\u0000", "=5", "9" * 500),
    ],
)
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        spreadsheet.read(f"2026-11-30;{written};Fair".encode())


@pytest.mark.parametrize("written", ["$2,300.00", "12,50", "1.234,50 €", "(2,300.00)", "12,50 €", "1,500"])
def test_an_amount_that_commas_cut_in_two_is_refused(written: str) -> None:
    with pytest.raises(spreadsheet.UnreadableLines) as refused:
        spreadsheet.read(f"2026-11-30,{written},Fair\n2026-11-29,7.00,Fair".encode())
    assert "in quotes" in refused.value.details["problems"][0]


def test_one_way_of_writing_in_one_file() -> None:
    for content in ("2026-11-29;1.234\n2026-11-30;12.50", "2026-11-29;1.50 €\n2026-11-30;$2.00"):
        with pytest.raises(spreadsheet.UnreadableLines) as refused:
            spreadsheet.read(content.encode())
        assert refused.value.details["problems"][0].startswith("Line 2: ")
    assert spreadsheet.read(b"2026-11-29;$1.50\n2026-11-30;2.00").currency == "$"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (("15/10/2026", "03/11/2026"), ["2026-10-15", "2026-11-03"]),
        (("10/15/2026", "03/11/2026"), ["2026-10-15", "2026-03-11"]),
        (("15.10.2026", "3.11.2026"), ["2026-10-15", "2026-11-03"]),
        (("2026/10/05", "05-05-2026"), ["2026-10-05", "2026-05-05"]),
    ],
)
def test_one_clear_day_says_how_all_days_of_the_file_are_written(days: tuple[str, str], expected: list[str]) -> None:
    for order in (days, days[::-1]):
        lines = spreadsheet.read("\n".join(f"{day};1.00" for day in order).encode()).lines
        assert sorted(str(line.received_on) for line in lines) == sorted(expected)


def test_unclear_days_are_asked_for_and_never_guessed(alice: Person, goal: Any) -> None:
    content = b"03/11/2026;$2,300.00;Fair\n04/11/2026;(200.00);Returned\n"
    asked = send(alice, goal, content)
    assert asked.status_code == 422 and progress(alice, goal) == "0.00"
    assert "03/11/2026 in line 1 can be read in two ways" in asked.content.decode()
    assert send(alice, goal, b"15/10/2026;1\n10/15/2026;1\n").status_code == 422
    done = send(alice, goal, content, days="month_first")
    assert done.status_code == 200 and progress(alice, goal) == "2100.00"
    assert "Imported 2 lines: $2,100, from 11 Mar 2026 to 11 Apr 2026." in done.content.decode()


def test_lines_that_are_recorded_already_are_asked_about_and_neither_lost_nor_doubled(alice: Person, goal: Any) -> None:
    october = b"2026-10-01;10.00;Fair\n2026-10-01;10.00;Fair\n2026-10-02;20.00;\n"
    assert send(alice, goal, october).status_code == 200
    more = october + b"2026-10-01;10.00;Fair\n2026-11-03;5.00;\n"
    asked = send(alice, goal, more)
    assert asked.status_code == 422 and "3 of 5 lines are recorded already" in asked.content.decode()
    assert progress(alice, goal) == "40.00"
    done = send(alice, goal, more, known="skip")
    assert "Imported 2 lines: $15" in done.content.decode() and "3 lines left out" in done.content.decode()
    assert progress(alice, goal) == "55.00"
    assert send(alice, goal, more, known="skip").status_code == 422, "a file is imported once"
    assert send(alice, goal, october + b"\n", known="add").status_code == 200
    assert progress(alice, goal) == "95.00"
    nothing_new = send(alice, goal, october + b"\n\n", known="skip")
    assert "nothing was imported" in nothing_new.content.decode() and progress(alice, goal) == "95.00"


@given(st.text(max_size=200) | st.text("0123456789.,;-/ €$()\n\"'", max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_whole_or_refused(text: str) -> None:
    with suppress(Invalid):
        sheet = spreadsheet.read(text.encode("utf-8", "replace"))
        assert 0 < len(sheet.lines) <= len(text.splitlines())


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
