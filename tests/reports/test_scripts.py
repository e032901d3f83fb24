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
    "HeiseiKakuGo-W5": "\u65b0\u3057\u3044\u30aa\u30fc\u30d6\u30f3",
    "HYGothic-Medium": "\ub450 \ubc88\uc9f8 \uc624\ube10",
    "STSong-Light": "\u8d2d\u4e70\u7b2c\u4e8c\u53f0\u70e4\u7bb1",
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


def test_what_no_font_has_stands_there_by_its_name() -> None:
    assert "".join(run.text for run in scripts.runs("Bread \U0001f950\u200d!")) == "Bread [croissant]!"


@given(st.text(max_size=60), st.sampled_from([20.0, 60.0, 200.0]))
@settings(max_examples=100, deadline=None)
def test_any_text_is_broken_into_lines_and_none_of_it_is_lost(text: str, room: float) -> None:
    scripts.register_fonts()
    lines = scripts.wrapped(text, room, 9)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(len(line) <= 1 or scripts.width(line, 9) <= room for line in lines)


def test_the_goals_report_sets_each_title_in_its_font(alice: Person) -> None:
    for title in TITLES.values():
        make_goal(alice, title=title)
    pdf_report = alice.get("/reports/goals.pdf")
    assert pdf_report.status_code == 200
    used = {name for page in pypdf.PdfReader(io.BytesIO(pdf_report.content)).pages for name in _fonts_of(page)}
    for font in TITLES:
        assert any(font.replace("-", "") in name.replace("-", "") for name in used), (font, used)


def _fonts_of(page: Any) -> list[str]:
    return [str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()]
