"""Logs as lines of JSON: who acted for whom in which request, and never what they wrote or know.

Note [What a line may say]
    Ids, codes and counts. No address, no key, no prompt: code logs none. But messages of others, database errors
    above all, quote what they were given, so each line is cleaned once more before it is written. A line is JSON,
    so line breaks in what somebody sent are escaped and never begin a second line.
"""

import logging
import re
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict

from saas.kernel import tenancy
from saas.kernel.actor import current_actor

LEFT_OUT = "[left out]"

_CLEANINGS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # An API key is recognized by its prefix and last four characters.
    (re.compile(r"\b(mp_[a-z]+_)[0-9A-Za-z]{8,}([0-9A-Za-z]{4})\b"), r"\1…\2"),
    (re.compile(r"\b(sk|rk|pk|whsec)_[0-9A-Za-z_]{8,}"), rf"\1_{LEFT_OUT}"),
    (re.compile(r"\b(bearer|basic) [^\s\"',]+", re.IGNORECASE), rf"\1 {LEFT_OUT}"),
    (
        re.compile(
            r"\b((?:session|csrf)\w*|password|secret|token|authorization|cookie)([\"']?\s*[=:]\s*)[^\s,;]+",
            re.IGNORECASE,
        ),
        rf"\1\2{LEFT_OUT}",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[address]"),
    # PostgreSQL quotes the row that broke a rule; addresses carry secrets of invitations and resets.
    (
        re.compile(r"((?:DETAIL|CONTEXT|HINT|LINE \d+): ).*?(?=\n\n(?:The above|During handling)|\Z)", re.DOTALL),
        rf"\1{LEFT_OUT}",
    ),
    (re.compile(r"(/invitations/|/password/reset/key/|/confirm-email/)[^\s\"'?]+"), rf"\1{LEFT_OUT}"),
    (re.compile(r"(\?)[^\s\"']*=[^\s\"']*"), rf"\1{LEFT_OUT}"),
)


def clean(text: str) -> str:
    """Return the text without what no log may keep; see Note [What a line may say]."""
    for pattern, instead in _CLEANINGS:
        text = pattern.sub(instead, text)
    return text


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
    """Add who acts, for whom, in which request, as far as it is known."""
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
