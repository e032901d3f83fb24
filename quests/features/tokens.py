"""Text cut into numbers, words and marks: one pass, linear in the text's length, whatever it holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
DASHES = frozenset("-\u2013\u2014")
TEN, HUNDRED = Decimal(10), Decimal(100)
ONES = {"one": Decimal(1), "ein": Decimal(1), "un": Decimal(1)}
"""Articles by themselves, and ones within a number: twenty-one."""

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
    """Return the tokens of a text, digits and number words alike as numbers, parts of a whole as percentages."""
    return fractions(_ranged(_plain(text, lexicon, language)), lexicon)


def numbers_in(text: str, lexicon: Lexicon, language: str) -> set[Decimal]:
    """Return every number of a text, both as it stands (the 11 of `11 of 40`) and as it is meant."""
    plain = _plain(text, lexicon, language)
    return {token.value for token in (*plain, *fractions(_ranged(plain), lexicon)) if token.value is not None}


def _plain(text: str, lexicon: Lexicon, language: str) -> list[Token]:
    words = lexicon.numbers[language]
    found: list[Token] = []
    clause = sentence = 0
    for match in TOKEN.finditer(text[:TEXT_LENGTH_MAX]):
        raw = match.group()
        if raw in APOSTROPHES:  # the l' of l'heure is a word by itself
            continue
        key = raw.casefold()
        value = parse(raw) if match.lastgroup == "number" else _spelled(key, words)
        if found and found[-1].key in lexicon["percent.split"] and key in lexicon["percent.hundred"]:
            value = None  # pour cent is no hundred
        if raw in BREAKS or key in JOINING:
            clause += 1
            sentence += raw in SENTENCE_ENDS
        found.append(Token(raw, key, value, clause, sentence, match.start(), match.end()))
    return list(_multiplied(found, lexicon))


def _spelled(word: str, words: dict[str, Decimal]) -> Decimal | None:
    """Return the value of a number word, or of two in one: thirty-five, vingt-cinq, fünfunddreißig."""
    if word in words:
        return words[word]
    first, dash, last = word.partition("-")
    tens, ones = (first, last) if dash else word.partition("und")[::-2]
    large, small = words.get(tens), words.get(ones) or ONES.get(ones)
    return large + small if large and small and small < TEN <= large < HUNDRED else None


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


RANGE_MAX = 3
"""The end of a range is less than so many times its beginning; 555-1234 is none."""


def _ranged(found: list[Token]) -> list[Token]:
    """Return the tokens with a range as its lower end, which is what one can count on: 50-60 an hour."""
    read: list[Token] = []
    for token in found:
        low = read[-2].value if len(read) > 1 and read[-1].key in DASHES else None
        if low and token.value and low < token.value < low * RANGE_MAX and token.start - read[-2].end <= 3:
            read.pop()
            read[-1] = replace(read[-1], end=token.end)
        else:
            read.append(token)
    return read


PARTED_MAX = 100
"""Of so many at most people say `3 of 10`."""

BETWEEN = 3
"""Words at most that stand within a fraction: `un créneau sur quatre`."""


def fractions(found: list[Token], lexicon: Lexicon) -> list[Token]:
    """Return the tokens with what is said as a part as a percentage: one in four, 3 of 10, a third of, every second."""
    read: list[Token] = []
    place = 0
    while place < len(found):
        part = _part_of(found, place, lexicon) or _ordinal(found, place, lexicon) or _named_part(found, place, lexicon)
        if part:
            share, inside, place = part
            first = found[place - 1]
            read.append(replace(first, value=round(share * 100, 6)))
            read.append(replace(first, text="%", key="%", value=None, start=first.end))
            read.extend(inside)
        else:
            read.append(found[place])
            place += 1
    return read


Part = tuple[Decimal, list[Token], int]
"""A share, the words within it, and the place behind it."""


def _part_of(found: list[Token], place: int, lexicon: Lexicon) -> Part | None:
    """Read `1 in 5`, `one of four`, `une place sur trois`, but no `2 in 3 weeks`."""
    first = found[place]
    value = Decimal(1) if first.key in lexicon["fractions.one"] else first.value
    if value is None:
        return None
    for end in range(place + 2, min(place + 3 + BETWEEN, len(found))):
        whole, joining = found[end].value, found[end - 1].key in lexicon["fractions.of"]
        if not joining or whole is None:
            continue
        behind = found[end + 1].key if end + 1 < len(found) else ""
        start = end - 2 if found[end - 2].key in lexicon["fractions.out"] else end - 1
        inside = found[place + 1 : start]
        plain = all(token.value is None and token.key.replace("-", "").isalpha() for token in inside)
        few = value < whole <= PARTED_MAX and whole == int(whole) and value == int(value)
        dated = behind in lexicon.periods or behind in lexicon["months"] or behind in lexicon["currencies.marks"]
        return (value / whole, inside, end + 1) if plain and few and not dated else None
    return None


def _ordinal(found: list[Token], place: int, lexicon: Lexicon) -> Part | None:
    """Read `every third`, `jede vierte`: one of so many, but no `every second week`."""
    if place + 1 >= len(found) or found[place].key not in lexicon["fractions.every"]:
        return None
    by, behind = lexicon.ordinals.get(found[place + 1].key), found[place + 2].key if place + 2 < len(found) else ""
    return None if by is None or lexicon.periods.get(behind, "hour") != "hour" else (1 / by, [], place + 2)


def _named_part(found: list[Token], place: int, lexicon: Lexicon) -> Part | None:
    """Read `half of`, `two thirds of`, `zwei Drittel`; a word of two meanings needs `of`, or an end behind it."""
    count, at = found[place].value, place
    if count is not None or found[place].key in lexicon.before_parts:
        at += 1
    if at >= len(found):
        return None
    behind = found[at + 1].key if at + 1 < len(found) else ""
    if behind in lexicon.periods or behind in lexicon["roles.piece"]:
        return None  # half a day
    by = lexicon.parts.get(found[at].key)
    ends = at + 1 == len(found) or found[at + 1].clause != found[at].clause
    if by is None and (behind in lexicon["fractions.behind"] or (at > place and ends)):
        by = lexicon.parts_of.get(found[at].key)
    share = (count or 1) / by if by else Decimal(1)
    return (share, [], at + 1) if share < 1 else None
