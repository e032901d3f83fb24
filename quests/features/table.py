"""The AI operations of this app: adding one is an entry here, a prompt and a schema."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quests.features import lead_list, quest, revenue_forecast
from quests.providers.prompt import Content, Prompt


@dataclass(frozen=True)
class Feature:
    """One operation: `prompt` makes a prompt of its request (`inputs`), `delivered` counts the answer."""

    operation: str
    prompt: Callable[[Any], Prompt]
    delivered: Callable[[Content], int]


FEATURES: dict[str, Feature] = {
    feature.operation: feature
    for feature in (
        Feature("quest", quest.prompt, delivered=lambda content: len(content["quests"])),
        Feature("lead_list", lead_list.prompt, delivered=lambda _: 1),
        Feature("revenue_forecast", revenue_forecast.prompt, delivered=lambda _: 1),
    )
}
