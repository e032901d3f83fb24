"""Fill the sentences of the audit log with what an event says; see Note [The sentences of the audit log]."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from quests.queries import titles_of
from saas.metering.operations import OPERATIONS
from saas.reports.audit_log.sentences import SENTENCES
from saas.web.templatetags import components

GONE = "something that is gone"
THINGS = ("goal", "quest", "lead_list", "forecast", "record")
"""The fields that have the id of something with a title."""

SOURCES = {
    "plan": "the monthly allowance",
    "purchase": "a pack",
    "gift": "a gift",
    "promo": "a promotion",
    "adjustment": "an adjustment",
    "overage": "overage, billed as it is used",
}

_OPTIONAL = re.compile(r"\[([^\]]{0,200})\]")
_FIELD = re.compile(r"\{(\w{1,40})(?::(\w{1,40}))?\}")


@dataclass(frozen=True)
class Wording:
    """What a page's events are worded with: names by id, titles with addresses by id, currency and time zone."""

    names: Mapping[str, str]
    titles: Mapping[UUID, tuple[str, str]]
    currency: str
    zone: ZoneInfo

    def sentence(self, kind: str, data: Mapping[str, Any], who: str) -> SafeString:
        """Return an event's sentence as HTML; its kind and who did it where an older version recorded less."""
        try:
            return self._filled(SENTENCES[kind], {**data, "who": who})
        except (LookupError, TypeError, ValueError, ArithmeticError, NoReverseMatch):
            return format_html("<b><bdi>{}</bdi></b>: {}", who, components.label(kind.replace(".", " ")).lower())

    def _filled(self, text: str, values: Mapping[str, Any]) -> SafeString:
        text = _OPTIONAL.sub(lambda part: part[1] if _is_said(part[1], values) else "", text)
        parts = _FIELD.split(text)
        filled = [
            (words, self._value(field, way, values) if field else "")
            for words, field, way in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True)
        ]
        sentence = format_html_join("", "{}{}", filled)
        return mark_safe(sentence[:1].upper() + sentence[1:])  # noqa: S308 - joined from escaped parts

    def _value(self, field: str, way: str | None, values: Mapping[str, Any]) -> str:
        if field == "changes":
            return self._changes(values)
        if way is None:
            return format_html("<b><bdi>{}</bdi></b>", values[field])
        return WAYS[way](self, values[field])

    def _changes(self, data: Mapping[str, Any]) -> str:
        """Return what was changed: amounts and days with their values of before and after, the rest by name."""
        before, after = data.get("before") or {}, data.get("after") or {}
        names = [(FIELDS.get(field, field.replace("_", " ")), field) for field in data["changed"]]
        return format_html_join(
            ", ",
            "{}{}",
            ((name, self._arrow(before.get(field), after[field]) if field in after else "") for name, field in names),
        )

    def _arrow(self, before: Any, after: Any) -> str:
        return format_html(" {} → {}", self._amount_or_day(before), self._amount_or_day(after))

    def _amount_or_day(self, value: Any) -> str:
        if not value:
            return "none"
        return self.day(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) else self.money(value)

    def money(self, value: Any) -> str:
        """Return an amount in the organization's currency."""
        return components.money(Decimal(str(value)), self.currency)

    def thing(self, value: Any) -> str:
        """Return the title of a goal or of something that was made, with a link to it."""
        title, href = self.titles.get(UUID(str(value)), (GONE, ""))
        return format_html('<a href="{}"><bdi>{}</bdi></a>', href, title) if href else title

    def name(self, value: Any) -> str:
        """Return the present name of a person, department or key, or of the organization as a whole."""
        return format_html("<bdi>{}</bdi>", self.names.get(str(value), "somebody or something that is gone"))

    def instant(self, value: Any) -> str:
        """Return an instant in the organization's time zone."""
        return format_date(datetime.fromisoformat(str(value)).astimezone(self.zone), components.WHEN["datetime"])

    def day(self, value: Any) -> str:
        """Return a day."""
        return format_date(date.fromisoformat(str(value)), components.WHEN["date"])


FIELDS = {"target_amount": "target", "due_on": "due day", "received_on": "day"}
"""What fields are called whose names say it worse."""


def _link(page: str, text: str) -> Callable[[Wording, Any], str]:
    return lambda wording, value: format_html('<a href="{}">{}</a>', reverse(page, args=[value]), text)


def _done(wording: Wording, value: Any) -> str:
    return f"{sum(map(bool, value))} of {len(value)} done"


WAYS: dict[str, Callable[[Wording, Any], str]] = {
    "thing": Wording.thing,
    "name": Wording.name,
    "money": Wording.money,
    "instant": Wording.instant,
    "day": Wording.day,
    "dollars": lambda wording, value: components.money(Decimal(str(value))),
    "small_dollars": lambda wording, value: components.dollars(Decimal(str(value))),
    "cents": lambda wording, value: components.money(Decimal(value) / 100),
    "tokens": lambda wording, value: components.tokens(int(value)),
    "tokens_taken": lambda wording, value: components.tokens(abs(int(value))),
    "number": lambda wording, value: f"{value:,}",
    "text": lambda wording, value: str(value),
    "words": lambda wording, value: str(value).replace("_", " "),
    "words_of_name": lambda wording, value: components.label(value),
    "list": lambda wording, value: ", ".join(str(each).replace("_", " ") for each in value) or "nothing",
    "operation": lambda wording, value: OPERATIONS[value].name if value in OPERATIONS else "Your own AI",
    "source": lambda wording, value: SOURCES.get(value, str(value)),
    "version": lambda wording, value: "offline version" if value == "mine" else "online version",
    "done": _done,
    "on_off": lambda wording, value: "on" if value else "off",
    "required": lambda wording, value: "required" if value else "no longer required",
    "for_good": lambda wording, value: " for good",
    "receipt": _link("receipt", "receipt"),
    "purchase": _link("purchase", "purchase"),
    "gift": _link("gift", "gift"),
}
"""How a field is shown: what a sentence names after the colon."""


def titles_in(events: Collection[Mapping[str, Any]]) -> dict[UUID, tuple[str, str]]:
    """Return the titles and addresses of what the data of events is about, by id: one query for all of them."""
    ids = {UUID(str(data[field])) for data in events for field in THINGS if data.get(field)}
    return {id: (title, reverse(page, args=[id])) for id, (page, title) in titles_of(ids).items()}


def _is_said(part: str, values: Mapping[str, Any]) -> bool:
    return all(values.get(field) for field, _ in _FIELD.findall(part))
