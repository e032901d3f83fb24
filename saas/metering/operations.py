"""The AI operations. Adding one is a line here, and a prompt and a schema in quests/features."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One kind of metered AI work; its key names its feature and its price in the price book."""

    key: str
    name: str
    units_max: int = 1
    """How many units one request may ask for; each costs the price."""


OWN_AI = "metering"
"""What events and usage call what an integrator holds tokens for; its purpose is a text of theirs, for them alone."""

OPERATIONS = {
    operation.key: operation
    for operation in (
        Operation("quest", "Quest", units_max=3),
        Operation("lead_list", "Lead list"),
        Operation("revenue_forecast", "Revenue forecast"),
    )
}
