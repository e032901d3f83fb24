"""The AI operations: what the pipeline needs to know of a quest and of a lead list, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model

from quests import presentation
from quests.features.facts import LeadListRequest, QuestRequest
from quests.features.table import FEATURES
from quests.models import LeadList, Quest
from quests.providers import calls
from quests.providers.prompt import Content
from quests.queries import goal_facts
from saas.accounts.callers import Caller
from saas.metering import pipeline
from saas.metering.operations import OPERATIONS
from saas.metering.pipeline import Delivery, Order
from saas.web.idempotency import Answer, Claim


@dataclass(frozen=True)
class Generation:
    """One request to one feature: how its answer becomes rows and what the caller is told."""

    operation: str
    request: Any
    keep: Callable[[UUID, str, Content], tuple[list[Model], dict[str, Any]]]

    def check_ready(self) -> None:
        """Raise AiUnavailable while no provider can be asked."""
        calls.check_ready()

    def perform(self, transaction_id: UUID) -> Delivery:
        """Ask the providers; raise AiError."""
        feature = FEATURES[self.operation]
        completion = calls.complete(feature.prompt(self.request))
        rows, body = self.keep(transaction_id, completion.provider, completion.content)
        units = feature.delivered(completion.content)
        return Delivery(units, rows, {**body, "provider": completion.provider}, completion.attempts)


def generate_quests(*, caller: Caller, goal_id: UUID, count: int, claim: Claim) -> Answer:
    """Turn a goal into 1 to 3 quests. Raises NotFound for the goal, and whatever the pipeline refuses."""
    goal, previous_titles = goal_facts(goal_id)

    def keep(transaction_id: UUID, provider: str, content: Content) -> tuple[list[Model], dict[str, Any]]:
        kept = [
            Quest(
                organization_id=caller.organization_id,
                goal_id=goal_id,
                title=quest["title"],
                summary=quest["summary"],
                steps=[{**step, "done": False} for step in quest["steps"]],
                transaction_id=transaction_id,
                provider=provider,
                created_by_id=caller.user_id,
            )
            for quest in content["quests"]
        ]
        return list(kept), {"quests": [presentation.quest(quest) for quest in kept]}

    work = Generation("quest", QuestRequest(goal, count, previous_titles), keep)
    return pipeline.run(order=Order(OPERATIONS["quest"], count, caller, claim), work=work)


def generate_lead_list(*, caller: Caller, goal_id: UUID, brief: str, claim: Claim) -> Answer:
    """Turn a goal and a brief into a list of leads. Raises like `generate_quests`."""
    goal, _ = goal_facts(goal_id)

    def keep(transaction_id: UUID, provider: str, content: Content) -> tuple[list[Model], dict[str, Any]]:
        kept = LeadList(
            organization_id=caller.organization_id,
            goal_id=goal_id,
            title=content["title"],
            summary=content["summary"],
            brief=brief,
            leads=content["leads"],
            transaction_id=transaction_id,
            provider=provider,
            created_by_id=caller.user_id,
        )
        return [kept], {"lead_list": presentation.lead_list(kept)}

    work = Generation("lead_list", LeadListRequest(goal, brief), keep)
    return pipeline.run(order=Order(OPERATIONS["lead_list"], 1, caller, claim), work=work)
