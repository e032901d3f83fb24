"""Which events are published, and the payload of each: the table that documents and bodies are made of. Pure.

What leaves the house are ids, numbers, days and states: no names, no texts that people wrote, no addresses,
nothing secret. Whoever needs more asks the API for the id. Fields are never taken away from a kind.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from saas.kernel.clock import as_text
from saas.kernel.serialization import in_one_spelling

TEST = "test"
"""The kind of a message that was asked for, to see whether an endpoint works."""


@dataclass(frozen=True)
class Published:
    """When the event happens, and what its `data` has: each field's name in the stream, and its meaning."""

    when: str
    fields: Mapping[str, str]


_GOAL = {"goal": "the goal's id"}
_MADE = {"transaction": "the id of the hold that paid for it"}
_HOLD = {
    "transaction": "the hold's id",
    "operation": "quest, lead_list, revenue_forecast, or metering for your own AI",
    "held": "tokens that were reserved",
    "charged": "tokens that were spent",
    "user": "the person's id",
}
_BUCKET = {"bucket": "the bucket's id"}
_MEMBER = {"user": "the person's id"}
_PAYMENT = {
    "reversed_cents": "cents given back so far",
    "disputed": "true while a dispute is open",
    "clawed_tokens": "tokens taken back so far",
}
_STATE = {"state": "grace, offline or suspended", "starts_at": "since when"}

PUBLISHED: dict[str, Published] = {
    "goal.created": Published(
        "A goal was set.", {**_GOAL, "target_amount": "a decimal string", "due_on": "a day, or null"}
    ),
    "goal.updated": Published("A goal was changed.", {**_GOAL, "changed": "names of the fields that changed"}),
    "goal.archived": Published("A goal was put away.", _GOAL),
    "quest.created": Published(
        "A goal was turned into a quest: an event for each.", {"quest": "the quest's id", **_GOAL, **_MADE}
    ),
    "quest.updated": Published(
        "Steps of a quest were ticked off or on.",
        {"quest": "the quest's id", "done": "true or false for each step"},
    ),
    "lead_list.created": Published("A lead list was written.", {"lead_list": "the list's id", **_GOAL, **_MADE}),
    "forecast.created": Published("Revenue was forecast.", {"forecast": "the forecast's id", **_MADE}),
    "revenue.recorded": Published(
        "Revenue was recorded.", {"revenue": "the entry's id", **_GOAL, "amount": "a decimal string"}
    ),
    "revenue.updated": Published(
        "A revenue entry was changed.", {"revenue": "the entry's id", "changed": "names of the fields that changed"}
    ),
    "revenue.removed": Published(
        "A revenue entry was removed.", {"revenue": "the entry's id", **_GOAL, "amount": "a decimal string"}
    ),
    "hold.placed": Published(
        "Tokens were reserved for an operation.",
        {
            "transaction": "the hold's id",
            "operation": "quest, lead_list, revenue_forecast, or metering for your own AI",
            "tokens": "how many",
            "user": "the person's id",
        },
    ),
    "hold.settled": Published("An operation succeeded and was charged.", _HOLD),
    "hold.released": Published("An operation failed or was cancelled; nothing was charged.", _HOLD),
    "hold.expired": Published("A hold's time was over; its tokens are back.", _HOLD),
    "hold.revoked": Published("A hold was ended when a payment failed; its tokens are back.", _HOLD),
    "tokens.granted": Published(
        "Tokens arrived.",
        {
            **_BUCKET,
            "source": "plan, purchase, gift, promo or adjustment",
            "tokens": "how many",
            "repaid": "how many of them repaid a debt",
            "expires_at": "an instant, or null",
        },
    ),
    "tokens.expired": Published("What was left of a bucket expired.", {**_BUCKET, "tokens": "how many"}),
    "tokens.clawed": Published(
        "Tokens were taken back with the money that was paid for them.",
        {**_BUCKET, "tokens": "how many", "debt": "how many had been spent already"},
    ),
    "tokens.reinstated": Published(
        "Tokens that had been taken back returned.", {**_BUCKET, "tokens": "how many", "debt": "the debt that went"}
    ),
    "tokens.frozen": Published("A bucket was frozen by a dispute.", _BUCKET),
    "tokens.thawed": Published("A frozen bucket can be used again.", _BUCKET),
    "account.suspended": Published("Spending was stopped.", {"revoked": "how many holds were ended"}),
    "account.resumed": Published("Spending is possible again.", {}),
    "license.payment_failed": Published(
        "A renewal could not be charged.",
        {"past_due_at": "since when", "stages": "each state to come, and when it starts"},
    ),
    "license.stage_coming": Published("The next stage of an overdue payment is near.", _STATE),
    "license.changed": Published("An overdue payment had its next consequence.", _STATE),
    "license.payment_succeeded": Published("The overdue payment arrived, everything is on.", {}),
    "plan.changed": Published("The plan changed.", {"from": "the old plan's key", "to": "the new plan's key"}),
    "plan.scheduled": Published(
        "A change of plan was set for the period's end.",
        {"from": "the plan's key", "to": "the coming plan's key", "at": "when"},
    ),
    "purchase.paid": Published(
        "A pack was paid, its tokens are there.",
        {"order": "the purchase's id", "tokens": "how many", "amount": "a decimal string"},
    ),
    "purchase.failed": Published("A purchase came to nothing.", {"order": "the purchase's id"}),
    "payment.refunded": Published("Money was given back.", _PAYMENT),
    "payment.disputed": Published("A payment is disputed.", _PAYMENT),
    "payment.reinstated": Published("A dispute was won, or a refund failed.", _PAYMENT),
    "member.joined": Published("Somebody joined.", {**_MEMBER, "role": "owner, admin or member"}),
    "member.updated": Published(
        "A member's role or department changed.",
        {**_MEMBER, "role": "owner, admin or member", "department": "its id, or null"},
    ),
    "member.removed": Published("Somebody left.", _MEMBER),
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
