"""Revenue out of a spreadsheet: shown as it is read, imported when that is confirmed, each line once."""

import re
from base64 import b64encode
from typing import Any
from zlib import compress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.conftest import Person
from tests.machinery import at_once

FAIR = b"date,amount,note\n2026-11-03,1500.00,Fair\nsoon,1,\n2026-11-17,-80.00,\n"


def uploaded(person: Person, goal: Any, content: bytes) -> Any:
    """Upload a file; return the page that shows its lines."""
    where = reverse("import_revenue", args=[goal.id])
    return person.browser().post(where, {"file": SimpleUploadedFile("revenue.csv", content)})


def again(person: Person, goal: Any, page: Any, **chosen: str) -> Any:
    """Send the page's form with what was chosen."""
    found = re.search('name="sheet" value="([^"]+)"', page.content.decode())
    assert found is not None
    where = reverse("import_revenue", args=[goal.id])
    return person.browser().post(where, {"sheet": found[1], **chosen}, follow=True)


def imported(person: Person, goal: Any, content: bytes, **chosen: str) -> str:
    """Import a file; return what the page says then."""
    answer = again(person, goal, uploaded(person, goal, content), **chosen, **{"import": "yes"})
    return str(answer.content.decode())


def progress(person: Person, goal: Any) -> str:
    return str(person.get(f"/goals/{goal.id}").json()["current_amount"])


def test_a_file_is_shown_first_and_moves_the_goal_once_however_often_it_is_sent(alice: Person, goal: Any) -> None:
    page = uploaded(alice, goal, FAIR)
    text = page.content.decode()
    assert page.status_code == 200 and "Import 2 of 3" in " ".join(text.split()) and progress(alice, goal) == "0.00"
    assert "Left out: “soon” is not a date" in text
    answers = at_once([lambda: again(alice, goal, page, **{"import": "yes"})] * 4)
    said = [" ".join(answer.content.decode().split()) for answer in answers]  # type: ignore[union-attr]
    assert sum("Imported 2 lines: $1,420, from 3 Nov 2026 to 17 Nov 2026." in each for each in said) == 1
    assert sum("nothing was imported" in each for each in said) == 3
    assert progress(alice, goal) == "1420.00"
    entries = alice.get("/revenue-entries").json()["data"]
    assert sorted((entry["received_on"], entry["amount"], entry["note"]) for entry in entries) == [
        ("2026-11-03", "1500.00", "Fair"), ("2026-11-17", "-80.00", ""),
    ]  # fmt: skip


def test_what_is_chosen_over_the_table_is_shown_and_imported(alice: Person, goal: Any) -> None:
    page = uploaded(alice, goal, b"03/11/2026;$2,300.00;7\n04/11/2026;(200.00);8\n")
    assert "can be read in two ways" in page.content.decode() and "11 Mar 2026" in page.content.decode()
    chosen = {"column-0": "date", "column-1": "note", "column-2": "amount", "days": "day_first"}
    shown = again(alice, goal, page, **chosen)
    assert "3 Nov 2026" in shown.content.decode() and progress(alice, goal) == "0.00"
    again(alice, goal, shown, **chosen, **{"import": "yes"})
    assert progress(alice, goal) == "15.00"


def test_lines_that_are_recorded_already_are_left_out_unless_they_are_wanted(alice: Person, goal: Any) -> None:
    october = b"2026-10-01;10.00;Fair\n2026-10-01;10.00;Fair\n2026-10-02;20.00;\n"
    assert "Imported 3 lines" in imported(alice, goal, october)
    more = october + b"2026-10-01;10.00;Fair\n2026-11-03;5.00;\n"
    assert "Import 2 of 5" in " ".join(uploaded(alice, goal, more).content.decode().split())
    assert "Imported 2 lines: $15" in imported(alice, goal, more) and progress(alice, goal) == "55.00"
    assert "nothing was imported" in imported(alice, goal, october, known="add"), "a line of a file is imported once"
    assert "Imported 3 lines" in imported(alice, goal, october + b"\n", known="add")
    assert progress(alice, goal) == "95.00"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"2026-11-03,1\x00", b"a" * 400_000, b"2026-11-03,soon\n", "2026-11-03,\u0661".encode()],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_no_list_of_revenue_changes_nothing(alice: Person, goal: Any, content: bytes) -> None:
    assert uploaded(alice, goal, content).status_code == 422
    assert progress(alice, goal) == "0.00"


def test_more_than_a_goal_can_hold_is_refused_and_the_file_is_not_lost(alice: Person, goal: Any) -> None:
    text = imported(alice, goal, b"2026-11-03,999999999999\n" * 3)
    assert "must stay below" in text and 'name="sheet"' in text and progress(alice, goal) == "0.00"


BOMB = b64encode(compress(bytes(50 * 1024 * 1024))).decode()


@pytest.mark.parametrize("sheet", ["", "x", "====", "eJw=", "\u00e9", "A" * 210_000, BOMB], ids=lambda sheet: sheet[:6])
def test_a_file_that_no_page_carried_is_asked_for_again(alice: Person, goal: Any, sheet: str) -> None:
    where = reverse("import_revenue", args=[goal.id])
    answer = alice.browser().post(where, {"sheet": sheet, "import": "yes"}, follow=True)
    words = "too large" if sheet == BOMB else "Choose the file again"
    assert words in answer.content.decode() and progress(alice, goal) == "0.00"
