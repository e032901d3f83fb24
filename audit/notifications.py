"""Which events are news to whom, and in which words: the table, and the texts made from it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo


class Audience(Enum):
    """Who is told: the organization's owners and admins, or the staff of Milepost."""

    MANAGERS = "managers"
    STAFF = "staff"


@dataclass(frozen=True)
class News:
    """What an event is to people. `title` and `body` are filled with the event's data; see `facts`."""

    audience: Audience
    title: str
    body: str
    path: str


NEWS: dict[str, News] = {
    "license.payment_failed": News(
        Audience.MANAGERS,
        "A payment for {organization} failed",
        "The renewal of {organization} could not be charged on {past_due_at}. AI operations are off from now on."
        " What they had reserved is back on your balance, and nothing that you made is lost.\n\n"
        "If the payment is not made, this comes next:\n{stages}\n\n"
        "Update the payment and everything is back at once. Purchased and gifted tokens wait for you.",
        "/plans",
    ),
    "license.stage_coming": News(
        Audience.MANAGERS,
        "{organization}: a payment is overdue, the next step comes on {starts_on}",
        "The payment for {organization} is still overdue. From {starts_at} on, {state_off}.\n\n"
        "Update the payment before, and this does not happen.",
        "/plans",
    ),
    "license.changed": News(
        Audience.MANAGERS,
        "{organization}: {state_off}",
        "The payment for {organization} is overdue: since {starts_at}, {state_off}.{next}\n\n"
        "Logging in, paying and exporting your data always work. Update the payment and everything is back at once.",
        "/plans",
    ),
    "license.payment_succeeded": News(
        Audience.MANAGERS,
        "{organization} is paid, everything is on",
        "The payment for {organization} arrived. AI, sync and reports are on, and all your tokens can be used again."
        " Thank you.",
        "/",
    ),
    "member.joined": News(
        Audience.MANAGERS,
        "{user} joined {organization}",
        "{user} accepted the invitation to {organization}, with the role {role}.",
        "/team",
    ),
    "block.started": News(
        Audience.STAFF,
        "AI requests of {user} are paused ({organization})",
        "Too many failed attempts, the last one refused by the rule {rule}. The pause ends on {ends_at}."
        " Look at it in the queue: seen, cleared or kept, with a note.",
        "/admin/abuse/block/",
    ),
    "flag.raised": News(
        Audience.STAFF,
        "{tokens} tokens in an hour: {organization}",
        "{user} brought the last hour to {tokens} tokens (rule {rule}, limit {limit}). Nothing was refused."
        " Look at it in the queue: seen, cleared or kept, with a note.",
        "/admin/abuse/flag/",
    ),
    "margin.below_target": News(
        Audience.STAFF,
        "{month} earned {margin} by rule and {margin_measured} measured: not above 90 %",
        "In {month}, ${revenue} of {mode} money were paid and not given back. AI cost ${cost_by_rule} by rule, for"
        " {tokens} tokens, and ${cost_measured} as measured. The target is a margin above 90 %.",
        "/admin/plans/margincheck/",
    ),
}

_OFF = {
    "grace": "AI is off, sync and reports are on",
    "offline": "sync is off and the app works offline only",
    "suspended": "reports are off too",
}


@dataclass(frozen=True)
class Text:
    """A piece of news in words."""

    title: str
    body: str


def text(*, kind: str, data: Mapping[str, Any], organization: str, timezone: str, user: str) -> Text:
    """Return what people read about an event, with times in the organization's zone."""
    news = NEWS[kind]
    values = {**_facts(data, timezone), "organization": organization, "user": user}
    title = " ".join(news.title.format(**values).split())
    return Text(title[:200], news.body.format(**values))


def _facts(data: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Return the event's data as the texts need it: instants as local time, stages as lines."""
    zone = ZoneInfo(timezone)
    facts = {key: _instant(value, zone) if key.endswith("_at") else value for key, value in data.items()}
    if "starts_at" in data:
        facts["starts_on"] = _day(_local(data["starts_at"], zone))
    if "state" in data:
        facts["state_off"] = _OFF[data["state"]]
    facts["stages"] = "\n".join(_stage(stage, zone) for stage in data.get("stages", [])[1:])
    following = data.get("next")
    facts["next"] = (
        f" From {_instant(following['starts_at'], zone)} on, {_OFF[following['state']]}." if following else ""
    )
    return facts


def _stage(stage: Mapping[str, str], zone: ZoneInfo) -> str:
    return f"- from {_instant(stage['starts_at'], zone)} on, {_OFF[stage['state']]}"


def _instant(value: str, zone: ZoneInfo) -> str:
    local = _local(value, zone)
    return f"{_day(local)} {local:%Y, %H:%M} ({zone.key})"


def _day(local: datetime) -> str:
    return f"{local.day} {local:%B}"


def _local(value: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(value).astimezone(zone)
