"""Text of every script on paper: which font has which characters, and in which order they stand.

Source Sans has Latin, Greek and Cyrillic letters. The fonts in `fonts/`, each loaded when a text first needs it, have
the rest: Noto (OFL, regular weights alone) nineteen scripts, signs, and emoji in black; Droid Sans Fallback
(Apache-2.0) Chinese, Japanese and Korean. HarfBuzz joins and stacks what must be. A PDF holds the letters that it
shows, so it looks the same everywhere. A character that no font has stands there by its name.

Note [Two directions in a line]
    Runs of one direction are ordered by the first levels of Unicode's bidirectional algorithm: a text's own direction
    is that of its first strong letter, numbers go with what stands before them, neutral characters with both sides
    where these agree, else with the text. No text here nests directions any deeper.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import font_source_sans_pro
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import ShapedStr, TTFont, shapeStr
from reportlab.platypus import Flowable

FOLDER = Path(__file__).parent / "fonts"
PLAIN, BOLD = "Milepost", "Milepost-Bold"
LEADING = 1.3
SCRIPTS = (
    *("Arabic", "Hebrew", "Devanagari", "Bengali", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Oriya", "Sinhala"),
    *("Tamil", "Telugu", "Thai", "Lao", "Khmer", "Myanmar", "Armenian", "Ethiopic", "Georgian", "Symbols2"),
)
EAST_ASIAN, EMOJI = "EastAsian", "Emoji"
FILES = {EAST_ASIAN: "DroidSansFallback", EMOJI: "NotoEmoji"} | {script: f"NotoSans{script}" for script in SCRIPTS}
SHAPED = {*SCRIPTS, EMOJI}
"""The fonts whose letters change by their neighbours: joined, stacked, or two emoji in one."""

EAST_ASIAN_NAMES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "IDEOGRAPHIC", "BOPOMOFO", "HALFWIDTH")
"""How the names of Chinese, Japanese and Korean characters begin."""

STRONG = ("L", "R", "AL")
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
UNSEEN = ("Cf", "Cc", "Cs", "Co", "Cn")
"""Categories of what shows nothing by itself: joiners, marks of direction, controls."""
LEFT_OUT = "\ufe0e\ufe0f\u20e3"
"""Selects black or coloured emoji, and the key around a digit: nothing beside letters."""


@cache
def register_fonts() -> None:
    """Load Source Sans, which takes 0.2 s: called when a PDF is drawn, not at the start."""
    registerFont(TTFont(PLAIN, font_source_sans_pro.font_files_ttf["SourceSansPro"]))
    registerFont(TTFont(BOLD, font_source_sans_pro.font_files_ttf["SourceSansProBold"]))


@cache
def _characters(font: str) -> frozenset[int]:
    """Return what a font has; the first call for one of FILES loads it."""
    if font in FILES:
        registerFont(TTFont(font, str(FOLDER / f"{FILES[font]}.ttf")))
    return frozenset(getFont(font).face.charToGlyph)


def is_plain(text: str) -> bool:
    """Return True if Source Sans has every character of a text, so that it can be drawn as it is."""
    return _characters(PLAIN).issuperset(map(ord, text.replace("\n", "")))


@dataclass(frozen=True)
class Run:
    """Characters of one font and one level, in the order in which they are read: from right to left at odd levels."""

    text: str
    font: str
    level: int


def runs(text: str, base: str = PLAIN) -> list[Run]:
    """Return a line as runs in the order in which they stand, from left to right."""
    characters = list(_fonts(unicodedata.normalize("NFC", text), base))
    levels = _levels([character for character, _ in characters])
    keyed = [(character, font, level) for (character, font), level in zip(characters, levels, strict=True)]
    found = [
        Run("".join(character for character, *_ in group), font, level)
        for (font, level), group in groupby(keyed, key=lambda each: each[1:])
    ]
    return _ordered(found)


def is_rtl(text: str) -> bool:
    """Return True if the first strong letter of a text is written from right to left."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((each != "L" for each in strong if each in STRONG), False)


def _fonts(text: str, base: str) -> Iterator[tuple[str, str]]:
    """Return each character with its font; what no font has is spelled out, what shows nothing is left out."""
    before = base
    for character in text:
        if ord(character) in _characters(base):
            marks = unicodedata.combining(character) and before != base and ord(character) in _characters(before)
            before = before if marks else base
        elif unicodedata.category(character) in UNSEEN or character in LEFT_OUT:
            if ord(character) not in _characters(before):
                continue
        elif font := _fallback(character):
            before = font
        elif unicodedata.category(character) in ("Mn", "Me"):
            continue
        else:
            name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
            yield from ((letter, base) for letter in f"[{name}]")
            before = base
            continue
        yield character, before


