"""A prompt's input as a model reads it: one delimited JSON document."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from quests.features.inputs import GoalInput
from quests.features.outlook import Outlook, cents
from quests.features.planner import Study
from quests.providers.text import plain, shorten

DESCRIPTION_LENGTH = 2000
REVENUE_MONTHS = 24


def goal_data(goal: GoalInput, outlook: Outlook) -> dict[str, Any]:
    """Return a goal with what we worked out of it, amounts as decimal strings."""
    return {
        "business": goal.business,
        "title": goal.title,
        "description": shorten(goal.description, DESCRIPTION_LENGTH),
        "currency": goal.currency,
        "target_amount": cents(goal.target_amount),
        "current_amount": cents(goal.current_amount),
        "gap": outlook.gap,
        "today": goal.today,
        "due_on": goal.due_on,
        "last_day": outlook.last_day,
        "monthly_pace": outlook.monthly_pace,
        "received_by_month": _by_month(goal),
    }


def study_data(study: Study) -> dict[str, Any]:
    """Return what our own planner reads and works out of a goal's texts: its sums in words, its figures, its doubts."""
    working = study.working
    return {
        "trade": study.reading.trade,
        "language": study.language.code,
        "arithmetic": study.writer.sums(),
        "figures": [f"{figure:f}" for figure in study.figures],
        "urgency": study.urgency,
        "doubt": study.writer.doubt() if working.doubt else None,
        "reachable": working.reach and cents(working.reach),
    }


def _by_month(goal: GoalInput) -> dict[str, Decimal]:
    months: defaultdict[str, Decimal] = defaultdict(Decimal)
    for day, amount in sorted(goal.revenue):
        months[f"{day:%Y-%m}"] += amount
    return {month: cents(total) for month, total in list(months.items())[-REVENUE_MONTHS:]}


def data_block(values: dict[str, Any]) -> str:
    """Return the values as one JSON document between <data> tags, which no text inside can close."""
    document = json.dumps(_plain(values), ensure_ascii=False, default=str)
    document = document.replace("<", r"\u003c").replace(">", r"\u003e")
    return f"<data>\n{document}\n</data>"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
