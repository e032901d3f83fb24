"""Which events are published, and the payload of each: what the rooms' `events.py` declare as webhooks. Pure.

What leaves the house are ids, numbers, days and states: no names, no texts that people wrote, no addresses,
nothing secret. Whoever needs more asks the API for the id. Fields are never taken away from a kind.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.events import KINDS, Webhook
from saas.kernel.clock import as_text
from saas.kernel.serialization import in_one_spelling

TEST = "test"
"""The kind of a message that was asked for, to see whether an endpoint works."""


NOUNS = (
    *("goal", "quest", "lead_list", "lead", "forecast", "revenue", "hold", "tokens", "account", "license", "plan"),
    *("purchase", "payment", "member"),
)
"""What is published is about these, and is listed in this order."""

PUBLISHED: dict[str, Webhook] = {
    kind: event.webhook
    for noun in NOUNS
    for kind, event in KINDS.items()
    if event.webhook is not None and kind.partition(".")[0] == noun
}


def event_payload(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is published of an event's data: the documented fields, null where the event has none."""
    return {name: in_one_spelling(data.get(name)) for name in PUBLISHED[kind].fields}


def body(*, kind: str, at: datetime, data: Mapping[str, Any], seq: int | None, previous: int | None) -> str:
    """Return a message's JSON text.

    `seq` numbers the organization's events, `previous` is that of the message before it to the same endpoint.
    """
    message = {
        "type": kind,
        "timestamp": as_text(at),
        "sequence": seq,
        "previous_sequence": previous,
        "data": dict(data),
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
