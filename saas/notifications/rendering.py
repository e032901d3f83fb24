"""The words of a notification: `templates/notifications/<kind>.txt`, filled with what the event says.

Note [The words of a notification]
    A file has the subject on its first line, an empty line, and the body. A line that begins with spaces continues
    the one above it, as in the header of a mail. The templates know the event's data, `organization`, `user` and
    what `delivery.NAMES` adds; `filters` show instants in the organization's zone, and money. A value that is not
    there is an error, not a gap: half a sentence about money must reach nobody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import Context, Engine, Template
from django.utils import timezone as zones

TITLE_LENGTH_MAX = 200

NOTHING = "\0"
"""Stands where a value is missing, and in no other text: PostgreSQL stores none that has it."""

ENGINE = Engine(
    autoescape=False,
    builtins=["saas.notifications.filters"],
    string_if_invalid=f"{NOTHING}%s{NOTHING}",
)


class Figure(int):
    """A whole number that is written as on the pages: 2,000."""

    def __str__(self) -> str:
        return f"{int(self):,}"


@dataclass(frozen=True)
class Text:
    """A notification in words."""

    title: str
    body: str


def render(*, kind: str, data: Mapping[str, Any], organization: str, timezone: str, user: str) -> Text:
    """Return what people read about an event, with times in the organization's zone.

    LookupError when the words need what the data does not have.
    """
    figures = {name: Figure(value) if type(value) is int else value for name, value in data.items()}
    context = Context({**figures, "organization": organization, "user": user}, autoescape=False, use_l10n=False)
    subject, body = _templates(kind)
    with zones.override(ZoneInfo(timezone)):
        title = " ".join(subject.render(context).split())
        text = Text(title[:TITLE_LENGTH_MAX], body.render(context))
    if NOTHING in title + text.body:
        missing = (title + text.body).split(NOTHING)[1]
        raise LookupError(f"the words of {kind} need {missing!r}")
    return text


@cache
def _templates(kind: str) -> tuple[Template, Template]:
    """Return the templates of a kind's subject and body; see Note [The words of a notification]."""
    source = (settings.BASE_DIR / "templates" / "notifications" / f"{kind}.txt").read_text()
    subject, body = re.sub(r"\n +", " ", source.rstrip("\n")).split("\n\n", 1)
    return ENGINE.from_string(subject.removeprefix("Subject: ")), ENGINE.from_string(body)
