"""Text cut into numbers, words and marks: one pass, linear in the text's length, whatever it holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from quests.features.knowledge import Lexicon

TEXT_LENGTH_MAX = 3000
"""Of one text: the longest description has 2,000."""

DIGITS_MAX = 15

TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d{1,16}(?:[.,'\u2019]\d{1,16}){0,5})"
    r"|(?P<word>[^\W\d_]{1,60}(?:-[^\W\d_]{1,60}){0,4})"
    r"|(?P<mark>\S)"
)
"""Longer digits and words are cut into several, so that a pattern costs linear time."""

APOSTROPHES = frozenset("'\u2019")
BREAKS = frozenset(",;.()!?\u2013\u2014|\u2022")
SENTENCE_ENDS = frozenset(".;!?")
JOINING = frozenset({"and", "und", "et", "y", "e", "but", "aber", "mais", "pero", "ma"})


@dataclass(frozen=True)
class Token:
    """A word or mark as it stands and in lower case, or a number. `sentence` and `clause` count from 0."""

    text: str
    key: str
    value: Decimal | None
    clause: int
    sentence: int
    start: int
    end: int


def tokens(text: str, lexicon: Lexicon, language: str) -> list[Token]:
    """Return the tokens of a text, digits and number words alike as numbers."""
    words = lexicon.numbers[language]
    found: list[Token] = []
    clause = sentence = 0
    for match in TOKEN.finditer(text[:TEXT_LENGTH_MAX]):
        raw = match.group()
        if raw in APOSTROPHES:  # the l' of l'heure is a word by itself
            continue
        key = raw.casefold()
        value = parse(raw) if match.lastgroup == "number" else words.get(key)
        if found and found[-1].key in lexicon["percent.split"] and key in lexicon["percent.hundred"]:
            value = None  # pour cent is no hundred
        if raw in BREAKS or key in JOINING:
            clause += 1
            sentence += raw in SENTENCE_ENDS
        found.append(Token(raw, key, value, clause, sentence, match.start(), match.end()))
    return list(_multiplied(found, lexicon))


def parse(digits: str) -> Decimal | None:
    """Return the value of digits with separators of any of the languages: 1,200.50 and 1.200,50 and 1 200,50.

    One separator before exactly three digits parts thousands: nobody prices in thousandths.
    """
    plain = re.sub(r"[ \u00a0\u202f'\u2019]", "", digits)
    if len(plain) > DIGITS_MAX:
        return None
    whole, mark, rest = _decimals(plain)
    number = whole.replace(".", "").replace(",", "")
    return Decimal(f"{number}.{rest}" if mark else number)


def _decimals(plain: str) -> tuple[str, str, str]:
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return plain, "", ""
    mark, rest = plain[last], plain[last + 1 :]
    several = plain.count(mark) > 1
    thousands = len(rest) == 3 and not plain.startswith("0") and ("." not in plain or "," not in plain)
    return (plain, "", "") if several or thousands else (plain[:last], mark, rest)


def _multiplied(found: list[Token], lexicon: Lexicon) -> Iterator[Token]:
    """Join a number with the multiple behind it: 20k, 2 million, two hundred."""
    place = 0
    while place < len(found):
        token = found[place]
        place += 1
        while token.value is not None and place < len(found):
            factor = lexicon.multiples.get(found[place].key)
            glued = found[place].start == token.end
            if factor is None or (found[place].key in ("k", "cent", "cents") and not glued):
                break
            token = Token(
                token.text, token.key, token.value * factor, token.clause, token.sentence, token.start, found[place].end
            )
            place += 1
        yield token