def _fallback(character: str) -> str:
    """Return the font of FILES that has a character, "" if none has; the one of its script is asked first."""
    name = unicodedata.name(character, "")
    likely = EAST_ASIAN if name.startswith(EAST_ASIAN_NAMES) else name.partition(" ")[0].title()
    fonts = sorted(FILES, key=lambda font: (font != likely, font != EMOJI))
    return next((font for font in fonts if ord(character) in _characters(font)), "")


def _levels(text: Sequence[str]) -> list[int]:
    """Return the level of each character, even from left to right; see Note [Two directions in a line]."""
    kinds = [unicodedata.bidirectional(character) for character in text]
    base = is_rtl("".join(text))
    left, last = (2 if base else 0), base
    sides: list[tuple[bool, int] | None] = []
    for kind in kinds:
        if kind in STRONG:
            last = kind != "L"
            sides.append((last, 1 if last else left))
        else:
            sides.append((last, 2 if last else left) if kind in ("EN", "AN") else None)
    afters: list[bool] = []
    after = base
    for side in reversed(sides):
        after = side[0] if side else after
        afters.append(after)
    levels, before = [], base
    for side, after in zip(sides, reversed(afters), strict=True):
        before = side[0] if side else before
        together = before if before == after else base
        levels.append(side[1] if side else 1 if together else left)
    return levels


def _ordered(found: list[Run]) -> list[Run]:
    """Order runs as they stand from left to right: from the highest level on, neighbours turn around together."""
    for level in range(max((run.level for run in found), default=0), 0, -1):
        turned: list[Run] = []
        for inside, group in groupby([(run.level >= level, run) for run in found], key=itemgetter(0)):
            run_on = [run for _, run in group]
            turned += run_on[::-1] if inside else run_on
        found = turned
    return found


def shaped(run: Run, size: float) -> tuple[Any, float]:
    """Return what the canvas draws of a run, and how wide it is."""
    if run.font not in SHAPED:
        text = run.text[::-1].translate(MIRRORED) if run.level % 2 else run.text
        return text, stringWidth(text, run.font, size)
    drawn = shapeStr(run.text, run.font, size, force=True)
    if not isinstance(drawn, ShapedStr):
        return drawn, stringWidth(run.text, run.font, size)
    return drawn, sum(glyph.x_advance for glyph in drawn.__shapeData__) * size / 1000


def width(text: str, size: float, base: str = PLAIN) -> float:
    """Return how wide a line is, in points."""
    return float(sum(shaped(run, size)[1] for run in runs(text, base)))


def draw_line(canvas: Any, x: float, y: float, text: str, size: float, base: str = PLAIN) -> None:
    """Draw one line that begins at x, whatever its scripts."""
    for run in runs(text, base):
        drawn, wide = shaped(run, size)
        canvas.setFont(run.font, size)
        canvas.drawString(x, y, drawn)
        x += wide


def wrapped(text: str, room: float, size: float, base: str = PLAIN) -> list[str]:
    """Return a text as lines that fit, broken between words, and within one that is longer than a line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, base) <= room:
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = word
        while len(lines[-1]) > 1 and width(lines[-1], size, base) > room:
            fits = _fitting(lines[-1], room, size, base)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return lines


def _fitting(word: str, room: float, size: float, base: str) -> int:
    """Return how many characters of a word fit into a line, at least one."""
    return max(1, bisect_right(range(1, len(word)), room, key=lambda count: width(word[:count], size, base)))


class ScriptText(Flowable):  # type: ignore[misc]
    """A text of any scripts in lines that fit; one that is read from right to left stands at the right edge."""

    def __init__(self, text: str, size: float, *, base: str = PLAIN, colour: str = "#1a1f27", space_after: float = 0):
        super().__init__()
        self.text, self.size, self.base, self.colour = text, size, base, colour
        self.leading, self.spaceAfter = size * LEADING, space_after
        self.lines: list[str] = []
        self.room = 0.0

    def wrap(self, room: float, _height: float) -> tuple[float, float]:
        """Break the text into lines; return how much room it takes."""
        self.room, self.lines = room, wrapped(self.text, room, self.size, self.base)
        return room, self.leading * len(self.lines)

    def draw(self) -> None:
        """Draw the lines from the top."""
        self.canv.setFillColor(self.colour)
        top = self.leading * len(self.lines)
        for number, line in enumerate(self.lines, start=1):
            x = self.room - width(line, self.size, self.base) if is_rtl(self.text) else 0
            draw_line(self.canv, x, top - number * self.leading + self.leading - self.size, line, self.size, self.base)
