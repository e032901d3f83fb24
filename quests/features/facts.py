"""What the features are told."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class GoalFacts:
    """A goal as it stands today. `revenue` is what came in toward it: (day, amount), in its currency."""

    title: str
    description: str
    target_amount: Decimal
    current_amount: Decimal
    currency: str
    due_on: date | None
    today: date
    revenue: tuple[tuple[date, Decimal], ...]
    business: str


@dataclass(frozen=True)
class QuestRequest:
    """Ask for 1 to 3 quests, other than those the goal has had (latest first)."""

    goal: GoalFacts
    count: int = 1
    previous_titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeadListRequest:
    """Ask whom to approach for a goal; `brief` is what the person typed, possibly nothing."""

    goal: GoalFacts
    brief: str = ""
