"""Logs as lines of JSON with actor, organization and request, and without secrets or what people wrote.

Note [What a line may say]
    Ids, codes and counts. No address, no key, no prompt: code logs none. But messages of others, database errors
    above all, quote what they were given, so each line is cleaned once more before it is written. A line is JSON,
    so line breaks in what somebody sent are escaped and never begin a second line.
    The plain form, for a terminal, is cleaned alike.
"""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict

from saas.kernel import tenancy
from saas.kernel.actor import current_actor

LEFT_OUT = "[left out]"

_CLEANINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    # An API key is recognized by its prefix and last four characters.
    (re.compile(r"\b(mp_[a-z]{1,16}_)[0-9A-Za-z]{8,96}([0-9A-Za-z]{4})\b"), r"\1…\2"),
    (re.compile(r"\b(sk|rk|pk|whsec)_[0-9A-Za-z_]{8,}"), rf"\1_{LEFT_OUT}"),
    (re.compile(r"\b(bearer|basic) [^\s\"',]+", re.IGNORECASE), rf"\1 {LEFT_OUT}"),
    (
        re.compile(
            r"\b((?:session|csrf)\w{0,32}|password|secret|token|authorization|cookie)"
            r"([\"']?\s{0,8}[=:]\s{0,8})[^\s,;]+",
            re.IGNORECASE,
        ),
        rf"\1\2{LEFT_OUT}",
    ),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[address]"),
    # Addresses carry the secrets of invitations, gifts and resets.
    (
        re.compile(r"(/invitations/|/gifts/|/calendar/|/password/reset/key/|/confirm-email/)[^\s\"'?]+"),
        rf"\1{LEFT_OUT}",
    ),
    (re.compile(r"(\?)[^\s\"'=?]{0,200}=[^\s\"']*"), rf"\1{LEFT_OUT}"),
)
# PostgreSQL quotes the row that broke a rule, up to the next exception of a chain.
_QUOTES = re.compile(r"(?:DETAIL|CONTEXT|HINT|LINE \d{1,6}): ")
_NEXT_EXCEPTION = re.compile(r"\n\n(?:The above|During handling)")

HEAD_CHARACTERS, TAIL_CHARACTERS = 4_000, 12_000
"""How much of a text is kept: an exception says at its end what it is."""
WORD_CHARACTERS = 500


def clean(text: str) -> str:
    """Return the text without what no log may keep; see Note [What a line may say].

    The cost is linear: quotations are skipped in one pass, the rest is cut before any pattern sees it, and the
    patterns are of the form that `saas.kernel.patterns` demands.
    """
    text = _cut(_without_quotations(text))
    for pattern, instead in _CLEANINGS:
        text = pattern.sub(instead, text)
    return text


def _without_quotations(text: str) -> str:
    parts, place = [], 0
    while quotation := _QUOTES.search(text, place):
        parts += [text[place : quotation.end()], LEFT_OUT]
        following = _NEXT_EXCEPTION.search(text, quotation.end())
        place = following.start() if following else len(text)
    return "".join([*parts, text[place:]])


def _cut(text: str) -> str:
    """Return the head and the last lines of a long text: whole words and whole lines, so no secret is cut in two."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    head, tail = text[:HEAD_CHARACTERS], text[-TAIL_CHARACTERS:]
    words, space, _ = head[-WORD_CHARACTERS:].rpartition(" ")
    _, line_break, lines = tail.partition("\n")
    return f"{head[:-WORD_CHARACTERS]}{words}{space}[cut]{line_break}{lines}"


class PlainFormatter(logging.Formatter):
    """Writes a record as text, cleaned like the lines of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without what no log may keep."""
        return clean(super().format(record))


def formatter() -> logging.Formatter:
    """Return the formatter that writes any record, ours or a library's, as one line of JSON."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _who,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _cleaned,
            structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=True),
        ],
    )


FIELDS = ("method", "route", "status", "milliseconds")
"""What a record may bring besides its message; a library's extras stay out."""


def _who(logger: Any, method: str, line: EventDict) -> EventDict:
    """Add actor, organization and request, where they are set."""
    actor = current_actor()
    known = {
        "request_id": actor.request_id,
        "organization_id": tenancy.acting_for(),
        "user_id": actor.user_id,
        "key": actor.name if actor.kind == "key" else "",
    }
    line.update({name: str(value) for name, value in known.items() if value})
    return line


def _cleaned(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: clean(value) if isinstance(value, str) else value for name, value in line.items()}
