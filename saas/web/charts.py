"""Charts as SVG, drawn here with svg.py and painted by `chart.css`: no script, no inline style, both themes.

A drawing is stretched to the width that its page has, so it holds shapes only; the words around it are HTML
(`components/chart.html`), and so is the table of the same figures, which is what a screen reader reads.
svg.py writes text as it comes: every word on its way into a drawing goes through `_words`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import floor, log10

import svg
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

STEP, BAR, HEIGHT = 10, 8, 100
"""The units of a drawing: from one place on the x axis to the next, the width of a bar, from bottom to top."""

ROUND_TOPS = (1, 2, 4, 5, 10)
COLOURS = 6
"""How many series a chart has at most; chart.css has as many colours."""

TICKS, PLACED_TICKS = 4, 6
STEPS = (1, 2, 3, 6, 12)
"""From one label of months to the next: parts of a year, and a whole one."""

Reference = tuple[str, Sequence[float | None]]
"""A line to compare with: its class, and a value for each place that may come, None where there is none."""


@dataclass(frozen=True)
class Chart:
    """A drawing with what stands around it: the marks of both axes, the legend (class and words), the table."""

    drawing: SafeString
    marks: Sequence[str]
    ticks: Sequence[str]
    legend: Sequence[tuple[str, str]]
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    placed: bool = False
    """Whether there is a tick for each place, most of them empty, so that each stands below its place."""


def round_top(value: float) -> float:
    """Return where an axis ends that has room for `value`: 1, 2, 4, 5 or 10 times a power of ten, at least 1."""
    if value <= 1:
        return 1
    power = 10.0 ** floor(log10(value))
    return next(top * power for top in ROUND_TOPS if value <= top * power)


def ticks(labels: Sequence[str]) -> list[str]:
    """Return the few of the labels that have room under a chart, the first and the last among them."""
    count = min(TICKS, len(labels))
    return [labels[place * (len(labels) - 1) // max(1, count - 1)] for place in range(count)]


def placed_ticks(labels: Sequence[str], anchor: int) -> list[str]:
    """Return a label for each place, empty but for every so manieth, evenly to both sides of the one at `anchor`."""
    step = next((step for step in STEPS if len(labels) <= step * PLACED_TICKS), len(labels))
    return [label if (place - anchor) % step == 0 else "" for place, label in enumerate(labels)]


def stacked_bars(
    *,
    id: str,
    name: str,
    description: str,
    stacks: Sequence[Sequence[float]],
    hints: Sequence[str],
    top: float,
    ghost: Sequence[float] = (),
    expected: Sequence[float] = (),
) -> SafeString:
    """Draw one bar a place, a part of it for each of `stacks`, each a series of values from 0 upwards.

    `ghost` are paler bars behind, `expected` dashed ones after the last. `hints` say each place in words.
    """
    places, scale = len(hints), HEIGHT / top
    layers: list[svg.Element] = (
        [_bars([(0, value) for value in ghost], scale, "ghost", width=STEP)] if any(ghost) else []
    )
    floors = [0.0] * len(stacks[0]) if stacks else []
    for number, values in enumerate(stacks):
        layers.append(_bars(list(zip(floors, values, strict=True)), scale, f"c{number % COLOURS + 1}"))
        floors = [below + value for below, value in zip(floors, values, strict=True)]
    if any(expected):
        layers.append(_bars([(0, value) for value in expected], scale, "expected", first=len(floors)))
    hits = [_hit(place * STEP, STEP, hint) for place, hint in enumerate(hints) if hint]
    return _drawing(id, name, description, places * STEP, [_grid(places * STEP), *layers, *hits])


def _bars(
    spans: Sequence[tuple[float, float]], scale: float, kind: str, *, first: int = 0, width: int = BAR
) -> svg.Path:
    """Draw bars from a floor and of a height each, as one path."""
    steps: list[svg.PathData] = []
    for place, (below, value) in enumerate(spans, start=first):
        if value:
            left, height = _unit(place * STEP + (STEP - width) / 2), _unit(value * scale)
            steps += [svg.M(left, _unit(HEIGHT - below * scale)), svg.v(-height), svg.h(width), svg.v(height), svg.Z()]
    return svg.Path(d=steps or [svg.M(0, 0)], class_=[kind])


def line_with_band(
    *,
    id: str,
    name: str,
    description: str,
    past: Sequence[float],
    bands: Sequence[tuple[float, float, float]],
    hints: Sequence[str],
    bottom: float,
    top: float,
    references: Sequence[Reference] = (),
) -> SafeString:
    """Draw what was as a line, what may come (low, middle, high) as a dashed one within its band, and `references`."""
    scale = HEIGHT / (top - bottom)

    def points(values: Iterable[float], first: int) -> list[tuple[float, float]]:
        return [
            (_unit((place + 0.5) * STEP), _unit(HEIGHT - (value - bottom) * scale))
            for place, value in enumerate(values, first)
        ]

    joint = [(past[-1],) * 3] if past else []
    lows, middles, highs = (points(values, len(past) - len(joint)) for values in zip(*joint, *bands, strict=True))
    width = (len(past) + len(bands)) * STEP
    shapes: list[svg.Element] = [
        _grid(width),
        svg.Path(d=[*_line([*highs, *reversed(lows)]), svg.Z()], class_=["band"]),
        *(svg.Path(d=_runs(values, len(past), points), class_=[name]) for name, values in references),
        svg.Path(d=_line(points(past, 0)), class_=["past"]),
        svg.Path(d=_line(middles), class_=["middle"]),
    ]
    if bottom < 0:
        shapes.append(svg.Path(d=[svg.M(0, _unit(HEIGHT + bottom * scale)), svg.h(width)], class_=["zero"]))
    hits = [_hit(place * STEP, STEP, hint) for place, hint in enumerate(hints)]
    return _drawing(id, name, description, width, [*shapes, *hits])


def sparkline(*, id: str, name: str, values: Sequence[float]) -> SafeString:
    """Draw a small curve with the area below it filled, without axes."""
    top = max(*values, 1)
    points = [(place * STEP, _unit(HEIGHT - value / top * HEIGHT)) for place, value in enumerate(values)]
    width = (len(values) - 1) * STEP
    shapes: list[svg.Element] = [
        svg.Path(d=[*_line([(0, HEIGHT), *points, (width, HEIGHT)]), svg.Z()], class_=["band"]),
        svg.Path(d=_line(points), class_=["middle"]),
    ]
    return _drawing(id, name, "", width, shapes)


def _line(points: Sequence[tuple[float, float]]) -> list[svg.PathData]:
    if len(points) == 1:
        points = [*points, *points]
    return [svg.M(*points[0]) if points else svg.M(0, 0), *(svg.L(*point) for _, point in pairwise(points))]


def _runs(
    values: Sequence[float | None], first: int, points: Callable[[Iterable[float], int], list[tuple[float, float]]]
) -> list[svg.PathData]:
    """Return a line through the values there are, broken where there are none."""
    drawn: list[svg.PathData] = []
    for is_known, run in groupby(enumerate(values, first), key=lambda each: each[1] is not None):
        if is_known:
            places = list(run)
            drawn += _line(points((value for _, value in places if value is not None), places[0][0]))
    return drawn or [svg.M(0, 0)]


def _grid(width: float) -> svg.Path:
    """Draw the lines at the marks: top, middle and bottom."""
    lines: list[svg.PathData] = []
    for height in (0, HEIGHT / 2, HEIGHT):
        lines += [svg.M(0, height), svg.h(width)]
    return svg.Path(d=lines, class_=["rules"])


def _hit(left: float, width: float, hint: str) -> svg.Rect:
    return svg.Rect(x=left, y=0, width=width, height=HEIGHT, class_=["hit"], elements=[svg.Title(text=_words(hint))])


def _drawing(id: str, name: str, description: str, width: float, shapes: Sequence[svg.Element]) -> SafeString:
    about: list[svg.Element] = [svg.Title(id=f"{id}-name", text=_words(name))]
    if description:
        about.append(svg.Desc(id=f"{id}-about", text=_words(description)))
    drawing = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, width, HEIGHT),
        preserveAspectRatio=svg.PreserveAspectRatio("none"),
        elements=[*about, *shapes],
        extra={
            "role": "img",
            "aria-labelledby": f"{id}-name",
            **({"aria-describedby": f"{id}-about"} if description else {}),
        },
    )
    return mark_safe(str(drawing))  # noqa: S308 - shapes of numbers, and words through `_words`


def _words(text: str) -> str:
    return escape(text)


def _unit(value: float) -> float:
    unit = round(value, 1)
    return int(unit) if unit == int(unit) else unit
