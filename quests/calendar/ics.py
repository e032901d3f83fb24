"""Calendars as text (RFC 5545): escaped, folded at 75 bytes, with stable UIDs and times in UTC."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE_BYTES = 75


@dataclass(frozen=True)
class AllDay:
    """Something that takes a whole day. `uid` is the same for the same thing, for good."""

    uid: str
    day: date
    title: str
    text: str
    url: str


def calendar(name: str, events: Iterable[AllDay], *, made_at: datetime) -> str:
    """Return a calendar of events, made at an aware instant."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Milepost//Steps//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        *(line for event in events for line in _event(event, made_at)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _event(event: AllDay, made_at: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escaped(event.title)}",
        f"DESCRIPTION:{escaped(event.text)}",
        f"URL:{event.url}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def escaped(text: str) -> str:
    """Return a text as a value: backslashes, commas, semicolons and line breaks escaped, no other control character."""
    plain = re.sub(r"\r\n?", "\n", text)
    plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", plain)
    return re.sub(r"([\\,;])", r"\\\1", plain).replace("\n", "\\n")


def folded(line: str) -> str:
    """Return a line in pieces of at most LINE_BYTES bytes of UTF-8, no character cut in two."""
    return "\r\n ".join(_pieces(line))


def _pieces(line: str) -> Iterator[str]:
    piece, size, room = "", 0, LINE_BYTES
    for character in line:
        width = len(character.encode())
        if size + width > room:
            yield piece
            piece, size, room = "", 0, LINE_BYTES - 1  # the space that continues a line counts
        piece, size = piece + character, size + width
    yield piece
