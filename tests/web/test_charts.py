"""Charts: true to their figures, safe with any words, within our policy."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.web import charts

pytestmark = pytest.mark.fast


SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</title><script>alert(1)</script>" onload="x'


def drawn(**changes: object) -> ElementTree.Element:
    """Draw two stacks over three days, two of them before."""
    given: dict[str, object] = {
        "id": "usage",
        "name": "Tokens",
        "description": "By day",
        "stacks": [[1, 0, 2], [3, 4, 0]],
        "hints": ["Mon", "", "Wed", "Thu"],
        "top": 10,
        "ghost": [5, 0, 0],
        "expected": [2],
        **changes,
    }
    return ElementTree.fromstring(charts.stacked_bars(**given))  # type: ignore[arg-type]  # noqa: S314


def bars(drawing: ElementTree.Element, kind: str) -> list[tuple[float, float, float]]:
    """Return the bars of a kind: left edge, floor and height, in units from the bottom."""
    [path] = [path for path in drawing.iter(f"{SVG}path") if path.get("class") == kind]
    words = (path.get("d") or "").replace("Z", "").split("M")[1:]
    figures = [[float(word) for word in each.split() if word not in "vhM"] for each in words]
    return [(left, 100 - floor, -up) for left, floor, up, *_ in figures]


def test_bars_are_as_high_as_their_values_and_stand_on_those_below() -> None:
    drawing = drawn()
    assert bars(drawing, "c1") == [(1, 0, 10), (21, 0, 20)]
    assert bars(drawing, "c2") == [(1, 10, 30), (11, 0, 40)]
    assert bars(drawing, "ghost") == [(0, 0, 50)]
    assert bars(drawing, "expected") == [(31, 0, 20)]
    assert drawing.get("viewBox") == "0 0 40 100"


def test_a_band_runs_from_what_was_to_what_may_come() -> None:
    text = charts.line_with_band(
        id="f", name="F", description="", past=[10, 20], bands=[(10, 30, 40)], hints=[""] * 3, bottom=0, top=40
    )
    paths = {path.get("class"): path.get("d") for path in ElementTree.fromstring(text).iter(f"{SVG}path")}  # noqa: S314
    assert paths["past"] == "M 5 75 L 15 50"
    assert paths["middle"] == "M 15 50 L 25 25"
    assert paths["band"] is not None and paths["band"].startswith("M 15 50 L 25 0 L 25 75 L 15 50")


def test_words_stay_words() -> None:
    drawing = drawn(name=HOSTILE, description=HOSTILE, hints=[HOSTILE, "", "", ""])
    titles = [title.text for title in drawing.iter(f"{SVG}title")]
    assert titles == [HOSTILE, HOSTILE]
    assert drawing.find(f"{SVG}desc").text == HOSTILE  # type: ignore[union-attr]
    assert {each.tag.removeprefix(SVG) for each in drawing.iter()} == {"svg", "title", "desc", "path", "rect"}
    assert not any({"style", "onload"} & set(each.keys()) for each in drawing.iter())
    assert drawing.get("role") == "img" and drawing.get("aria-labelledby") == "usage-name"


@given(st.floats(0, 1e15))
def test_an_axis_has_room_and_wastes_little(value: float) -> None:
    top = charts.round_top(value)
    assert value <= top <= max(1, 2.5 * value)


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, 1), (3, 3), (37, charts.TICKS)])
def test_the_ends_of_an_axis_are_named(count: int, shown: int) -> None:
    labels = [str(n) for n in range(count)]
    ticks = charts.ticks(labels)
    assert len(ticks) == shown
    assert not labels or (ticks[0], ticks[-1]) == (labels[0], labels[-1])


@pytest.mark.parametrize(("count", "anchor", "shown"), [(24, 18, 4), (18, 12, 6), (7, 1, 3), (2, 1, 2), (0, 0, 0)])
def test_months_are_named_evenly_each_below_its_place(count: int, anchor: int, shown: int) -> None:
    ticks = charts.placed_ticks([str(n) for n in range(count)], anchor)
    places = [place for place, tick in enumerate(ticks) if tick]
    assert len(ticks) == count and len(places) == shown
    assert all(ticks[place] == str(place) for place in places) and (not count or anchor in places)
    assert len({later - earlier for earlier, later in pairwise(places)}) <= 1


def test_a_line_to_compare_with_is_broken_where_nothing_is_known() -> None:
    drawing = charts.line_with_band(
        id="f", name="F", description="", past=[1], bands=[(1, 2, 3)] * 4, hints=[""] * 5, bottom=0, top=4,
        references=[("year-ago", [1, None, 2, 3])],
    )  # fmt: skip
    paths = ElementTree.fromstring(drawing).iter(f"{SVG}path")  # noqa: S314 - our own
    [path] = [each for each in paths if each.get("class") == "year-ago"]
    assert path.get("d", "").count("M") == 2 and path.get("d", "").count("L") == 2


def test_a_chart_of_nothing_is_drawn() -> None:
    assert drawn(stacks=[], hints=[], ghost=[], expected=[]).get("viewBox") == "0 0 0 100"
    assert charts.sparkline(id="s", name="S", values=[0]).startswith("<svg")
