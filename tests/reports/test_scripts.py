"""PDFs have every script: no box for a character, letters joined, each direction in its order."""

import io
from typing import Any

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saas.reports import scripts
from tests.conftest import Person, make_goal

pytestmark = pytest.mark.fast

TITLES = {
    "Arabic": "\u0645\u062e\u0628\u0632 \u0627\u0644\u064a\u0627\u0633\u0645\u064a\u0646",
    "Hebrew": "\u05de\u05d0\u05e4\u05d9\u05d9\u05ea \u05e2\u05e8\u05e2\u05e8",
    "Devanagari": "\u0930\u094b\u091f\u0940 \u0915\u0940 \u0926\u0941\u0915\u093e\u0928",
    "Thai": "\u0e23\u0e49\u0e32\u0e19\u0e40\u0e1a\u0e40\u0e01\u0e2d\u0e23\u0e35\u0e48",
    "Georgian": "\u10d7\u10dd\u10dc\u10d4",
    "EastAsian": "\u65b0\u30aa\u30fc\u30d6\u30f3 \uc624\ube10 \u8d2d\u4e70",
    "Emoji": "\U0001f950\U0001f35e \u2615",
    "Symbols2": "\u2605",
}
"""A title of a goal, by the font that its letters are set in."""


@pytest.fixture(autouse=True)
def fonts() -> None:
    scripts.register_fonts()


@pytest.mark.parametrize("font", TITLES)
def test_every_letter_is_set_in_a_font_that_has_it(font: str) -> None:
    letters = [run for run in scripts.runs(TITLES[font]) if run.text.strip()]
    assert {run.font for run in letters} == {font}
    assert sorted("".join(run.text for run in letters)) == sorted(TITLES[font].replace(" ", ""))


def test_arabic_letters_are_joined() -> None:
    [run] = scripts.runs("\u0628\u0628\u0628")
    glyphs, wide = scripts.shaped(run, 10)
    assert len(set(glyphs)) >= 3, "first, middle and last have shapes of their own"
    assert wide < 3 * scripts.width("\u0628", 10)


ALEF, BET = "\u05d0\u05d1", "\u05d2\u05d3"


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        (f"abc {ALEF} {BET} def", ["abc ", BET, " ", ALEF, " def"]),
        (f"abc {ALEF} 45 {BET}", ["abc ", BET, " ", "45", " ", ALEF]),
        (f"{ALEF} abc 12 {BET}", [BET, " ", "abc 12", " ", ALEF]),
        (f"12 {ALEF}", [ALEF, " ", "12"][::1]),
        ("abc (12)", ["abc (12)"]),
    ],
)
def test_both_directions_stand_in_their_order(text: str, stands: list[str]) -> None:
    assert [run.text for run in scripts.runs(text)] == stands


def test_brackets_open_toward_what_they_hold() -> None:
    drawn = [scripts.shaped(run, 10)[0] for run in scripts.runs(f"{ALEF} ({BET})")]
    assert str(drawn[0]).strip() == "(" and str(drawn[2]).strip() == ")"


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("Runes \u16a0!", "Runes [runic letter fehu feoh fe f]!"),
        ("1\ufe0f\u20e3 \u2713\ufe0f ok", "1 \u2713 ok"),
        ("\u1112\u1161\u11ab", "\ud55c"),
    ],
    ids=["a letter that no font has", "a key around a digit", "letters in parts"],
)
def test_no_character_is_an_empty_box(text: str, reads: str) -> None:
    assert "".join(run.text for run in scripts.runs(text)) == reads


def test_a_flag_and_people_joined_by_joiners_are_one_picture() -> None:
    for emoji in ("\U0001f1ee\U0001f1f9", "\U0001f469\u200d\U0001f373", "\U0001f44d\U0001f3fd"):
        assert scripts.width(emoji, 10) == scripts.width("\U0001f950", 10)


@given(st.text(max_size=60), st.sampled_from([20.0, 60.0, 200.0]))
@settings(max_examples=100, deadline=None)
def test_any_text_is_broken_into_lines_and_none_of_it_is_lost(text: str, room: float) -> None:
    scripts.register_fonts()
    lines = scripts.wrapped(text, room, 9)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(len(line) <= 1 or scripts.width(line, 9) <= room for line in lines)


def test_the_goals_report_holds_the_letters_of_each_title(alice: Person) -> None:
    for title in TITLES.values():
        make_goal(alice, title=title)
    pdf_report = alice.get("/reports/goals.pdf")
    assert pdf_report.status_code == 200
    fonts = [font for page in pypdf.PdfReader(io.BytesIO(pdf_report.content)).pages for font in _fonts_of(page)]
    held = {str(font["/BaseFont"]) for font in fonts if "/FontFile2" in font.get("/FontDescriptor", {})}
    assert len(held) > len(TITLES)
    assert {str(font["/BaseFont"]) for font in fonts} - held <= {"/Helvetica"}, "which ReportLab names and nothing uses"


def _fonts_of(page: Any) -> list[Any]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]
