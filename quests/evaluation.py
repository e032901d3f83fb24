"""Scores what a provider writes against goals with patterns. The format of a file: docs/quests.md."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from quests.features import quest
from quests.features.inputs import GoalInput, QuestRequest
from quests.features.outlook import later
from quests.providers import calls
from quests.providers.prompt import Content
from quests.providers.reply import ProviderConfig
from saas.kernel.errors import Invalid
from saas.metering.ai import AiError

CURRENCIES = {"en": "USD"}
"""By language, where a goal names none; else EUR."""

SAME_STEP_MAX = 3
"""In so many quests a step's title may stand; more of it is prose for anybody."""

MIDDLE_OF_MONTH = 15


@dataclass(frozen=True)
class EvaluatedGoal:
    """A goal to plan for, and what its quest must say and must not say, as regular expressions."""

    id: str
    goal: GoalInput
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """How a quest did: the patterns it missed, those it should not have matched, or the provider's error."""

    goal: EvaluatedGoal
    content: Content | None
    missing: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    error: str = ""

    @property
    def passed(self) -> bool:
        """Return True if every pattern that must match does, and no other."""
        return not (self.missing or self.unwanted or self.error)


@dataclass(frozen=True)
class Evaluation:
    """The scores of a file, and what its quests have in common that they should not."""

    scores: list[Score]
    same_titles: list[str] = field(default_factory=list)
    same_steps: list[str] = field(default_factory=list)

    @property
    def passed(self) -> int:
        """Return how many goals passed."""
        return sum(score.passed for score in self.scores)

    @property
    def differs(self) -> bool:
        """Return True if all titles differ and no step stands in more than SAME_STEP_MAX quests."""
        return not (self.same_titles or self.same_steps)


def read_goals(path: Path, today: date) -> list[EvaluatedGoal]:
    """Return the goals of a file, one JSON object a line. Raises Invalid with the line that is none."""
    goals = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                goals.append(_goal(json.loads(line), today))
            except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation, re.error) as error:
                raise Invalid(f"{path.name}, line {number}: {error!r}") from error
    return goals


def _goal(data: dict[str, Any], today: date) -> EvaluatedGoal:
    due = data.get("due_in_days")
    goal = GoalInput(
        title=data["title"],
        description=data.get("description", ""),
        target_amount=Decimal(data["target_amount"]),
        current_amount=Decimal(data.get("current_amount", "0")),
        currency=data.get("currency") or CURRENCIES.get(data.get("language", "en"), "EUR"),
        due_on=None if due is None else later(today, int(due)),
        today=today,
        revenue=_revenue(data.get("monthly_revenue", []), today),
        business=data.get("business", ""),
        trade=data.get("trade", ""),
    )
    patterns = {name: tuple(data.get(name, ())) for name in ("must", "must_not")}
    for pattern in (*patterns["must"], *patterns["must_not"]):
        re.compile(pattern)
    return EvaluatedGoal(data["id"], goal, **patterns)


def _revenue(months: list[Any], today: date) -> tuple[tuple[date, Decimal], ...]:
    """Return amounts of the months before this one, the oldest first, each as one entry in the middle of its month."""
    day, entries = today.replace(day=1), []
    for amount in reversed(months):
        day = (day - timedelta(days=1)).replace(day=1)
        entries.append((day.replace(day=MIDDLE_OF_MONTH), Decimal(str(amount))))
    return tuple(entries)


def evaluate(goals: list[EvaluatedGoal], candidates: tuple[ProviderConfig, ...] | None = None) -> Evaluation:
    """Return the scores of one quest for each goal, by the candidates or the configured providers."""
    scores = [_score(goal, candidates) for goal in goals]
    made = [score.content for score in scores if score.content]
    titles = Counter(content["title"] for content in made)
    steps = Counter(title for content in made for title in {step["title"] for step in content["steps"]})
    return Evaluation(
        scores,
        [title for title, count in titles.items() if count > 1],
        [title for title, count in steps.items() if count > SAME_STEP_MAX],
    )


def _score(goal: EvaluatedGoal, candidates: tuple[ProviderConfig, ...] | None) -> Score:
    try:
        [content] = calls.complete(quest.prompt(QuestRequest(goal.goal)), candidates).content["quests"]
    except AiError as error:
        return Score(goal, None, error=error.detail)
    text = "\n".join((content["title"], content["summary"], *(step["title"] for step in content["steps"])))
    return Score(
        goal,
        content,
        missing=tuple(pattern for pattern in goal.must if not re.search(pattern, text)),
        unwanted=tuple(pattern for pattern in goal.must_not if re.search(pattern, text)),
    )
